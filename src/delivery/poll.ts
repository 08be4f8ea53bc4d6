/**
 * One look at the pipeline, from the rule's tick or from an execution that ended:
 *
 * 1. A delivery that was intended but not started is started.
 * 2. A running delivery is left alone; one that ended is written down, and frees the pointer or halts it.
 * 3. While nothing runs and nothing is halted, the queue's next message becomes a delivery: described in the bucket,
 *    announced in the pointer, published, started, noted as started, and only then is the message removed.
 *
 * Each step is repeated safely: the pointer says how far the last poll came, and Step Functions knows an execution by its
 * name. Two polls at once meet in the pointer's conditional write; the later one stops.
 */
import { buildPipeline } from '../../statemachine/pipeline.ts';
import type { Settings } from '../../statemachine/settings.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, type Stored, toJson } from '../aws/stored.ts';
import type { Config } from '../config/schema.ts';
import { DeliveryError, LiveCiError, messageOf } from '../errors.ts';
import type { Log, Metric } from '../metrics.ts';
import { type ChangeSet, changeSetSchema, type Delivery, deliverySchema } from '../model.ts';
import { messageSchema } from '../queue/message.ts';
import type { Queue, Received } from '../queue/queue.ts';
import { appliedSchema, nothingApplied } from './applied.ts';
import { bucketKeys } from './bucket-keys.ts';
import { carryOver, stillOpen } from './carry.ts';
import { type DeliveryOutcomes, deliveryOutcomesSchema, endingsOf } from './endings.ts';
import { finish } from './finish.ts';
import { type CarriedUnit, type Pointer, readPointer } from './pointer.ts';
import { deliveryId, prepareDelivery } from './prepare.ts';
import type { StepFunctions } from './step-functions.ts';

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

/** Somebody else moved the pointer since it was read: that poll goes on, this one stops. */
class Overtaken extends LiveCiError {
  constructor() {
    super('overtaken', 'Another poll moved the pipeline pointer first; it goes on.');
  }
}

export async function poll(context: PollContext): Promise<PollResult> {
  try {
    let pointer = await readPointer(context.bucket);
    if (pointer.value.running?.phase === 'intended')
      return await start(pointer, pointer.value.running.delivery, context);
    if (pointer.value.running) {
      const status = await context.stepFunctions.status(pointer.value.running.execution ?? '');
      if (status === 'RUNNING') return 'running';
      const trouble = status === 'SUCCEEDED' ? null : `its execution ended ${status}`;
      pointer = await settle(pointer, pointer.value.running.delivery, trouble, context);
    }
    if (pointer.value.halted) return 'halted';
    return await next(pointer, context);
  } catch (error) {
    if (error instanceof Overtaken) return 'overtaken';
    throw error;
  }
}

/** @throws Overtaken */
async function movePointer(from: Stored<Pointer>, to: Pointer, bucket: Bucket): Promise<Stored<Pointer>> {
  const condition = from.etag === '' ? ({ ifNoneMatch: '*' } as const) : { ifMatch: from.etag };
  const etag = await bucket.write(bucketKeys.pointer, toJson(to), condition);
  if (etag === undefined) throw new Overtaken();
  return { value: to, etag };
}

/**
 * Writes down how a delivery ended, and frees the pointer or halts it.
 * @param trouble why it did not end as it should; null when it did.
 */
async function settle(
  pointer: Stored<Pointer>,
  id: string,
  trouble: string | null,
  context: PollContext,
): Promise<Stored<Pointer>> {
  const { bucket } = context;
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  await finish(id, undefined, context);
  const outcomes = await readExpected(bucket, bucketKeys.outcomes(id), deliveryOutcomesSchema);
  const halted =
    trouble === null ? null : { delivery: id, reason: reasonOf(trouble, outcomes), since: context.now().toISOString() };
  context.log(halted ? 'delivery halted' : 'delivery ended', { delivery: id, trouble });
  return movePointer(
    pointer,
    {
      ...pointer.value,
      running: null,
      halted,
      last: id,
      carried: carryOver(pointer.value.carried, delivery, endingsOf(outcomes)),
    },
    bucket,
  );
}

function reasonOf(trouble: string, { outcomes, half }: DeliveryOutcomes): string {
  const notRolledBack = Object.keys(outcomes).filter((path) => outcomes[path] === 'rollback-failed');
  if (notRolledBack.length > 0) return `could not be rolled back: ${notRolledBack.join(', ')}`;
  if (half.length > 0) return `half applied: ${half.join(', ')}`;
  return trouble;
}

/** Makes a delivery of the queue's next message. Messages that are done with, or make no sense, are put aside. */
async function next(pointer: Stored<Pointer>, context: PollContext): Promise<PollResult> {
  for (;;) {
    const received = await context.queue.receive();
    if (received === undefined) return 'idle';
    const changeSet = await understand(received, context);
    if (changeSet === undefined) continue;
    if (changeSet.sequence <= pointer.value.sequence) {
      context.log('message already delivered', { head: changeSet.head, sequence: changeSet.sequence });
      await context.queue.remove(received);
      continue;
    }
    const { delivery, carried } = await describe(changeSet, pointer.value, context);
    const announced = await movePointer(
      pointer,
      {
        ...pointer.value,
        sequence: changeSet.sequence,
        carried,
        running: { delivery: delivery.id, phase: 'intended', execution: null, stateMachineVersion: null },
      },
      context.bucket,
    );
    const result = await start(announced, delivery.id, context);
    await context.queue.remove(received);
    return result;
  }
}

/** The message's change set; undefined when it has none, and lies with the dead letters now. */
async function understand(received: Received, context: PollContext): Promise<ChangeSet | undefined> {
  const bury = async (reason: string) => {
    context.log('message buried', { id: received.id, reason });
    await context.queue.bury(received, reason);
    context.metric('DeadLetters', 1);
    return undefined;
  };
  let body: unknown;
  try {
    body = JSON.parse(received.body);
  } catch (error) {
    return bury(`The message is not JSON: ${messageOf(error)}. Send commits with live-ci enqueue.`);
  }
  const parsed = messageSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return bury(
      `The message is no change set: ${issue?.path.join('.')}: ${issue?.message}. Send commits with live-ci enqueue.`,
    );
  }
  const { changeSet: key, head, sequence } = parsed.data;
  try {
    const changeSet = await readExpected(context.bucket, key, changeSetSchema);
    if (changeSet.head === head && changeSet.sequence === sequence) return changeSet;
    return bury(`${key} is the change set of another commit than ${head}. Send commits with live-ci enqueue.`);
  } catch (error) {
    if (error instanceof DeliveryError) return bury(error.message);
    throw error;
  }
}

async function describe(
  changeSet: ChangeSet,
  pointer: Pointer,
  context: PollContext,
): Promise<{ delivery: Delivery; carried: CarriedUnit[] }> {
  const { bucket, config } = context;
  const applied = (await readStored(bucket, bucketKeys.applied, appliedSchema))?.value ?? nothingApplied;
  const attempt = await freeAttempt(bucket, changeSet);
  const carried = stillOpen(pointer.carried, changeSet, applied);
  const delivery = prepareDelivery(changeSet, applied, carried, config, attempt);
  await bucket.write(bucketKeys.delivery(delivery.id), toJson(delivery));
  return { delivery, carried };
}

/** The first attempt of this commit that no earlier change set of the same commit has used. */
async function freeAttempt(bucket: Bucket, { head, sequence }: ChangeSet): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const used = await readStored(bucket, bucketKeys.delivery(deliveryId(head, attempt)), deliverySchema);
    if (used === undefined || used.value.sequence === sequence) return attempt;
  }
}

/** Publishes and starts the delivery that the pointer announces. */
async function start(pointer: Stored<Pointer>, id: string, context: PollContext): Promise<PollResult> {
  const { bucket, stepFunctions } = context;
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const definition = JSON.stringify(buildPipeline(delivery, context.settings));
  await bucket.write(bucketKeys.definition(id), definition);
  let version: string;
  try {
    version = await stepFunctions.publish(definition, `${id}: ${delivery.subject}`);
  } catch (error) {
    // Step Functions will refuse it tomorrow as well: halt, so that somebody learns of it.
    if (!(error instanceof DeliveryError)) throw error;
    await settle(pointer, id, error.message, context);
    return 'halted';
  }
  const execution = await stepFunctions.start(version, id, inputOf(delivery));
  await movePointer(
    pointer,
    { ...pointer.value, running: { delivery: id, phase: 'started', execution, stateMachineVersion: version } },
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
