/** AWS refuses names that are too long or written otherwise, when the half of a stack is made; here before anything is. Pure. */
import type { Config } from '../config/schema.ts';
import { ConfigError } from '../errors.ts';
import { namesOf } from './names.ts';

/** Of functions, projects, state machines, rules and roles: the least that each takes (CloudFormation resource schemas; Lambda, FunctionName). */
const common = /^[A-Za-z0-9_-]{1,64}$/;

/** S3 guide, General purpose bucket naming rules. */
const ofBuckets = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** The bucket that the stack makes. */
export const bucketNameOf = (prefix: string, account: string, region: string) =>
  `${prefix}-artifacts-${account}-${region}`;

/**
 * @param prefix `<service>-<stage>`, which every name begins with.
 * @throws ConfigError with the name that can't be, and what to do.
 */
export function checkNames(config: Config, prefix: string): void {
  const { signingKey: _path, ...names } = namesOf(config, prefix);
  const wrong = Object.values(names).find((name) => name !== null && !common.test(name));
  if (wrong)
    throw new ConfigError(
      `${wrong} can't be the name of anything in AWS, which takes 64 letters, digits, - and _; use a shorter service or stage than ${prefix} (47 characters are enough for every name).`,
    );
  const bucket = bucketNameOf(prefix, config.accountId, config.region);
  if (config.artifacts.bucket === null && !ofBuckets.test(bucket))
    throw new ConfigError(
      `${bucket} can't be the name of the artifact bucket: it has ${bucket.length} characters, and S3 takes 63 small letters, digits and -. Use another service or stage than ${prefix}, or name a bucket in artifacts.bucket.`,
    );
}
