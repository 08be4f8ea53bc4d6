/**
 * The settings as they were deployed, in the artifact bucket: a command that somebody types with `--stage`, in whatever directory, works with them
 * and not with those that happen to lie there.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { type Bucket, S3Bucket } from '../aws/bucket.ts';
import { toJson } from '../aws/stored.ts';
import { checkConfig } from '../config/check.ts';
import type { Config } from '../config/schema.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { deployedOutputs } from './stack.ts';
import type { Target } from './target.ts';

/** @param said what live-ci.config.yml says, without the defaults. */
export async function uploadSettings(said: unknown, target: Target): Promise<void> {
  const name = (await deployedOutputs(target))?.LIVE_CI_BUCKET;
  if (name) await new S3Bucket(await target.client(S3Client), name).write(bucketKeys.settings, toJson(said));
}

/** Undefined after a deployment by a version that did not leave them. @throws ConfigError when this version does not understand them. */
export async function deployedSettings(bucket: Bucket): Promise<Config | undefined> {
  const object = await bucket.read(bucketKeys.settings);
  if (object === undefined) return undefined;
  return checkConfig(JSON.parse(object.body.toString('utf8')), 'the configuration that was deployed');
}
