/**
 * One look at the pipeline, from the rule's tick or from an execution that ended:
 *
 * 1. A delivery that was intended but not started is started.
 * 2. A running delivery is left alone; one that ended is written down, and frees the pointer or halts it. One that was interrupted
 *    goes on as its next attempt, so that what waited is asked again.
 * 3. While nothing runs and nothing is halted, the next change set becomes a delivery: the one whose number follows the
 *    pointer's. It is described in the bucket, announced in the pointer, published, started, noted as started, and only then is
 *    its message removed. One that can't be delivered is put aside with the reason, and the pointer moves past it.
 *
 * The bucket is the truth of the queue: its messages wake a poll and show people what waits, but one that has expired, was
 * purged or was moved to the dead letters is not missed. Each step is repeated safely: the pointer says how far the last poll
 * came, a description is written once, and Step Functions knows an execution by its name. Two polls at once meet in the
 * pointer's conditional write; the later one stops.
 */
import { choosePipeline } from '../../statemachine/choose-pipeline.ts';
import type { Settings } from '../../statemachine/settings.ts';
import { unitRequestSchema } from '../approval/request.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, type Stored, toJson } from '../aws/stored.ts';
import type { Config } from '../config/schema.ts';
import { DeliveryError, DiscoveryError, LiveCiError } from '../errors.ts';
import type { Log, Metric } from '../metrics.ts';
import { type ChangeSet, type Delivery, deliverySchema, endedWell } from '../model.ts';
import { readChangeSet, readEnqueued } from '../queue/change-sets.ts';
import { type DeadLetter, deadLetterId, putAside } from '../queue/dead-letters.ts';
import { messageFor } from '../queue/message.ts';
import { nextMessage } from '../queue/next-message.ts';
import type { Queue } from '../queue/queue.ts';
import { selfTestPrefix } from '../selftest/world.ts';
import { appliedSchema, type Ending, nothingApplied } from './applied.ts';
import { authorsLeft, authorsPutAside, authorsStillOpen } from './authors.ts';
import { bucketKeys } from './bucket-keys.ts';
import { appliedUnexpectedly, carryOver, carryReaders, stillOpen } from './carry.ts';
import { describeOnce } from './describe.ts';
import { type DeliveryOutcomes, deliveryOutcomesSchema, endingsOf } from './endings.ts';
import { fingerprintsOf } from './fingerprints.ts';
import { finish } from './finish.ts';
import { nextAttempt } from './halted.ts';
import { inTime, withoutHeld } from './late-put-backs.ts';
import { inViewOfMoves } from './moved.ts';
import {
  announcement,
  type CarriedUnit,
  endedLately,
  type Pointer,
  type Running,
  readPointer,
  startingPointer,
} from './pointer.ts';
import { prepareDelivery } from './prepare.ts';
import { withDeclines } from './remembered.ts';
import type { ExecutionStatus, StepFunctions } from './step-functions.ts';
import { inViewOfReaders } from './still-read.ts';
import { type SyncRecord, syncRecordSchema } from './sync-record.ts';

export interface PollContext {
  bucket: Bucket;
  queue: Queue;
  stepFunctions: StepFunctions;
  config: Config;
  settings: Settings;
  now: () => Date;
  log: Log;
  metric: Metric;
}

export type PollResult = 'started' | 'running' | 'halted' | 'idle' | 'overtaken';

/** How many published versions are kept; Step Functions allows 1,000. */
const keptVersions = 100;

/**
 * For so long nobody believes that an execution is not there. What DescribeExecution answers is behind by seconds; with the poll of each
 * minute, an execution that is gone is settled within five.
 */
const unseenMilliseconds = 4 * 60_000;

/** Somebody else moved the pointer since it was read: that poll goes on, this one stops. */
class Overtaken extends LiveCiError {
  constructor() {
    super('overtaken', 'Another poll moved the pipeline pointer first; it goes on.');
  }
}

export async function poll(context: PollContext): Promise<PollResult> {
  try {
    let pointer = await pointerOf(context.bucket);
    if (pointer.value.running?.phase === 'started') {
      const status = await context.stepFunctions.status(pointer.value.running.execution ?? '');
      if (status === 'RUNNING' || (status === 'MISSING' && mayBeUnseen(pointer.value.running, context.now())))
        return 'running';
      const trouble = status === 'SUCCEEDED' ? null : endedSo(status);
      pointer = await settle(pointer, pointer.value.running.delivery, trouble, context, status === 'INTERRUPTED');
    }
    if (pointer.value.running) return await start(pointer, pointer.value.running, context);
    if (pointer.value.halted) return 'halted';
    return await next(pointer, context);
  } catch (error) {
    if (error instanceof Overtaken) return 'overtaken';
    throw error;
  }
}

function endedSo(status: ExecutionStatus): string {
  if (status === 'INTERRUPTED') return 'it was interrupted, since what runs it was stopped';
  return status === 'MISSING' ? 'its execution is not there any more' : `its execution ended ${status}`;
}

/** DescribeExecution is eventually consistent (Step Functions API): what has just begun may not be seen yet. Later it is gone for good. */
function mayBeUnseen({ since, startedAt = since }: Running, now: Date): boolean {
  return startedAt !== undefined && now.getTime() - Date.parse(startedAt) < unseenMilliseconds;
}

/** The first poll of all writes the pointer. Without it later, nobody knows which change sets are done with. */
async function pointerOf(bucket: Bucket): Promise<Stored<Pointer>> {
  const pointer = await readPointer(bucket);
  if (pointer.etag !== '') return pointer;
  const keys = await bucket.list(bucketKeys.deliveries);
  if (keys.every((key) => key.startsWith(`${bucketKeys.deliveries}${selfTestPrefix}`)))
    return movePointer(pointer, startingPointer, bucket);
  if ((await readPointer(bucket)).etag !== '') throw new Overtaken();
  throw new DeliveryError(
    `${bucketKeys.pointer} is not in the artifact bucket any more, and nothing is delivered without it; restore the deleted object.`,
  );
}

/** @throws Overtaken */
async function movePointer(from: Stored<Pointer>, to: Pointer, bucket: Bucket): Promise<Stored<Pointer>> {
  const condition = from.etag === '' ? ({ ifNoneMatch: '*' } as const) : { ifMatch: from.etag };
  const etag = await bucket.write(bucketKeys.pointer, toJson(to), condition);
  if (etag === undefined) throw new Overtaken();
  return { value: to, etag };
}

/**
 * Writes down how a delivery ended, and frees the pointer, halts it, or announces the next attempt where somebody wants that.
 * @param trouble why it did not end as it should; null when it did.
 * @param interrupted nothing but that it was stopped from outside: its next attempt is announced, where it may go on.
 */
async function settle(
  pointer: Stored<Pointer>,
  id: string,
  trouble: string | null,
  context: PollContext,
  interrupted = false,
): Promise<Stored<Pointer>> {
  const { bucket } = context;
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  await finish(id, undefined, context);
  const outcomes = await readExpected(bucket, bucketKeys.outcomes(id), deliveryOutcomesSchema);
  const goesOn = interrupted && (await mayGoOn(outcomes, bucket));
  const halted =
    trouble === null || goesOn
      ? null
      : { delivery: id, reason: reasonOf(trouble, outcomes), since: context.now().toISOString() };
  context.log(halted ? 'delivery halted' : 'delivery ended', { delivery: id, trouble });
  const endings = endingsOf(outcomes);
  const { carried: before } = pointer.value;
  const left = await leftOpen(before, delivery, endings, context);
  const known = new Set(before);
  const open = left.filter((unit) => !known.has(unit));
  const carried = await rememberingDeclines(left, before, delivery, endings, context);
  const authors = authorsLeft(pointer.value.authors, delivery, endings, open);
  const again = goesOn
    ? await whatIsOpen(delivery, outcomes, carried, context)
    : trouble === null && outcomes.retry
      ? await nextAttempt(id, before, bucket)
      : null;
  const running = again && announcement(again.id, context.now());
  // Of one that was interrupted and goes on nobody is told that it has ended.
  const ended = goesOn && again ? pointer.value.ended : endedLately(pointer.value.ended, id, context.now());
  return movePointer(pointer, { ...pointer.value, running, halted, last: id, ended, carried, authors }, bucket);
}

/**
 * Whether what is open may be planned and asked again by itself: nothing is half applied, and nobody was asked what to roll back, nor has
 * declined or cancelled anything. People decide about the rest, by a replay or a skip.
 */
async function mayGoOn({ delivery, outcomes, half }: DeliveryOutcomes, bucket: Bucket): Promise<boolean> {
  if (half.length > 0 || Object.values(outcomes).includes('rollback-failed')) return false;
  const said = [bucketKeys.rollbackRequest, bucketKeys.declined, bucketKeys.cancelled];
  return (await Promise.all(said.map((key) => bucket.list(key(delivery))))).every((found) => found.length === 0);
}

/** As the next attempt; null when nothing is open. */
async function whatIsOpen(
  { id, units }: Delivery,
  { outcomes }: DeliveryOutcomes,
  carried: readonly CarriedUnit[],
  { bucket, log }: PollContext,
): Promise<Delivery | null> {
  if (units.every(({ path }) => endedWell(outcomes[path] ?? 'cancelled'))) return null;
  const again = await nextAttempt(id, carried, bucket);
  log('delivery goes on', { delivery: id, as: again.id });
  return again;
}

async function leftOpen(
  before: readonly CarriedUnit[],
  delivery: Delivery,
  endings: ReadonlyMap<string, Ending>,
  { bucket, config }: PollContext,
): Promise<CarriedUnit[]> {
  const carried = carryOver(before, delivery, endings);
  const applied = config.dependents === 'include' ? appliedUnexpectedly(delivery, endings) : [];
  if (applied.length === 0) return carried;
  const changeSet = await readChangeSet(delivery.sequence, bucket);
  return typeof changeSet === 'object' ? carryReaders(carried, delivery, applied, changeSet.graph) : carried;
}

/** Of what is left open, the declines of this delivery, and earlier ones that still hold. */
async function rememberingDeclines(
  left: readonly CarriedUnit[],
  before: readonly CarriedUnit[],
  delivery: Delivery,
  endings: ReadonlyMap<string, Ending>,
  { bucket }: PollContext,
): Promise<CarriedUnit[]> {
  const inside = new Set(delivery.units.map(({ path }) => path));
  const earlier = new Set(before.filter(({ declined }) => declined).map(({ path }) => path));
  const concerned = [...inside].filter((path) => endings.get(path)?.outcome === 'declined' || earlier.has(path));
  const requests = await atMost(bucketRequests, concerned, async (path) => {
    const request = await readStored(bucket, bucketKeys.request(delivery.id, path), unitRequestSchema);
    return request ? [[path, request.value] as const] : [];
  });
  const changeSet = concerned.length === 0 ? undefined : await readChangeSet(delivery.sequence, bucket);
  const codeOf = fingerprintsOf(typeof changeSet === 'object' ? changeSet.graph : []);
  return withDeclines(left, { before, inside, requests: new Map(requests.flat()), codeOf });
}

function reasonOf(trouble: string, { outcomes, half }: DeliveryOutcomes): string {
  const notRolledBack = Object.keys(outcomes).filter((path) => outcomes[path] === 'rollback-failed');
  if (notRolledBack.length > 0) return `could not be rolled back: ${notRolledBack.join(', ')}`;
  if (half.length > 0) return `half applied: ${half.join(', ')}`;
  return trouble;
}

/** Makes a delivery of the next change set. Those that can't be delivered are put aside. */
async function next(from: Stored<Pointer>, context: PollContext): Promise<PollResult> {
  const { bucket } = context;
  let pointer = from;
  // Looked at before the change sets are: a number that was taken by then has its change set in the bucket.
  const enqueued = await readEnqueued(bucket);
  let newest = enqueued?.sequence ?? 0;
  for (;;) {
    const done = pointer.value.sequence;
    const changeSet = await readChangeSet(done + 1, bucket);
    if (changeSet !== undefined && typeof changeSet !== 'string') {
      const begun = await begin(pointer, changeSet, newest, context);
      if (typeof begun === 'string') return begun;
      pointer = begun;
      continue;
    }
    const waiting = await nextMessage({ done, newest }, context);
    if (waiting) await context.queue.release(waiting.received);
    if (changeSet !== undefined || newest > done) {
      const body =
        enqueued?.sequence === done + 1 ? JSON.stringify(messageFor({ ...context.config, ...enqueued })) : null;
      pointer = await giveUp(pointer, { reason: changeSet ?? missing(done + 1), body }, context);
    } else if (waiting) {
      // Its change set is there, so the one before is gone, or has come meanwhile.
      newest = waiting.message.sequence;
    } else return 'idle';
  }
}

function missing(sequence: number): string {
  return `${bucketKeys.changeSet(sequence)} is not in the artifact bucket any more; restore the object, then run live-ci replay --from-dead-letters ${deadLetterId(sequence)}.`;
}

/** Starts a change set's delivery; where it can't be put in order, the pointer behind it. */
async function begin(
  pointer: Stored<Pointer>,
  changeSet: ChangeSet,
  newest: number,
  context: PollContext,
): Promise<PollResult | Stored<Pointer>> {
  let described: Described;
  try {
    described = await describe(changeSet, pointer.value, context);
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
    const authors = authorsPutAside(pointer.value.authors, changeSet);
    const known = { ...pointer, value: { ...pointer.value, authors } };
    return giveUp(known, { reason: error.message, body: JSON.stringify(messageFor(changeSet)) }, context);
  }
  const { delivery, carried, authors } = described;
  const running = announcement(delivery.id, context.now());
  const announced = await movePointer(
    pointer,
    { ...pointer.value, sequence: changeSet.sequence, carried, authors, running },
    context.bucket,
  );
  const result = await start(announced, running, context);
  const left = await nextMessage({ done: changeSet.sequence, newest }, context);
  if (left) await context.queue.release(left.received);
  return result;
}

/** Puts the next change set aside, and moves the pointer past it. Its message is taken away like one that is done with. */
async function giveUp(
  pointer: Stored<Pointer>,
  why: Pick<DeadLetter, 'reason' | 'body'>,
  context: PollContext,
): Promise<Stored<Pointer>> {
  const sequence = pointer.value.sequence + 1;
  const id = deadLetterId(sequence);
  context.log('change set put aside', { sequence, reason: why.reason });
  await putAside({ id, ...why }, context);
  return movePointer(pointer, { ...pointer.value, sequence }, context.bucket);
}

interface Described extends Pick<Pointer, 'carried' | 'authors'> {
  delivery: Delivery;
}

async function describe(pushed: ChangeSet, pointer: Pointer, context: PollContext): Promise<Described> {
  const { bucket, config } = context;
  const { changeSet, carried: following } = inViewOfMoves(pushed, pointer.carried);
  const applied = (await readStored(bucket, bucketKeys.applied, appliedSchema))?.value ?? nothingApplied;
  const open = stillOpen(following, changeSet, applied);
  const timely = inTime(changeSet, open, applied, await readSyncRecords(changeSet, bucket));
  const view = inViewOfReaders(timely.changeSet, timely.carried, applied, timely.held);
  const carried = [...view.carried, ...view.held, ...timely.held];
  const isHeld = ({ path }: { path: string }) => view.held.some((unit) => unit.path === path);
  const authors = authorsPutAside(authorsStillOpen(pointer.authors, carried, changeSet, applied), {
    ...changeSet,
    touched: changeSet.touched.filter(isHeld),
  });
  const delivery = await describeOnce(
    1,
    (attempt) =>
      withoutHeld(prepareDelivery(view.changeSet, applied, view.carried, config, attempt, authors), timely.held),
    bucket,
  );
  return { delivery, carried, authors };
}

/** What was done after the deliveries that the change set's commits put units back of. */
async function readSyncRecords({ putBacks = [] }: ChangeSet, bucket: Bucket): Promise<Map<string, SyncRecord>> {
  const ids = [...new Set(putBacks.map(({ delivery }) => delivery))];
  const records = await atMost(bucketRequests, ids, async (id) => {
    const stored = await readStored(bucket, bucketKeys.sync(id), syncRecordSchema);
    return stored ? [[id, stored.value] as const] : [];
  });
  return new Map(records.flat());
}

/** Publishes and starts the delivery that the pointer announces. */
async function start(pointer: Stored<Pointer>, running: Running, context: PollContext): Promise<PollResult> {
  const { bucket, stepFunctions } = context;
  const id = running.delivery;
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  let version: string;
  try {
    const { definition: machine, form, size } = choosePipeline(delivery, context.settings);
    context.log('definition chosen', { delivery: id, form, ...size });
    const definition = JSON.stringify(machine);
    version = await stepFunctions.publish(definition, `${id}: ${delivery.subject}`);
    // One that was refused is not kept: a deployment would take it for the state machine's (src/deployment/keep-definition.ts).
    await bucket.write(bucketKeys.definition(id), definition);
  } catch (error) {
    // It can't be run, or not even be written (RangeError), tomorrow either: halt, so that somebody learns of it.
    if (!(error instanceof DeliveryError || error instanceof RangeError)) throw error;
    await settle(pointer, id, error.message, context);
    return 'halted';
  }
  const execution = await stepFunctions.start(version, id, inputOf(delivery));
  await movePointer(
    pointer,
    {
      ...pointer.value,
      running: {
        ...running,
        phase: 'started',
        execution,
        stateMachineVersion: version,
        startedAt: context.now().toISOString(),
      },
    },
    bucket,
  );
  context.log('delivery started', { delivery: id, units: delivery.units.length, execution });
  await stepFunctions.prune(keptVersions, [version]);
  return 'started';
}

/** What the console shows as the execution's input. */
function inputOf({ id, repository, branch, base, head, author, subject, units }: Delivery): string {
  return JSON.stringify({ delivery: id, repository, branch, base, head, author, subject, units: units.length });
}
