/** What the page shows, read from the artifact bucket with the eyes of one approver. */
import type { Bucket } from '../../aws/bucket.ts';
import { readExpected, readStored } from '../../aws/stored.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { type Pointer, readPointer } from '../../delivery/pointer.ts';
import { type DeliveryStatus, deliveryStatus, type InGit, inGit, type UnitStatus } from '../../delivery/status.ts';
import { LinkError } from '../../errors.ts';
import { type Delivery, type DeliveryUnit, deliverySchema } from '../../model.ts';
import type { Claims } from '../link.ts';
import { type RollbackRequest, rollbackRequestSchema, type UnitRequest, unitRequestSchema } from '../request.ts';
import { lastWordsOf } from '../troubles.ts';
import { type Vote, votesOf } from '../vote.ts';

export interface SeenUnit {
  unit: DeliveryUnit;
  status: UnitStatus;
  /** Undefined when its newest plan does not wait for an answer. */
  request: UnitRequest | undefined;
  /** On any of its plans, oldest first. */
  votes: Vote[];
  /** The newest plan as Terraform prints it. */
  plan: string | undefined;
}

export interface Seen {
  claims: Claims;
  delivery: Delivery;
  status: DeliveryStatus;
  /** Null when the link is for the delivery's rollback choice. */
  unit: SeenUnit | null;
  /** The rollback question, once it was asked. */
  question: RollbackRequest | undefined;
  /** What git doesn't say yet, of all deliveries. */
  git: InGit;
  /** Why the delivery halts the pipeline, and since when; null when it doesn't. */
  halted: Pointer['halted'];
  /** What the last build of a unit that went wrong said last, by path: of the first of them, where the page is about that question. */
  lastWords: ReadonlyMap<string, string>;
}

/**
 * @param path one of the link's units; without one, the first that waits.
 * @throws LinkError for a unit that the link is not for; DeliveryError when the delivery is no longer kept.
 */
export async function look(claims: Claims, path: string | undefined, bucket: Bucket): Promise<Seen> {
  const { delivery: id, units } = claims;
  if (path !== undefined && !units.includes(path))
    throw new LinkError(
      'forged',
      'This link is for other units. Each approver is sent a link for what waits for them.',
    );
  const delivery = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  const pointer = (await readPointer(bucket)).value;
  const status = await deliveryStatus(bucket, id, pointer);
  const waits = (each: string) => status.units.some((one) => one.path === each && one.state === 'waiting-for-approval');
  const shown = path ?? units.find(waits) ?? units[0];
  const question = (await readStored(bucket, bucketKeys.rollbackRequest(id), rollbackRequestSchema))?.value;
  const failed = new Set(status.units.filter(({ state }) => state === 'failed').map(({ path }) => path));
  const asked = shown === undefined ? (question?.troubled ?? []) : [];
  const failing = delivery.units.filter((unit) => asked.includes(unit.path) && failed.has(unit.path));
  return {
    claims,
    delivery,
    status,
    unit: shown === undefined ? null : await lookAt(shown, delivery, status, bucket),
    question,
    git: await inGit(id, pointer, bucket),
    halted: pointer.halted?.delivery === id ? pointer.halted : null,
    lastWords: await lastWordsOf(id, failing, bucket),
  };
}

async function lookAt(path: string, delivery: Delivery, { units }: DeliveryStatus, bucket: Bucket): Promise<SeenUnit> {
  const unit = delivery.units.find((one) => one.path === path);
  const status = units.find((one) => one.path === path);
  if (unit === undefined || status === undefined)
    throw new LinkError('forged', `The delivery ${delivery.id} has no unit ${path}.`);
  const [request, votes, plan] = await Promise.all([
    readStored(bucket, bucketKeys.request(delivery.id, path, status.about), unitRequestSchema),
    votesOf(delivery.id, path, bucket),
    status.plan === null ? undefined : bucket.read(bucketKeys.planText(delivery.id, path, status.plan, status.about)),
  ]);
  const waits = status.state === 'waiting-for-approval' && request?.value.plan.sha256 === status.plan;
  return { unit, status, request: waits ? request.value : undefined, votes, plan: plan?.body.toString('utf8') };
}
