/** Decisions that are given on the command line. Each names the plan that was shown for it, so that it is never for another one. */
import { userInfo } from 'node:os';
import { type DecisionOutput, giveDecision } from '../../approval/give-decision.ts';
import { rollbackRequestSchema } from '../../approval/request.ts';
import { previewOf, type RollbackPreview } from '../../approval/rollback-preview.ts';
import { situationNow } from '../../approval/situation.ts';
import type { Bucket } from '../../aws/bucket.ts';
import { sfn } from '../../aws/clients.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { otherStateInFull } from '../../delivery/other-state.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { readDelivery } from '../../delivery/read-delivery.ts';
import { deliveryStatus } from '../../delivery/status.ts';
import { readFrom } from '../../delivery/unit-facts.ts';
import { DecisionError, LiveCiError, UsageError } from '../../errors.ts';
import { type Decision, type DecisionKind, type Delivery, decisionSchema } from '../../model.ts';
import { plain, shown } from '../../plain-text.ts';
import { type AskedPlan, approvalQuestion, askedPlan, planLines } from '../asked-plan.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { confirm, mayAsk } from '../confirm.ts';
import { type Connection, connect } from '../connect.ts';
import { deliveryFor } from '../delivery-argument.ts';
import { coloured, print, printJson } from '../print.ts';
import { previewOnTerminal } from '../print-plan.ts';
import { listOfChoices, rollbackOf } from '../rollback-options.ts';
import { unitNamed } from '../unit-argument.ts';

/** What a decision needs besides the words that were typed. */
export interface Deciding {
  bucket: Bucket;
  give: (decision: Decision) => Promise<DecisionOutput>;
  /** Asks whoever is at the terminal; undefined where nobody is. */
  ask: ((question: string) => Promise<boolean>) | undefined;
}

/** One decision for each unit that is named; a decline without a unit answers the delivery's rollback question. */
export function decide(kind: DecisionKind): (input: CommandInput) => Promise<number> {
  return async (input) => {
    if (input.positionals.length === 0 && kind !== 'decline')
      throw new UsageError(`Name the unit: live-ci ${kind} UNIT.`);
    const connection = await connect(input);
    const id = await deliveryFor(input, connection.bucket);
    const context: Deciding = {
      bucket: connection.bucket,
      give: (decision) => giveDecision(decision, door(connection)),
      ask: mayAsk() && !flag(input, 'json') ? confirm : undefined,
    };
    return decideOn(await readDelivery(id, connection.bucket), kind, input, context);
  };
}

/** @returns the exit code: 1 when somebody says no, or when one of several decisions was refused. */
export async function decideOn(
  delivery: Delivery,
  kind: DecisionKind,
  input: CommandInput,
  context: Deciding,
): Promise<number> {
  const rest = { decision: kind, ...optional({ comment: text(input, 'comment') }), ...rollbackOf(input, delivery) };
  const isWhole = input.positionals.length === 0;
  if (isWhole && rest.rollback === undefined)
    throw new UsageError(`Name the unit that is declined, or say what to roll back: --rollback ${listOfChoices}.`);
  const plans = isWhole ? [] : await plansNamed(delivery, input, context.bucket);
  if (kind === 'approve' && !(await isMeant(plans, input, context))) return 1;
  const decisions = isWhole
    ? [{ delivery: delivery.id, ...rest }]
    : plans.map(({ unit, plan }) => ({ delivery: delivery.id, unit, plan, ...rest }));
  const [first] = decisions.map(checked);
  const preview = first && (await previewOfDecline(delivery, first, context.bucket));
  if (first && preview && !(await isMeantToDo(preview, first, input, context))) return 1;
  return give(decisions, input, context, preview);
}

/** What a decline with a rollback choice would do; undefined where it says none, or nothing waits for one. */
async function previewOfDecline(
  delivery: Delivery,
  { unit, rollback, units = [] }: Decision,
  bucket: Bucket,
): Promise<RollbackPreview | undefined> {
  if (rollback === undefined) return undefined;
  const read = readFrom(bucket);
  const question = await read(bucketKeys.rollbackRequest(delivery.id), rollbackRequestSchema);
  if (unit === undefined && question?.answer !== null) return undefined;
  const status = await deliveryStatus(bucket, delivery.id, (await readPointer(bucket)).value);
  return previewOf(rollback, units, situationNow({ delivery, status, question }, unit), status.units);
}

/** Shows what it would do, and asks where somebody is there to answer. */
async function isMeantToDo(
  preview: RollbackPreview,
  { unit }: Decision,
  input: CommandInput,
  { ask }: Deciding,
): Promise<boolean> {
  if (!flag(input, 'json')) print('What that would do now:', ...previewOnTerminal(preview));
  if (ask === undefined || flag(input, 'yes')) return true;
  const count = preview.units.length;
  const back = `roll back ${count === 0 ? 'nothing' : count === 1 ? 'one unit' : `${count} units`}`;
  return ask(unit === undefined ? `Answer so, and ${back}?` : `Decline ${shown(unit)}, and ${back}?`);
}

async function plansNamed(delivery: Delivery, input: CommandInput, bucket: Bucket): Promise<AskedPlan[]> {
  const named = new Set(input.positionals.map((said) => unitNamed(said, delivery.units, `Delivery ${delivery.id}`)));
  const plans = await Promise.all([...named].map((unit) => askedPlan(delivery, unit, bucket)));
  const seen = text(input, 'plan');
  if (seen === undefined) return plans;
  if (plans.length > 1) throw new UsageError('--plan names the plan of one unit; name that unit alone.');
  if (!/^[0-9a-f]{8,64}$/.test(seen))
    throw new UsageError(
      '--plan is the SHA-256 of a plan, or at least its first 8 digits; live-ci plan UNIT prints it.',
    );
  const other = plans.find(({ plan }) => !plan.startsWith(seen));
  if (other === undefined) return plans;
  throw new DecisionError(
    `Unit ${plain(other.unit)} has another plan by now, ${other.plan}; look at it with live-ci plan, and decide again.`,
  );
}

/** Shows the plans, and asks where somebody is there to answer and has not said beforehand which plan it is. */
async function isMeant(plans: readonly AskedPlan[], input: CommandInput, { ask }: Deciding): Promise<boolean> {
  if (!flag(input, 'json')) print(...plans.flatMap(planLines));
  if (ask === undefined || flag(input, 'yes') || text(input, 'plan') !== undefined) {
    const other = plans.find(({ otherState }) => otherState !== null);
    if (!other?.otherState || plans.length === 1) return true;
    throw new DecisionError(
      `${plain(other.unit)}: ${otherStateInFull(other.otherState)}; approve that unit by itself.`,
    );
  }
  return ask(approvalQuestion(plans));
}

/** One after the other; what is refused does not keep the others back. */
async function give(
  decisions: readonly Decision[],
  input: CommandInput,
  { give }: Deciding,
  preview: RollbackPreview | undefined,
): Promise<number> {
  let refused = 0;
  for (const decision of decisions.map(checked)) {
    try {
      const done = await give(decision);
      const { delivery, unit = null, plan = null } = decision;
      if (flag(input, 'json')) printJson({ delivery, unit, plan, ...done, ...(preview ? { preview } : {}) });
      else print(plain(done.done), ...done.warning.map(staysApplied));
    } catch (error) {
      if (decisions.length === 1 || !(error instanceof LiveCiError)) throw error;
      process.stderr.write(`live-ci: ${plain(error.message)}\n`);
      refused++;
    }
  }
  return refused > 0 ? 1 : 0;
}

function staysApplied(path: string): string {
  return coloured('yellow', `${plain(path)} stays applied, although what it depends on is rolled back.`);
}

/** @throws UsageError for what only the schema finds, such as a comment of a page. */
function checked(decision: Decision): Decision {
  const parsed = decisionSchema.safeParse(decision);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.length > 0 ? `--${path.join('.')} ` : ''}${message}`,
  );
  throw new UsageError(`That can't be decided: ${issues.join('; ')}.`);
}

function optional<Value>(values: Record<string, Value | undefined>): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, Value>;
}

/** The state machine `decision`, and who comes through it. */
export function door({ environment }: Connection): Parameters<typeof giveDecision>[1] {
  return {
    client: sfn(),
    stateMachine: environment.LIVE_CI_DECISION_ARN ?? '',
    from: `cli-${userInfo().username}`,
  };
}
