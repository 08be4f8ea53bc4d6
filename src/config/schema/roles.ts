import * as z from 'zod';
import { arn, resourceName, tags, told } from './told.ts';

const managed = arn('iam');

const maxSessionSeconds = told(
  z.int().min(3600).max(43200),
  "the role's longest session",
  'MaxSessionDuration',
).default(3600);

const roleOfBuilds = (doing: string) =>
  z
    .strictObject({
      name: told(
        resourceName.nullable(),
        `name of the role that ${doing} run under; none: made by CloudFormation`,
        'RoleName',
      ).default(null),
      policyArns: told(
        z.array(managed).max(25, 'must be 25 at most, as many as IAM can attach to a role'),
        `managed policies of the role that ${doing} run under; IAM attaches 10, and up to 25 when that quota is raised`,
        'ManagedPolicyArns',
      ).default([]),
      assumableRoleArns: told(
        z.array(managed),
        `roles that ${doing} may assume; those of the environments are among them already`,
        'sts:AssumeRole',
      ).default([]),
      maxSessionSeconds,
    })
    .prefault({});

export const rolesSchema = z
  .strictObject({
    path: told(
      z.string().regex(/^\/([\w+=,.@-]+\/)*$/, 'must begin and end with /'),
      'path of every role',
      'Role Path',
    ).default('/'),
    permissionsBoundaryArn: told(
      managed.nullable(),
      'permissions boundary of every role',
      'PermissionsBoundary',
    ).default(null),
    tags: tags('tags of every role').default({}),
    plan: roleOfBuilds('plans'),
    apply: roleOfBuilds('applies and rollbacks'),
    pipeline: z
      .strictObject({
        arn: told(
          managed.nullable(),
          'an existing role for the state machine pipeline, with the permissions that docs/security.md lists; none: the stack makes one',
          'RoleArn',
        ).default(null),
        name: told(resourceName.nullable(), 'name of that role; none: made by CloudFormation', 'RoleName').default(
          null,
        ),
        description: told(z.string().max(1000), "the role's description", 'Role Description').default(
          'Delivers commits: runs as the state machine pipeline',
        ),
        maxSessionSeconds,
      })
      .prefault({}),
  })
  .prefault({})
  .describe('the roles that the stack makes');
