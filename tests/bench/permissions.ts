/** `npm run bench -- permissions`: writes the permissions of the template into docs/security.md. */
import { Template } from '../support/cloud-formation.ts';
import { packaged } from '../support/packaged.ts';
import { permissionsTable, writePermissions } from '../support/permissions-table.ts';

await using deployment = await packaged();
writePermissions(permissionsTable(new Template(deployment.resources)));
