/**
 * The words of the product as types. Everything that crosses a process border (bucket objects, messages, events)
 * is parsed with the schemas here, once, where it comes in.
 */
import * as z from 'zod';

export const tools = ['terragrunt', 'opentofu', 'terraform'] as const;
export type Tool = (typeof tools)[number];

/** How a unit came into a change set. The first three are the commit's own doing. */
export const changes = ['added', 'modified', 'deleted', 'dependency', 'dependent', 'carried'] as const;
export type Change = (typeof changes)[number];

/** How a unit ended. */
export const outcomes = [
  'applied',
  'unchanged',
  'skipped',
  'declined',
  'failed',
  'cancelled',
  'rolled-back',
  'rollback-failed',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Outcomes after which a dependent may go on. */
export const goodOutcomes = ['applied', 'unchanged', 'skipped'] as const satisfies readonly Outcome[];

export function endedWell(outcome: Outcome): boolean {
  return (goodOutcomes as readonly Outcome[]).includes(outcome);
}

export const rollbackChoices = ['none', 'current', 'dependencies', 'all', 'selective'] as const;
export type RollbackChoice = (typeof rollbackChoices)[number];

/** Which plans of rollbacks are asked about: all, those that do more than undo in place what the delivery did, none. */
export const rollbackRules = ['ask', 'ask-on-destroy', 'never-ask'] as const;
export type RollbackRule = (typeof rollbackRules)[number];

export const decisions = ['approve', 'decline', 'replan', 'cancel', 'retry', 'reconsider'] as const;
export type DecisionKind = (typeof decisions)[number];

/** A path inside the repository, with `/`, without a leading or trailing one; `.` is the repository itself. */
export const unitPath = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => path === '.' || !path.split('/').some((part) => part === '' || part === '.' || part === '..'), {
    message: 'must be a path inside the repository, with "/" between its parts',
  });

/** Why a unit can't be understood, in a sentence that says where: nothing of it is planned, and it fails. Absent when it can. */
const unitError = z.string().optional();

const planId = z.string().regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of a plan');

export const commitId = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/, 'must be a full git commit id');

export const unitSchema = z.strictObject({
  path: unitPath,
  tool: z.enum(tools),
  /** Units whose outputs this one reads, sorted. */
  dependencies: z.array(unitPath),
  /** Hash of the content of everything that the unit reads, or may read; equal fingerprints mean equal code. */
  fingerprint: z.string(),
  /** The states that it writes and reads, each by its backend and its name there; absent when none of them is known. */
  states: z.strictObject({ writes: z.array(z.string()), reads: z.array(z.string()) }).optional(),
  error: unitError,
});
export type Unit = z.infer<typeof unitSchema>;

/** A unit whose own code a commit adds, modifies or deletes. */
export const touchedUnitSchema = z.strictObject({
  path: unitPath,
  change: z.enum(['added', 'modified', 'deleted']),
  /** Sentences for people, at least one: "main.tf changed". */
  reasons: z.array(z.string()),
  tool: z.enum(tools),
  /** Dependencies at the head commit; for a deleted unit, at the base commit. */
  dependencies: z.array(unitPath),
  /** For a modified unit, dependencies at the base commit; absent when they are the same, or not known. */
  dependenciesBefore: z.array(unitPath).optional(),
  /** For a deleted unit: the units that read its outputs at the base commit. They must let go of it first. */
  dependents: z.array(unitPath),
  /** For a deleted unit: the states that it wrote, as far as they are known. */
  writes: z.array(z.string()).optional(),
  /** The directory that is gone and whose state this unit has now: nothing of it is destroyed. */
  movedFrom: unitPath.optional(),
  /** The state that its code had at the base commit, when it has another one now. What the old one holds stays in it. */
  stateBefore: z.string().optional(),
  error: unitError,
});
export type TouchedUnit = z.infer<typeof touchedUnitSchema>;

/** What one commit asks for, as `enqueue` leaves it in the bucket. */
export const changeSetSchema = z.strictObject({
  version: z.literal(1),
  repository: z.string().min(1),
  branch: z.string().min(1),
  /** The last commit that was enqueued before; null for the branch's first. */
  base: commitId.nullable(),
  head: commitId,
  /** Grows by one with each change set of the branch. */
  sequence: z.int().positive(),
  author: z.string(),
  /** E-mail addresses, in small letters, of everybody who wrote a commit between base and head, alone or with others. */
  authorEmails: z.array(z.string()).default([]),
  subject: z.string(),
  enqueuedAt: z.iso.datetime(),
  /** Deliveries after which commits in it put units back, each with the touched units whose files are still as such a commit left them. */
  putBacks: z.array(z.strictObject({ delivery: z.string(), units: z.array(unitPath) })).optional(),
  /** The dead letter that this brings back; none for a push. */
  replays: z.string().optional(),
  touched: z.array(touchedUnitSchema),
  /** Every unit of the repository at the head commit. */
  graph: z.array(unitSchema),
});
export type ChangeSet = z.infer<typeof changeSetSchema>;

const seconds = z.number().nonnegative();

/** How long a unit's plan and its apply took, in seconds; null when that isn't known. */
export const durationsSchema = z.strictObject({ plan: seconds.nullable(), apply: seconds.nullable() });
export type Durations = z.infer<typeof durationsSchema>;

export const unknownDurations: Durations = { plan: null, apply: null };

const command = z.string().nullable();

/** What holds for a unit: its environment's settings, and everybody's where that says nothing. */
export const unitSettingsSchema = z.strictObject({
  /** Roles that its builds assume; null: they stay under their own. */
  planRoleArn: z.string().nullable().default(null),
  applyRoleArn: z.string().nullable().default(null),
  approvers: z.array(z.string()).default([]),
  minimumApprovals: z.int().positive().default(1),
  authorMayApprove: z.boolean().default(true),
  autoApprove: z.enum(['never', 'no-destroy', 'always']).default('never'),
  rollback: z.enum(rollbackRules).default('ask-on-destroy'),
  /** Shell commands in place of the unit's own tool; null: the tool. */
  commands: z
    .strictObject({
      plan: command.default(null),
      apply: command.default(null),
      destroy: command.default(null),
      rollback: command.default(null),
    })
    .prefault({}),
});
export type UnitSettings = z.infer<typeof unitSettingsSchema>;

/**
 * The settings that a delivery began with: a configuration that is deployed while it runs changes nothing of it. A delivery that was
 * described before it carried them has the defaults.
 */
export const deliverySettingsSchema = z
  .strictObject({
    timeouts: z
      .strictObject({
        planMinutes: z.number().positive().default(60),
        applyMinutes: z.number().positive().default(120),
        approvalHours: z.number().positive().default(168),
      })
      .prefault({}),
    /** Of units that belong to no environment. */
    elsewhere: unitSettingsSchema.prefault({}),
    /** Of the environments that its units belong to, by name. */
    environments: z.record(z.string(), unitSettingsSchema).default({}),
  })
  .prefault({});
export type DeliverySettings = z.infer<typeof deliverySettingsSchema>;

/** A decline that holds as long as nothing of the unit changes: see declined-before.ts. */
export const rememberedDeclineSchema = z.strictObject({
  /** The delivery in which it was given. */
  delivery: z.string(),
  /** Of the plan that was declined, what it does: a RunResult's content. */
  content: planId,
  /** Of the code that was planned; null when the unit was to be destroyed. */
  fingerprint: z.string().nullable(),
  /** Who, as far as the door knows. */
  voter: z.string(),
  at: z.iso.datetime(),
  comment: z.string().nullable(),
});
export type RememberedDecline = z.infer<typeof rememberedDeclineSchema>;

/** A unit as a delivery carries it. */
export const deliveryUnitSchema = z.strictObject({
  path: unitPath,
  change: z.enum(changes),
  reasons: z.array(z.string()),
  tool: z.enum(tools),
  dependencies: z.array(unitPath),
  /** What the code reads that is applied now, to which a rollback returns; absent when that is the same as `dependencies`. */
  readBefore: z.array(unitPath).optional(),
  /** Units of this delivery that must end before this one is planned; its guard. */
  after: z.array(unitPath),
  /** True when the unit is destroyed: its code is gone at the head commit. */
  deleted: z.boolean(),
  /** The states that the code writes which is delivered; of a deleted unit, that is destroyed. Absent when they can't be known. */
  writes: z.array(z.string()).optional(),
  /** The directory that is gone and whose state, and whose record of what is applied, the unit has now. */
  movedFrom: unitPath.optional(),
  /** Where the code of its base lies, when that is another directory. */
  baseDirectory: unitPath.optional(),
  /** The state that the code has which is applied now, when the code that is delivered has another one: what the old one holds stays in it. */
  stateBefore: z.string().optional(),
  /** The commit whose code is applied now, to which a rollback returns; null when nothing was applied before. */
  base: commitId.nullable(),
  /** The tool of the code that is applied, where it is another one: a rollback uses that. */
  toolBefore: z.enum(tools).optional(),
  /** True when an earlier delivery began to apply it while nothing was there: what its state holds was put there by deliveries alone. */
  ours: z.boolean().optional(),
  /** Who wrote, before the delivery's base, what it or a unit before it would get; as the delivery's authorEmails. Absent when nobody did. */
  authorEmails: z.array(z.string()).optional(),
  /** Somebody declined it before, and its code is the same: a plan that does the same is not asked about again. */
  declined: rememberedDeclineSchema.optional(),
  error: unitError,
  /** Name of the stage under which the unit is delivered. */
  stage: z.string(),
  /** Name of the environment that the unit belongs to: its pattern. Absent when it belongs to none. */
  environment: z.string().optional(),
  /** Seconds that it is expected to take, plan and apply together, as they took last; null when that isn't known. */
  seconds: seconds.nullable().default(null),
});
export type DeliveryUnit = z.infer<typeof deliveryUnitSchema>;

/** The execution's name: the head commit's first 12 digits, a dash, the attempt; before it, of a self test, which world it belongs to. */
const deliveryName = z
  .string()
  .regex(/^(selftest-[a-z0-9-]+-)?[0-9a-f]{12}-\d+$/, 'must be the name of a delivery, such as 0123456789ab-1');

/** One delivery's fixed description, written before its execution starts. */
export const deliverySchema = z.strictObject({
  version: z.literal(1),
  id: deliveryName,
  repository: z.string(),
  branch: z.string(),
  base: commitId.nullable(),
  head: commitId,
  sequence: z.int().positive(),
  attempt: z.int().positive(),
  author: z.string(),
  /** As the change set has them. */
  authorEmails: z.array(z.string()).default([]),
  subject: z.string(),
  /** In an order in which every unit comes after its dependencies. */
  units: z.array(deliveryUnitSchema),
  settings: deliverySettingsSchema,
});
export type Delivery = z.infer<typeof deliverySchema>;

/** What holds for a unit in its delivery. */
export function settingsIn(
  { settings }: Pick<Delivery, 'settings'>,
  unit: Pick<DeliveryUnit, 'environment'>,
): UnitSettings {
  if (unit.environment === undefined) return settings.elsewhere;
  const own = settings.environments[unit.environment];
  // Never those of elsewhere instead: they may ask less.
  if (own === undefined) throw new RangeError(`the delivery has no settings of the environment ${unit.environment}`);
  return own;
}

const prose = z.string().max(2000);

/**
 * What an approver answers. Without a unit, a `decline` answers the delivery's rollback question, and so does a `retry`, which never has one:
 * what did not end well is tried again. A `cancel` stops the delivery, and never has one either. A `reconsider` forgets that a unit was declined.
 */
export const decisionSchema = z
  .strictObject({
    delivery: deliveryName,
    unit: unitPath.optional(),
    decision: z.enum(decisions),
    rollback: z.enum(rollbackChoices).optional(),
    /** The units to roll back, with `selective` only. */
    units: z.array(unitPath).optional(),
    /** SHA-256 of the plan that the approver saw: the decision is for that one, and refused when there is another by now. */
    plan: planId.optional(),
    comment: prose.optional(),
  })
  .superRefine((decision, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const whole = decision.unit === undefined;
    if (!whole && (decision.decision === 'cancel' || decision.decision === 'retry'))
      problem('unit', `is not given with ${decision.decision}, which is for the whole delivery`);
    if (whole && ['approve', 'replan', 'reconsider'].includes(decision.decision))
      problem('unit', `is needed with ${decision.decision}`);
    if (whole && decision.decision === 'decline' && decision.rollback === undefined)
      problem('rollback', 'is needed when no unit is named');
    if (decision.rollback !== undefined && decision.decision !== 'decline')
      problem('rollback', 'goes with decline only');
    if (decision.rollback === 'selective' && !decision.units?.length)
      problem('units', 'must list at least one unit with rollback selective');
    if (decision.plan !== undefined && whole) problem('plan', 'goes with a unit only');
    if (decision.units !== undefined && decision.rollback !== 'selective')
      problem('units', 'goes with rollback selective only');
  });
export type Decision = z.infer<typeof decisionSchema>;

/** How many resources a plan adds, changes, … A replacement counts as one added and one destroyed, as Terraform prints it. */
export const countsSchema = z.strictObject({
  add: z.int(),
  change: z.int(),
  destroy: z.int(),
  import: z.int().default(0),
  move: z.int().default(0),
  /** Taken out of the state, and left where they are. */
  forget: z.int().default(0),
});
export type Counts = z.infer<typeof countsSchema>;

export const noEffects: Counts = { add: 0, change: 0, destroy: 0, import: 0, move: 0, forget: 0 };

/** What a build does with a unit, in the order in which it may: `plan-rollback` plans with the code before, `rollback` applies that plan. */
export const runActions = ['plan', 'apply', 'destroy', 'plan-rollback', 'rollback'] as const;

/** What a build did, as data. Kept in the bucket beside its log. */
export const runResultSchema = z.strictObject({
  action: z.enum(runActions),
  unit: unitPath,
  /**
   * `stale`: the state has changed since the plan was made; nothing was applied. `cancelled`: the delivery was cancelled before
   * this build had begun; nothing was done.
   */
  outcome: z.enum(['planned', 'unchanged', 'applied', 'stale', 'rolled-back', 'failed', 'cancelled']),
  /** SHA-256 of the plan file and of what it was made with, in hex; the plan's name in the bucket. */
  plan: planId.nullable(),
  /** SHA-256 of what the plan does, in hex: two plans that do the same to the same have the same, whenever they were made. */
  content: planId.nullable().default(null),
  counts: countsSchema,
  /** Resources that the plan destroys, by address; of very many, some. */
  destroys: z.array(z.strictObject({ address: z.string(), replaced: z.boolean() })).default([]),
  /** Names of root outputs whose value changes. */
  outputsChanged: z.array(z.string()),
  /** Checks that fail in the plan, and what the tool warned of while it planned, without secrets; of very many, some. */
  warnings: z.array(z.string()).default([]),
  /** True when the state held resources before this delivery touched it. */
  existed: z.boolean(),
  /** Of a plan of a unit whose state is another one now: how many resources the one before holds; absent when they were not counted. */
  heldBefore: z.int().nonnegative().optional(),
  /** Of the plan of a rollback: why somebody has to approve it, as sentences. Without any it goes on by itself. */
  asks: z.array(z.string()).optional(),
  /** Of an apply or a rollback that has failed: all of its plan is applied nevertheless, as the state shows. */
  complete: z.literal(true).optional(),
  commit: commitId,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  /** Of a plan, how long it took; of an apply, both. What failed or turned out stale has no duration. */
  durations: durationsSchema.default(unknownDurations),
  /** A sentence, when the outcome is `failed`. */
  error: z.string().nullable(),
});
export type RunResult = z.infer<typeof runResultSchema>;
