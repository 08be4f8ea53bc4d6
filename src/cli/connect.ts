/** Finds the deployment that a command works with, and tells the AWS SDK of it. */
import type { Bucket } from '../aws/bucket.ts';
import { S3Bucket } from '../aws/bucket.ts';
import { cloudFormation, s3, sqs } from '../aws/clients.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { deploymentFrom } from '../delivery/deployment.ts';
import { readPointer } from '../delivery/pointer.ts';
import { deployedSettings } from '../deployment/deployed-settings.ts';
import { UsageError } from '../errors.ts';
import { environmentOf, findRecord } from '../local/record.ts';
import { SqsQueue } from '../queue/queue.ts';
import { type CommandInput, text } from './command.ts';
import { typedIn } from './discovery-settings.ts';

export interface Connection {
  bucket: Bucket;
  queue: SqsQueue;
  /** As it was deployed. Read only by those who ask for it. */
  config: () => Promise<Config>;
  environment: NodeJS.ProcessEnv;
}

/**
 * By `--stage` the stack's outputs tell; else LIVE_CI_* variables; else the local stack of this directory or one above.
 * @throws UsageError when there is none; DeliveryError when this version does not understand its bucket.
 */
export async function connect(input: CommandInput): Promise<Connection> {
  const stage = text(input, 'stage');
  // Builds are deployed with everything else; people's machines have whatever version they installed.
  const deployedWithThis = stage === undefined && process.env.LIVE_CI_BUCKET !== undefined;
  if (stage !== undefined) Object.assign(process.env, await describeStack(stage));
  else if (!deployedWithThis) workWithLocalStack();
  const environment = process.env;
  const { LIVE_CI_BUCKET, LIVE_CI_QUEUE_URL, LIVE_CI_DEAD_LETTER_QUEUE_URL } = deploymentFrom(environment);
  const bucket = new S3Bucket(s3(), LIVE_CI_BUCKET);
  if (!deployedWithThis) await readPointer(bucket);
  return {
    bucket,
    queue: new SqsQueue(sqs(), LIVE_CI_QUEUE_URL, LIVE_CI_DEAD_LETTER_QUEUE_URL),
    async config() {
      const deployed = deployedWithThis ? undefined : await deployedSettings(bucket);
      return typedIn(deployed ?? loadConfig(process.cwd()), input);
    },
    environment,
  };
}

/** Of this directory or one above, if there is one: nothing of this shell's own AWS, neither keys nor a profile, is shown to it. */
function workWithLocalStack(): void {
  const record = findRecord(process.cwd());
  if (record === undefined) return;
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, environmentOf(record));
}

async function describeStack(stage: string): Promise<Record<string, string>> {
  const { stackEnvironment } = await import('../aws/stack-outputs.ts');
  const name = `live-ci-${stage}`;
  try {
    return await stackEnvironment(cloudFormation(), name);
  } catch (error) {
    throw new UsageError(`The stack ${name} can't be described; check --stage, the region and your AWS credentials.`, {
      cause: error,
    });
  }
}
