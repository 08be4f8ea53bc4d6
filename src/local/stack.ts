/** The whole deployment on this machine, as a value: the emulator with serverless.yml deployed to it. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { reachable } from '../aws/function-url.ts';
import { stackEnvironment } from '../aws/stack-outputs.ts';
import { loadConfig } from '../config/load.ts';
import { LiveCiError } from '../errors.ts';
import { type DeployRequest, deploy } from './deploy.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { emulatorEnvironment, localBuilds, localRegion } from './local-settings.ts';
import { projectRoot } from './project.ts';
import { saying } from './saying.ts';

export interface StackOptions {
  /** Everything that the stack writes goes here. */
  directory: string;
  /** The settings to deploy with: a `live-ci.config.yml`. */
  configFile: string;
  /** Where builds get the live repository from: the path of a bare repository. */
  repositoryUrl: string;
  /** PATH of the builds. */
  toolPath: string;
  port?: number;
  /** Keep buckets, queues and state machines in `directory` for the next start. */
  persist?: boolean;
  /** `local` unless given: builds run in the Lambda local-runner. With any other they are CodeBuild's. */
  stage?: string;
  /** Settings of the emulator itself. */
  environment?: Record<string, string>;
  /** What runs the emulator, instead of the product's own program. */
  program?: string;
  /** Told what is being done, a sentence at a time. */
  progress?: (step: string) => void;
}

export interface DeployedStack {
  endpoint: string;
  bucket: string;
  queueUrl: string;
  deadLetterQueueUrl: string;
  pipelineArn: string;
  decisionArn: string;
  pollFunction: string;
  /** What a `live-ci` command needs to work with this stack: `LIVE_CI_*` and `AWS_*`. */
  environment: Record<string, string>;
}

export interface LocalStack extends DeployedStack, AsyncDisposable {
  emulator: Emulator;
  /** How it was deployed: to deploy it again, or to remove it. */
  deployment: DeployRequest;
  stop(): Promise<void>;
}

/** Where the emulator checks who calls: it knows this key, which may do everything, and does not look at its signature. */
const headers = {
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${localRegion}/lambda/aws4_request, SignedHeaders=host, Signature=none`,
};

/** @throws LiveCiError when the emulator doesn't start or the deployment fails; nothing is left running then. */
export async function startLocalStack(options: StackOptions): Promise<LocalStack> {
  const { directory, toolPath, progress = () => {} } = options;
  await mkdir(directory, { recursive: true });
  const emulator = await saying(progress, 'starting the AWS emulator', () =>
    startEmulator({ ...options, directory: join(directory, 'emulator'), path: toolPath }),
  );
  try {
    const stack = await deployTo(emulator.endpoint, options);
    return { ...stack, emulator, stop: emulator.stop, [Symbol.asyncDispose]: emulator.stop };
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/** Deploys to an emulator that runs, for the first time or anew. @throws LiveCiError when the deployment fails. */
export async function deployTo(
  endpoint: string,
  options: StackOptions,
): Promise<DeployedStack & Pick<LocalStack, 'deployment'>> {
  const { directory, configFile, repositoryUrl, toolPath, stage = 'local', progress = () => {} } = options;
  const stackName = `live-ci-${stage}`;
  const aws = emulatorEnvironment(endpoint);
  const environment = {
    ...aws,
    LIVE_CI_CLI: join(projectRoot(), 'dist', 'live-ci.js'),
    LIVE_CI_PATH: toolPath,
    LIVE_CI_REPOSITORY_URL: repositoryUrl,
  };
  const deployment = { directory: join(directory, 'deploy'), stage, configFile, environment };
  await saying(progress, `deploying serverless.yml to it (${endpoint})`, () => deploy(deployment));
  const { concurrency } = loadConfig(directory, { LIVE_CI_CONFIG: configFile });
  if (stage === 'local') await boundBuilds(endpoint, `${stackName}-local-runner`, concurrency ?? localBuilds);
  const stack = await describeStack(endpoint, stackName, { ...aws, LIVE_CI_CONFIG: configFile });
  return { ...stack, deployment };
}

/** The emulator leaves out the template's reserved concurrency of the Lambda that runs builds. */
async function boundBuilds(endpoint: string, runner: string, concurrency: number): Promise<void> {
  const answer = await fetch(`${endpoint}/2017-10-31/functions/${runner}/concurrency`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ ReservedConcurrentExecutions: concurrency }),
  });
  if (!answer.ok)
    throw new LiveCiError('local', `Builds could not be bounded to ${concurrency}: ${await answer.text()}`);
}

/** What the template's outputs say. */
async function describeStack(
  endpoint: string,
  stackName: string,
  environment: Record<string, string>,
): Promise<DeployedStack> {
  const client = new CloudFormationClient({
    endpoint,
    region: localRegion,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const outputs = await stackEnvironment(client, stackName);
  return {
    endpoint,
    bucket: outputs.LIVE_CI_BUCKET,
    queueUrl: outputs.LIVE_CI_QUEUE_URL,
    deadLetterQueueUrl: outputs.LIVE_CI_DEAD_LETTER_QUEUE_URL,
    pipelineArn: outputs.LIVE_CI_PIPELINE_ARN,
    decisionArn: outputs.LIVE_CI_DECISION_ARN,
    pollFunction: outputs.LIVE_CI_POLL_FUNCTION,
    environment: { ...environment, ...outputs, LIVE_CI_PAGE_URL: reachable(outputs.LIVE_CI_PAGE_URL, endpoint) },
  };
}

/**
 * Takes the pipeline a step further now, where AWS would at the rule's next minute.
 * @throws LiveCiError when the function fails.
 */
export async function pollNow(endpoint: string, pollFunction: string): Promise<void> {
  const answer = await fetch(`${endpoint}/2015-03-31/functions/${pollFunction}/invocations`, {
    method: 'POST',
    headers,
    body: '{}',
  });
  const body = await answer.text();
  if (answer.ok && !answer.headers.has('x-amz-function-error')) return;
  throw new LiveCiError('local', `The Lambda ${pollFunction} failed: ${body}`);
}
