/** The demo's three pushes: what is edited, why, and how the script decides. The same edits fit both forms of the repository. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LiveCiError } from '../../errors.ts';
import type { Outcome } from '../../model.ts';

export interface Push {
  title: string;
  subject: string;
  edit: (repository: string) => Promise<void>;
  /** Units that the script rolls back when a delivery goes wrong. */
  rollback: string[];
  /** What the script's decisions must lead to, by unit. */
  expected: Record<string, Outcome>;
}

const platform = ['platform/network', 'platform/dns', 'platform/database', 'platform/cache'];
const apps = ['apps/orders', 'apps/payments', 'apps/storefront', 'apps/website'];

export const pushes: Push[] = [
  {
    title: 'everything is new',
    subject: 'Begin: a platform and four apps',
    edit: async () => {},
    rollback: [],
    expected: Object.fromEntries([...platform, ...apps].map((unit) => [unit, 'applied' as const])),
  },
  {
    title: 'an output of platform/network changes, and nothing in the units that read it',
    subject: 'Move the network to 10.1.0.0/16',
    edit: (repository) => replaceIn(repository, 'platform/network', '"10.0.0.0/16"', '"10.1.0.0/16"'),
    rollback: [],
    expected: {
      'platform/network': 'applied',
      'platform/dns': 'unchanged',
      'platform/database': 'applied',
      'platform/cache': 'applied',
      'apps/orders': 'applied',
      'apps/payments': 'applied',
      'apps/storefront': 'applied',
      'apps/website': 'skipped',
    },
  },
  {
    title: 'an apply fails in the second stage',
    subject: 'Postgres 17, more cache and payments, and a migration of orders',
    edit: async (repository) => {
      await replaceIn(repository, 'platform/database', '"postgres 16"', '"postgres 17"');
      await replaceIn(repository, 'platform/cache', '= 2', '= 3');
      await replaceIn(repository, 'apps/payments', '"2"', '"4"');
      await writeFile(join(repository, 'apps/orders/migration.tf'), migration);
    },
    rollback: ['apps/orders', 'apps/payments', 'platform/database'],
    expected: {
      'platform/network': 'unchanged',
      'platform/database': 'rolled-back',
      'platform/cache': 'applied',
      'apps/orders': 'rolled-back',
      'apps/payments': 'rolled-back',
      'apps/storefront': 'cancelled',
    },
  },
];

/** What the delivery of the sync commit must find. */
export const nothingToDo: readonly Outcome[] = ['unchanged', 'skipped'];

const migration = `# A migration that its database refuses: the plan is fine, the apply is not.
resource "terraform_data" "migration" {
  input = "42"

  provisioner "local-exec" {
    command = "echo 'migration 42: there is a column \\"state\\" already' >&2; exit 1"
  }
}
`;

/** Replaces the one place in the unit's files that has `before`. */
async function replaceIn(repository: string, unit: string, before: string, after: string): Promise<void> {
  const folder = join(repository, unit);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(folder, entry.name);
    const text = await readFile(file, 'utf8');
    if (!text.includes(before)) continue;
    return writeFile(file, text.replace(before, after));
  }
  throw new LiveCiError(
    'local',
    `The demo's unit ${unit} no longer says ${before}; take its files from a clean clone.`,
  );
}
