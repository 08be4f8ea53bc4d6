import * as z from 'zod';
import { tags, told } from './told.ts';

export const artifactsSchema = z
  .strictObject({
    bucket: told(
      z
        .string()
        .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket')
        .nullable(),
      'an existing bucket, versioned, for everything that lasts; none: the stack makes one',
      'S3 bucket',
    ).default(null),
    removeWithStack: told(
      z.boolean(),
      'empty the bucket and remove it with the stack. false: it stays, with all that was ever planned and decided. An existing bucket always stays',
      'DeletionPolicy',
    ).default(false),
    planDays: told(
      z.int().min(30).max(3650),
      'days that the plans and logs of deliveries are kept',
      'S3 lifecycle rule',
    ).default(365),
    tags: tags('tags of the bucket').default({}),
  })
  .prefault({})
  .describe('the artifact bucket: plans, logs, decisions and the pipeline pointer');

export const kmsKeyArn = told(
  z
    .string()
    .regex(
      /^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
      "must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID; roles can't be given a key by its alias",
    )
    .meta({ title: 'ARN' })
    .nullable(),
  'an existing KMS key for everything at rest; none: the stack makes one',
  'KMS key of bucket, queues, topic, logs, builds and parameters',
).default(null);
