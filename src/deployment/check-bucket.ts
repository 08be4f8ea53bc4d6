/** An existing bucket that the configuration names must be one that the pipeline can rely on, before anything is deployed. */
import { GetBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { ConfigError } from '../errors.ts';
import type { Target } from './target.ts';

/** @throws ConfigError when it isn't there, is in another account or region, or isn't versioned. */
export async function checkBucket({ config, region, accountId, client }: Target): Promise<void> {
  const { bucket } = config.artifacts;
  if (bucket === null) return;
  const account = await accountId();
  const s3 = await client(S3Client);
  const { Status } = await s3
    .send(new GetBucketVersioningCommand({ Bucket: bucket, ExpectedBucketOwner: account }))
    .catch((error: unknown) => {
      throw new ConfigError(`artifacts.bucket: ${trouble(error, { bucket, account, region })}`, { cause: error });
    });
  if (Status !== 'Enabled')
    throw new ConfigError(
      `artifacts.bucket: ${bucket} is not versioned; turn its versioning on, so that nothing in it is lost by an accident.`,
    );
}

/** S3 answers so to whoever asks for a bucket that is not there, elsewhere, or somebody else's (S3 API, error codes). */
function trouble(error: unknown, { bucket, account, region }: Record<'bucket' | 'account' | 'region', string>): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NoSuchBucket') return `${bucket} does not exist; make it, or leave the setting out.`;
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed')
    return `${bucket} is not in ${region}; name a bucket of the region that is deployed to.`;
  if (name === 'AccessDenied' || name === 'Forbidden')
    return `${bucket} is not in the account ${account}, or your credentials may not read its versioning; name a bucket of this account.`;
  return `${bucket} can't be looked at: ${error instanceof Error ? error.message : String(error)}.`;
}
