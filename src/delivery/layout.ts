/**
 * The artifact bucket's layout has a version, which the pipeline pointer carries: it is read before anything else, so that no program works
 * on a bucket that it doesn't understand. Version 2 is the first with a folder for each writer; see bucket-keys.ts.
 */
import { DeliveryError } from '../errors.ts';

export const layoutVersion = 2;

/** @throws DeliveryError that says whether the program or the bucket is to be brought up to date. */
export function checkLayout(version: number): void {
  if (version > layoutVersion)
    throw new DeliveryError(
      `The artifact bucket has been taken over by a newer version of live-ci (its layout is ${version}, this version knows ${layoutVersion}); install the version that is deployed.`,
    );
  if (version < layoutVersion)
    throw new DeliveryError(
      `The artifact bucket is that of an older version of live-ci (its layout is ${version}, this version's is ${layoutVersion}); deploy this version, which brings it up to date, or install the version that is deployed.`,
    );
}
