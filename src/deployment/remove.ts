/**
 * `serverless remove`. The artifact bucket is never the stack's to remove: it stays, with what is applied, planned and decided, and with it
 * the key that it can be read with, and a later deployment takes both up again. With artifacts.removeWithStack it is emptied and removed
 * once the stack is gone and nothing writes into it any more; CloudFormation removes the key.
 */
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  S3Client,
} from '@aws-sdk/client-s3';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { S3Bucket } from '../aws/bucket.ts';
import { readPointer } from '../delivery/pointer.ts';
import { LiveCiError, UsageError } from '../errors.ts';
import { deployedOutputs, deployedTemplate } from './stack.ts';
import type { Target } from './target.ts';

/**
 * @param force stop a delivery that runs, where it is: Step Functions removes a state machine only once nothing runs on it.
 * @throws UsageError when a delivery runs, without `force`.
 */
export async function checkNothingRuns(target: Target, force: boolean): Promise<void> {
  const bucket = (await deployedOutputs(target))?.LIVE_CI_BUCKET;
  if (!bucket) return;
  const { running } = (await readPointer(new S3Bucket(await target.client(S3Client), bucket))).value;
  if (running === null) return;
  if (!force)
    throw new UsageError(
      `Delivery ${running.delivery} runs, and would be cut off where it is; let it end (live-ci status), or stop it between units with live-ci cancel. With --force it is cut off, and what it was applying may stay half applied.`,
    );
  if (running.execution === null) return;
  const sfn = await target.client(SFNClient);
  await sfn.send(new StopExecutionCommand({ executionArn: running.execution, cause: 'The stack is removed.' }));
  target.say(`Delivery ${running.delivery} is cut off.`);
}

/** The bucket that goes with the stack; undefined when it stays. @throws UsageError when the stack as deployed says otherwise of its key. */
export async function bucketToRemove(target: Target): Promise<string | undefined> {
  const { bucket: existing, removeWithStack } = target.config.artifacts;
  const key = (await deployedTemplate(target))?.Resources.Key;
  if (key && (key.DeletionPolicy === 'Delete') !== removeWithStack)
    throw new UsageError(
      `artifacts.removeWithStack is ${removeWithStack} now, and the stack was deployed with the opposite: its key would ${removeWithStack ? 'stay without the bucket' : 'go, and the bucket could not be read any more'}. Deploy once more, then remove.`,
    );
  if (!removeWithStack || existing !== null) return undefined;
  return (await deployedOutputs(target))?.LIVE_CI_BUCKET || undefined;
}

/** Removes a bucket with every version of every object, a thousand at once, which is as many as S3 takes (S3 API, DeleteObjects). */
export async function removeBucket(bucket: string, { client, say }: Target): Promise<void> {
  const s3 = await client(S3Client);
  let removed = 0;
  for (;;) {
    // Always the first page: what was on it is gone.
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 1000 }));
    const Objects: ObjectIdentifier[] = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(
      ({ Key, VersionId }) => ({ Key, VersionId }),
    );
    if (Objects.length === 0) break;
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const [first] = Errors;
    if (first)
      throw new LiveCiError(
        'deployment',
        `${Errors.length} object(s) of ${bucket} could not be removed (${first.Key}: ${first.Message}); empty the bucket by hand, and remove it.`,
      );
    removed += Objects.length;
    say(`${removed} version(s) of objects are removed from ${bucket}.`);
  }
  await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  say(`The bucket ${bucket} is removed.`);
}
