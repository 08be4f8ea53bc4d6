/** What is asked of approvers, kept in the bucket with the answer that was given. */
import * as z from 'zod';
import { planners } from '../delivery/bucket-keys.ts';
import { countsSchema, decisionSchema, rollbackChoices, unitPath } from '../model.ts';

const plan = z.strictObject({
  sha256: z.string(),
  counts: countsSchema,
  /** What it does, as one digest; null when that isn't known. */
  content: z.string().nullable().default(null),
  outputsChanged: z.array(z.string()).default([]),
  warnings: z.array(z.string()).default([]),
  /** As its result has it. */
  heldBefore: z.int().optional(),
});

/** Who may approve, and how many of them must; the delivery has it of its unit's environment. */
export const approvalRulesSchema = z.strictObject({
  /** E-mail addresses; none: whoever gets through a door. */
  approvers: z.array(z.string()).default([]),
  minimumApprovals: z.int().positive().default(1),
  /** E-mail addresses, in small letters, of those who wrote what is approved, where they may not approve it. */
  excluded: z.array(z.string()).default([]),
});
export type ApprovalRules = z.infer<typeof approvalRulesSchema>;

const given = z.strictObject({
  decision: decisionSchema,
  /** Who, as far as the door knows: an approver's e-mail address, `console:<execution>`, or `auto-approve (<rule>)`. Of several, who came last. */
  voter: z.string(),
  /** Of an approval that took several, all of them. */
  voters: z.array(z.string()).optional(),
  at: z.iso.datetime(),
});

/** The answer that the task gets. */
export const unitAnswerSchema = z.strictObject({
  result: z.strictObject({
    unit: unitPath,
    outcome: z.enum(['approved', 'declined', 'replan', 'cancelled']),
    plan: z.string().nullable(),
    /** For whoever looks at the task in the console. */
    why: z.string().optional(),
  }),
});
export type UnitAnswer = z.infer<typeof unitAnswerSchema>;

export const unitRequestSchema = z.strictObject({
  version: z.literal(1),
  delivery: z.string(),
  unit: unitPath,
  /** What the plan is for: to deliver, or to go back. */
  about: z.enum(planners).default('plan'),
  /** Names the task token, which lies elsewhere: see token.ts. */
  token: z.string(),
  plan,
  rules: approvalRulesSchema.prefault({}),
  requestedAt: z.iso.datetime(),
  given: given.nullable(),
  answer: unitAnswerSchema.nullable(),
  /** The delivery in which it was declined already: nobody was asked, since nothing of it has changed. */
  remembered: z.string().optional(),
  /** When the answer was given again; who kept it first can no longer say that nobody answered in time. */
  again: z.iso.datetime().optional(),
});
export type UnitRequest = z.infer<typeof unitRequestSchema>;

export const rollbackAnswerSchema = z.strictObject({
  result: z.strictObject({
    /** `retry`: nothing is rolled back, and what did not end well is tried again. */
    rollback: z.enum([...rollbackChoices, 'retry']),
    /** The keys of the chosen units in the execution's data. */
    chosen: z.record(z.string(), z.literal(true)),
  }),
});
export type RollbackAnswer = z.infer<typeof rollbackAnswerSchema>;

export const rollbackRequestSchema = z.strictObject({
  version: z.literal(1),
  delivery: z.string(),
  /** Names the task token, which lies elsewhere: see token.ts. */
  token: z.string(),
  /** Units that an apply has changed, or may have: what can be rolled back. In the delivery's order. */
  modified: z.array(unitPath),
  /** Units that were declined, failed or expired. */
  troubled: z.array(unitPath),
  /** Of some of these, what went wrong, as a sentence. */
  troubles: z.record(unitPath, z.string()).default({}),
  /** Units that have newer code, for which nothing had to be applied. */
  unchanged: z.array(unitPath).default([]),
  requestedAt: z.iso.datetime(),
  given: given.nullable(),
  answer: rollbackAnswerSchema.nullable(),
});
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>;

/** Left when the delivery is cancelled: what has not begun by then does not begin. */
export const cancelledSchema = z.strictObject({
  version: z.literal(1),
  /** Who, as far as the door knows. */
  voter: z.string(),
  at: z.iso.datetime(),
  comment: z.string().nullable(),
});
export type Cancelled = z.infer<typeof cancelledSchema>;

/** Left when a unit is declined: requests that come later are cancelled at once. */
export const declinedSchema = z.strictObject({ version: z.literal(1), unit: unitPath, decision: decisionSchema });
