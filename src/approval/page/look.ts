/** What the page shows, read from the artifact bucket with the eyes of one approver. */
import type { Bucket } from '../../aws/bucket.ts';
import { readExpected, readStored } from '../../aws/stored.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { inRollbackOrder, plannedOnceMore, rollbackOrder } from '../../delivery/rollback-order.ts';
import { type DeliveryStatus, deliveryStatus, type UnitStatus } from '../../delivery/status.ts';
import { applying } from '../../delivery/unit-facts.ts';
import { LinkError } from '../../errors.ts';
import { type Delivery, type DeliveryUnit, deliverySchema, type RollbackChoice } from '../../model.ts';
import { chosenBy, leftBehind, type Situation } from '../choose-units.ts';
import type { Claims } from '../link.ts';
import { type RollbackRequest, rollbackRequestSchema, type UnitRequest, unitRequestSchema } from '../request.ts';
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
  const status = await deliveryStatus(bucket, id, (await readPointer(bucket)).value);
  const waits = (each: string) => status.units.some((one) => one.path === each && one.state === 'waiting-for-approval');
  const shown = path ?? units.find(waits) ?? units[0];
  const question = (await readStored(bucket, bucketKeys.rollbackRequest(id), rollbackRequestSchema))?.value;
  return {
    claims,
    delivery,
    status,
    unit: shown === undefined ? null : await lookAt(shown, delivery, status, bucket),
    question,
    lastWords: await lastWordsOf(shown === undefined ? (question?.troubled ?? []) : [], delivery, status, bucket),
  };
}

/** Of so many units that have failed. */
const mostLogs = 3;
const mostLines = 20;

async function lastWordsOf(
  troubled: readonly string[],
  { id, units }: Delivery,
  status: DeliveryStatus,
  bucket: Bucket,
): Promise<Map<string, string>> {
  const failed = new Set(status.units.filter(({ state }) => state === 'failed').map(({ path }) => path));
  const looked = units.filter(({ path }) => troubled.includes(path) && failed.has(path)).slice(0, mostLogs);
  const words = await Promise.all(
    looked.map(async (unit) => {
      const log = (action: string) => bucket.read(bucketKeys.log(id, unit.path, action));
      const [applied, planned] = await Promise.all([log(applying(unit)), log('plan')]);
      const said = (applied ?? planned)?.body.toString('utf8').trimEnd() ?? '';
      return [unit.path, said.split('\n').slice(-mostLines).join('\n')] as const;
    }),
  );
  return new Map(words);
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

/** What a rollback choice would do if it were carried out now. */
export interface Reach {
  /** In the order in which it would be done. */
  units: string[];
  /** Units that would be destroyed, and stay, each with what reads it and stays. */
  held: ReadonlyMap<string, string>;
  /** Of the units, those that the next delivery plans once more. */
  again: string[];
  /** Dependents that would stay applied. */
  left: string[];
}

/** What could be rolled back by now, and what is wrong: of a question as it was asked, before that as it would be after a decline. */
export function situationOf({ delivery, status, unit, question }: Seen): Situation {
  if (question && unit === null) {
    const { modified, troubled, unchanged } = question;
    return { delivery, modified, troubled, unchanged };
  }
  const modified = status.units.filter((one) => one.modified || one.state === 'applying').map(({ path }) => path);
  const troubled = status.units
    .filter(({ state }) => state === 'failed' || state === 'declined')
    .map(({ path }) => path);
  const unchanged = status.units.filter(({ state }) => state === 'unchanged').map(({ path }) => path);
  return { delivery, modified, troubled: unit ? [...troubled, unit.unit.path] : troubled, unchanged };
}

export function reachOf(choice: RollbackChoice, listed: readonly string[], situation: Situation): Reach {
  const { units, held } = chosenBy(choice, listed, situation);
  const order = rollbackOrder(situation.delivery);
  const again = plannedOnceMore(order, units);
  return { units: inRollbackOrder(order, units), held, again, left: leftBehind(units, situation) };
}
