/** Reads what waits for approvers in a delivery. */
import { rollbackRequestSchema, type UnitRequest, unitRequestSchema } from '../approval/request.ts';
import { approversAmong, isAmong, votesOn } from '../approval/vote.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { bucketKeys, planners } from '../delivery/bucket-keys.ts';
import { otherStateOf } from '../delivery/other-state.ts';
import { readDelivery } from '../delivery/read-delivery.ts';
import { type Delivery, settingsIn } from '../model.ts';
import type { Waiting, WaitingUnit } from './messages.ts';

/** Hashes of the tokens of all that waits: one token lies there for each. */
export async function openHashes(delivery: string, bucket: Bucket): Promise<string[]> {
  return (await bucket.list(bucketKeys.tokens(delivery))).map((key) => key.replace(/^.*\/|\.token$/g, ''));
}

/** All that waits, in the delivery's order. */
export async function readWaiting(id: string, bucket: Bucket): Promise<Waiting> {
  const delivery = await readDelivery(id, bucket);
  const keys = (await Promise.all(planners.map((by) => bucket.list(bucketKeys.unitRequests(id, by))))).flat();
  const requests = await atMost(bucketRequests, keys, (key) => readStored(bucket, key, unitRequestSchema));
  const open = requests.flatMap((stored) => (stored?.value.answer === null ? [stored.value] : []));
  const places = new Map(delivery.units.map((unit, place) => [unit.path, { unit, place }]));
  const units = await atMost(bucketRequests, open, async (request) => ({
    request,
    approvedBy: await approversOf(request, bucket),
    environment: places.get(request.unit)?.unit.environment,
    otherState: otherStateOf(places.get(request.unit)?.unit ?? {}, request.about, request.plan),
  }));
  const placeOf = ({ request }: WaitingUnit) => places.get(request.unit)?.place ?? 0;
  const rollback = (await readStored(bucket, bucketKeys.rollbackRequest(id), rollbackRequestSchema))?.value;
  return {
    delivery,
    units: units.sort((a, b) => placeOf(a) - placeOf(b)),
    rollback: rollback?.answer === null ? rollback : null,
  };
}

/** Where one approval is enough, what waits has none. */
async function approversOf(request: UnitRequest, bucket: Bucket): Promise<string[]> {
  return request.rules.minimumApprovals > 1 ? approversAmong(await votesOn(request, bucket)) : [];
}

/** What of it an approver is asked. @param approver in small letters. */
export function askedOf(approver: string, waiting: Waiting): Waiting {
  return {
    ...waiting,
    units: waiting.units.filter((unit) => isAsked(approver, unit)),
    rollback: mayChoose(approver, waiting.delivery) ? waiting.rollback : null,
  };
}

/** As votes are counted: see expectMayVote. Whoever has approved already is asked nothing more. */
function isAsked(approver: string, { request: { rules }, approvedBy }: WaitingUnit): boolean {
  return isAmong(approver, rules.approvers) && !rules.excluded.includes(approver) && !approvedBy.includes(approver);
}

function mayChoose(approver: string, delivery: Delivery): boolean {
  return delivery.units.some((unit) => isAmong(approver, settingsIn(delivery, unit).approvers));
}

/** Only what these hashes name. */
export function namedBy(hashes: ReadonlySet<string>, waiting: Waiting): Waiting {
  const { rollback } = waiting;
  return {
    ...waiting,
    units: waiting.units.filter(({ request }) => hashes.has(request.token)),
    rollback: rollback !== null && hashes.has(rollback.token) ? rollback : null,
  };
}

/** Of the tokens of what waits. */
export function hashesOf({ units, rollback }: Waiting): string[] {
  return [...units.map(({ request }) => request.token), ...(rollback === null ? [] : [rollback.token])];
}
