/** What every handler needs, made once for each Lambda environment. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bucket, S3Bucket } from '../src/aws/bucket.ts';
import { s3, sfn } from '../src/aws/clients.ts';
import { checkConfig } from '../src/config/check.ts';
import { deployedSettingsFile } from '../src/config/deployed-settings-file.ts';
import type { Config } from '../src/config/schema.ts';
import { AwsStepFunctions } from '../src/delivery/step-functions.ts';
import { bucketOf } from '../src/selftest/world.ts';

/** `live-ci.config.yml` as it was deployed (src/deployment/package-functions.ts). */
const said: unknown = JSON.parse(readFileSync(join(import.meta.dirname, deployedSettingsFile), 'utf8'));

export const config: Config = checkConfig(said, 'the configuration that was deployed');

export function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`The environment variable ${name} is not set; deploy again with serverless.yml as it is.`);
  return value;
}

export const bucket = new S3Bucket(s3(), required('LIVE_CI_BUCKET'));

/** The bucket as that delivery sees it. */
export const bucketFor = (delivery: string): Bucket => bucketOf(delivery, bucket);

export const stepFunctions = new AwsStepFunctions(sfn(), process.env.LIVE_CI_PIPELINE_ARN ?? '');
export const now = () => new Date();
