/**
 * Tells people what they are waited for, and how deliveries end. It is the poll that tells, so that what began to wait since the last
 * one is one message, however many units that are. What was told is kept after it was told: cut off in between, it is told once more,
 * which does less harm than not at all.
 */
import * as z from 'zod';
import { rollbackRequestSchema, type UnitRequest, unitRequestSchema } from '../approval/request.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { deliveryOutcomesSchema } from '../delivery/endings.ts';
import { readPointer } from '../delivery/pointer.ts';
import { deliverySchema } from '../model.ts';
import { endMessage, type Message, type Waiting, waitingMessage } from './messages.ts';

const toldSchema = z.strictObject({
  version: z.literal(1),
  /** Hash of a request's token ▸ when people were told of it last. */
  waiting: z.record(z.string(), z.iso.datetime()),
  ended: z.boolean(),
});
type Told = z.infer<typeof toldSchema>;

export interface TellContext {
  bucket: Bucket;
  now: () => Date;
  publish: (message: Message) => Promise<void>;
  /** Names the deployment. */
  service: string;
}

/** What waits for so long is told again. */
const reminderMilliseconds = 24 * 3_600_000;

/** Of the delivery that runs, what has begun to wait for approvers since the last time. */
export async function tellWaiting(context: TellContext): Promise<void> {
  const { bucket, now, publish, service } = context;
  const { running } = (await readPointer(bucket)).value;
  if (running === null) return;
  const { delivery: id } = running;
  const told = await readTold(id, bucket);
  const hashes = (await bucket.list(bucketKeys.tokens(id))).map((key) => key.replace(/^.*\/|\.token$/g, ''));
  const isNew = (hash: string) => told.waiting[hash] === undefined;
  const isLong = (hash: string) => now().getTime() - Date.parse(told.waiting[hash] ?? '') >= reminderMilliseconds;
  const wanted = hashes.some(isNew) ? hashes.filter(isNew) : hashes.filter(isLong);
  if (wanted.length === 0) return;
  const waiting = await requestsWith(new Set(wanted), id, bucket);
  if (waiting.units.length > 0 || waiting.rollback) {
    const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
    await publish(waitingMessage(delivery, waiting, !wanted.some(isNew), service));
  }
  const at = now().toISOString();
  await keepTold(
    id,
    { ...told, waiting: { ...told.waiting, ...Object.fromEntries(wanted.map((hash) => [hash, at])) } },
    bucket,
  );
}

async function requestsWith(hashes: ReadonlySet<string>, id: string, bucket: Bucket): Promise<Waiting> {
  const keys = await bucket.list(bucketKeys.unitRequests(id));
  const read = await atMost(bucketRequests, keys, (key) => readStored(bucket, key, unitRequestSchema));
  const rollback = (await readStored(bucket, bucketKeys.rollbackRequest(id), rollbackRequestSchema))?.value;
  const isWanted = (request: Pick<UnitRequest, 'token' | 'answer'>) =>
    hashes.has(request.token) && request.answer === null;
  return {
    units: read.flatMap((stored) => (stored && isWanted(stored.value) ? [stored.value] : [])),
    rollback: rollback !== undefined && hashes.has(rollback.token) && rollback.answer === null,
  };
}

/** How a delivery has ended, once. Nothing for one that left no outcomes. */
export async function tellEnd(id: string, context: TellContext): Promise<void> {
  const { bucket, publish, service } = context;
  const told = await readTold(id, bucket);
  const outcomes = (await readStored(bucket, bucketKeys.outcomes(id), deliveryOutcomesSchema))?.value;
  if (told.ended || outcomes === undefined) return;
  const { halted } = (await readPointer(bucket)).value;
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  await publish(endMessage(delivery, outcomes.outcomes, halted?.delivery === id ? halted.reason : null, service));
  await keepTold(id, { ...told, ended: true }, bucket);
}

async function readTold(id: string, bucket: Bucket): Promise<Told> {
  const stored = await readStored(bucket, bucketKeys.told(id), toldSchema);
  return stored?.value ?? { version: 1, waiting: {}, ended: false };
}

async function keepTold(id: string, told: Told, bucket: Bucket): Promise<void> {
  await bucket.write(bucketKeys.told(id), toJson(told));
}
