/** What every handler needs, made once for each Lambda environment. */
import { S3Bucket } from '../src/aws/bucket.ts';
import { s3, sfn } from '../src/aws/clients.ts';
import { checkConfig } from '../src/config/check.ts';
import type { Config } from '../src/config/schema.ts';
import { AwsStepFunctions } from '../src/delivery/step-functions.ts';

/** `live-ci.config.yml`, put in when the Lambda is bundled (esbuild.config.cjs). */
declare const LIVE_CI_CONFIGURATION: unknown;

export const config: Config = checkConfig(LIVE_CI_CONFIGURATION, 'the configuration that was deployed');

export function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`The environment variable ${name} is not set; deploy again with serverless.yml as it is.`);
  return value;
}

export const bucket = new S3Bucket(s3(), required('LIVE_CI_BUCKET'));
export const stepFunctions = new AwsStepFunctions(sfn(), process.env.LIVE_CI_PIPELINE_ARN ?? '');
export const now = () => new Date();
