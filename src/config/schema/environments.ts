import * as z from 'zod';
import { approvalRules } from './approvals.ts';
import { commandsShape } from './build.ts';
import { told } from './told.ts';

const roleArn = z
  .string()
  .regex(/^arn:[\w-]+:iam::\d{12}:role\/./, 'must be the ARN of a role')
  .meta({ title: 'ARN' });

const commands = z.strictObject({
  plan: commandsShape.plan.optional(),
  apply: commandsShape.apply.optional(),
  destroy: commandsShape.destroy.optional(),
  rollback: commandsShape.rollback.optional(),
});

/** What holds for some units only. What isn't said is as it is said for all. */
const environmentSchema = z.strictObject({
  planRoleArn: told(roleArn, 'role that plans assume, in any account').optional(),
  applyRoleArn: told(roleArn, 'role that applies and rollbacks assume, in any account').optional(),
  approvers: approvalRules.approvers.optional(),
  minimumApprovals: approvalRules.minimumApprovals.optional(),
  authorMayApprove: approvalRules.authorMayApprove.optional(),
  autoApprove: approvalRules.autoApprove.optional(),
  rollback: approvalRules.rollback.optional(),
  commands: commands.optional(),
  order: told(
    z.int().nonnegative(),
    'all units with a smaller number end before this environment begins; units without one have 0. Equal numbers are delivered together, by stage',
  ).optional(),
});
export type Environment = z.infer<typeof environmentSchema>;

export const environmentsSchema = told(
  z.record(z.string().min(1), environmentSchema),
  'path pattern (such as prod/**) ▸ what holds for the units that it matches; the most specific pattern wins',
).default({});
