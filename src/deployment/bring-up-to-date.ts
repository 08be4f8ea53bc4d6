/** An older version's artifact bucket is brought up to date before its functions are replaced. */
import { S3Client } from '@aws-sdk/client-s3';
import { S3Bucket } from '../aws/bucket.ts';
import { upgradeLayout } from '../delivery/upgrade-layout.ts';
import { deployedOutputs } from './stack.ts';
import type { Target } from './target.ts';

/** @throws DeliveryError when it is a newer version's, or a delivery runs that an older one began. */
export async function bringUpToDate(target: Target): Promise<void> {
  const name = (await deployedOutputs(target))?.LIVE_CI_BUCKET;
  if (!name) return;
  const before = await upgradeLayout(new S3Bucket(await target.client(S3Client), name));
  if (before !== undefined)
    target.say(`The artifact bucket is brought up to date, from the layout of version ${before}.`);
}
