/**
 * The command line as builds have it: the very one that is deployed, from the artifact bucket, with the settings that are deployed. It is a zip,
 * named by what is in it, that CodeBuild unpacks beside the repository: a deployment from a clone and one from the package need nothing that is
 * published anywhere. A variable of the builds would be too small for the settings: CodeBuild takes 4,096 characters.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { zipSync } from 'fflate';
import { S3Bucket } from '../aws/bucket.ts';
import { deployedSettingsFile } from '../config/deployed-settings-file.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { deployedOutputs } from './stack.ts';
import type { Target } from './target.ts';
import { sameBytes } from './zipped.ts';

export interface CommandLine {
  key: string;
  zip: Uint8Array;
}

const entry = 'live-ci.js';

/**
 * @param built the folder that the command line was built into: dist.
 * @param said what live-ci.config.yml says, without the defaults.
 */
export function readCommandLine(built: string, said: unknown): CommandLine {
  const files = {
    ...loaded(built),
    'package.json': Buffer.from('{"type":"module"}'),
    [deployedSettingsFile]: Buffer.from(JSON.stringify(said)),
  };
  const zip = zipSync(files, sameBytes);
  return { key: bucketKeys.commandLine(createHash('sha256').update(zip).digest('hex')), zip };
}

/** The entry and whatever it loads (build.js names it chunk-…); the folder may have files of builds before. */
function loaded(built: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  const open = [entry];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (files[name]) continue;
    const content = readFileSync(join(built, name));
    files[name] = content;
    for (const [, other = ''] of content.toString('utf8').matchAll(/"\.\/(chunk-\w+\.js)"/g)) open.push(other);
  }
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Does nothing while there is no bucket yet: then it is done once the stack has one. */
export async function uploadCommandLine({ key, zip }: CommandLine, target: Target): Promise<void> {
  const name = (await deployedOutputs(target))?.LIVE_CI_BUCKET;
  if (name) await new S3Bucket(await target.client(S3Client), name).write(key, zip, { ifNoneMatch: '*' });
}
