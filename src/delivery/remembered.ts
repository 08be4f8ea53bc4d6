/** Declines that outlast their delivery: kept with the units that are carried, and handed to the deliveries that these come to. */
import { declineOf, isRemembered } from '../approval/declined-before.ts';
import type { UnitRequest } from '../approval/request.ts';
import type { Bucket } from '../aws/bucket.ts';
import { changeStored } from '../aws/stored.ts';
import type { DeliveryUnit, RememberedDecline } from '../model.ts';
import { bucketKeys } from './bucket-keys.ts';
import { type CarriedUnit, pointerSchema } from './pointer.ts';

/**
 * The carried units after a delivery, with what is remembered of each. A decline that was given in the delivery is; an earlier one stays, as
 * long as nobody has decided otherwise, and the unit's code is the one that was declined.
 * @param before as they were carried when the delivery had ended: somebody may have changed their mind while it ran
 * @param inside paths of the delivery's units
 * @param requests what was asked about units of the delivery
 * @param codeOf a unit's fingerprint at the delivery's head; null when it is gone there
 */
export function withDeclines(
  carried: readonly CarriedUnit[],
  { before, inside, requests, codeOf }: Remembering,
): CarriedUnit[] {
  const known = new Map(before.map(({ path, declined }) => [path, declined]));
  return carried.map(({ declined: _, ...unit }) => {
    const { path } = unit;
    const earlier = known.get(path);
    const request = requests.get(path);
    const isAskedAnew = request !== undefined && !isRemembered(request);
    const declined = isAskedAnew ? declineOf(request, codeOf(path)) : earlier;
    const holds = declined !== undefined && (!inside.has(path) || declined.fingerprint === codeOf(path));
    return holds ? { ...unit, declined } : unit;
  });
}

export interface Remembering {
  before: readonly CarriedUnit[];
  inside: ReadonlySet<string>;
  requests: ReadonlyMap<string, UnitRequest>;
  codeOf: (path: string) => string | null;
}

/** What a unit of a delivery is given of it. @param codeOf at the delivery's head; none where that is the one after which it was carried */
export function declineFor(
  path: string,
  carried: readonly CarriedUnit[],
  codeOf?: (path: string) => string | null,
): Pick<DeliveryUnit, 'declined'> {
  const declined = carried.find((unit) => unit.path === path)?.declined;
  if (declined === undefined || (codeOf && declined.fingerprint !== codeOf(path))) return {};
  return { declined };
}

/**
 * Somebody has changed their mind: the next delivery of these units asks about them as if they had never been declined.
 * @returns what was forgotten, by path.
 */
export async function forgetDeclines(
  isMeant: (path: string) => boolean,
  bucket: Bucket,
): Promise<Map<string, RememberedDecline>> {
  let forgotten = new Map<string, RememberedDecline>();
  await changeStored(bucket, bucketKeys.pointer, pointerSchema, (pointer) => {
    const meant = (pointer?.carried ?? []).filter(({ path }) => isMeant(path));
    forgotten = new Map(meant.flatMap(({ path, declined }) => (declined ? [[path, declined]] : [])));
    if (pointer === undefined || forgotten.size === 0) return undefined;
    const carried = pointer.carried.map(({ declined, ...unit }) =>
      declined === undefined || forgotten.has(unit.path) ? unit : { ...unit, declined },
    );
    return { ...pointer, carried };
  });
  return forgotten;
}
