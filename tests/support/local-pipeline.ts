/** The deployment on this machine with a bare repository in front of it, as a value: push a commit, decide, see how it ended. */
import { mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { giveDecision } from '../../src/approval/give-decision.ts';
import { S3Bucket } from '../../src/aws/bucket.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { readPointer } from '../../src/delivery/pointer.ts';
import { type DeliveryStatus, deliveryStatus } from '../../src/delivery/status.ts';
import { deploy, removeDeployment } from '../../src/local/deploy.ts';
import { startEmulator } from '../../src/local/emulator.ts';
import { descendants, isAlive } from '../../src/local/process-tree.ts';
import { projectRoot, toolPath } from '../../src/local/project.ts';
import { installHook } from '../../src/local/repository.ts';
import { type LocalStack, pollNow, startLocalStack } from '../../src/local/stack.ts';
import type { Decision } from '../../src/model.ts';
import { SqsQueue } from '../../src/queue/queue.ts';
import { type Files, type LiveRepository, liveRepository } from './live-repository.ts';
import type { PlayedCodeBuild } from './played-code-build.ts';

/** Looks at a delivery and answers with the decisions to give now; each is given once. */
export type Decide = (status: DeliveryStatus) => Decision[];

export interface LocalPipeline extends AsyncDisposable {
  repository: LiveRepository;
  stack: LocalStack;
  bucket: S3Bucket;
  queue: SqsQueue;
  sqs: SQSClient;
  s3: S3Client;
  give(decision: Decision): Promise<string>;
  /** Follows the commit's delivery to its end. */
  follow(commit: string, decide?: Decide): Promise<DeliveryStatus>;
  /** Waits until that holds of the commit's delivery; nobody decides meanwhile. */
  until(commit: string, holds: (status: DeliveryStatus) => boolean): Promise<DeliveryStatus>;
  poll(): Promise<void>;
  /** Deploys again, with those lines of the configuration. */
  redeploy(more: string): Promise<void>;
  /** `serverless remove`. */
  remove(): Promise<void>;
  /** Stops the emulator, which keeps what it knows, and starts it again in the same place. */
  restart(): Promise<void>;
  /** Kills it with everything below it, once it has kept what is there now, and starts it again on the same. */
  killEmulator(): Promise<void>;
  /** The commit at the tip of main. */
  tip(): Promise<string>;
}

const patienceMilliseconds = 600_000;

const always = 'accountId: "000000000000"\nrepository: example-org/infrastructure-live\nbranch: main\nsync: commit\n';

export interface LocalSettings {
  /** More lines of the configuration. */
  more?: string;
  /** Whether it can be restarted. */
  persist?: boolean;
  /** Runs builds, in the form of the deployment for AWS; nothing then enqueues what is pushed. */
  codeBuild?: PlayedCodeBuild;
  /** Settings of the emulator itself. */
  environment?: Record<string, string>;
  /** What runs the emulator, instead of the product's own program. */
  program?: string;
  /** A folder of tools that are found before all others. */
  tools?: string;
  /** What a push has in its environment besides. */
  pusher?: (stack: LocalStack) => Promise<Record<string, string>>;
}

export async function startLocalPipeline(settings: LocalSettings = {}): Promise<LocalPipeline> {
  const {
    more = '',
    persist = false,
    codeBuild,
    environment = {},
    program,
    tools,
    pusher = async () => ({}),
  } = settings;
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'live-ci-local-')));
  const configFile = join(directory, 'live-ci.config.yml');
  await writeFile(configFile, always + more);
  const repository = await liveRepository();
  const path = [...(tools === undefined ? [] : [tools]), toolPath('own')].join(delimiter);
  const stack = await startLocalStack({
    directory,
    configFile,
    repositoryUrl: repository.url,
    toolPath: path,
    persist,
    ...(codeBuild && { stage: 'production' }),
    ...(program && { program }),
    environment: { ...environment, ...(codeBuild && { LIVE_CI_CODEBUILD: codeBuild.url }) },
  });
  let { emulator } = stack;
  codeBuild?.surround({ endpoint: stack.endpoint, repository: repository.url });
  if (!codeBuild)
    await installHook(repository.url, {
      branch: 'main',
      command: [process.execPath, join(projectRoot(), 'dist', 'live-ci.js')],
      environment: { ...stack.environment, ...(await pusher(stack)), PATH: path },
    });
  const aws = {
    endpoint: stack.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const [sfn, sqs, s3] = [new SFNClient(aws), new SQSClient(aws), new S3Client(aws)];
  const bucket = new S3Bucket(s3, stack.bucket);
  const give = async (decision: Decision) =>
    (await giveDecision(decision, { client: sfn, stateMachine: stack.decisionArn, from: 'test' })).done;
  return {
    repository,
    stack,
    bucket,
    queue: new SqsQueue(sqs, stack.queueUrl, stack.deadLetterQueueUrl),
    sqs,
    s3,
    give,
    follow: (commit, decide = approveAll) => follow(commit, decide, bucket, give),
    until: (commit, holds) => until(commit, holds, bucket),
    poll: () => pollNow(stack.endpoint, stack.pollFunction),
    async redeploy(lines) {
      await writeFile(configFile, always + lines);
      await deploy(stack.deployment);
    },
    remove: () => removeDeployment(stack.deployment),
    async restart() {
      const { port } = emulator;
      await emulator.stop();
      emulator = await startEmulator({ directory: join(directory, 'emulator'), path, port, persist });
    },
    async killEmulator() {
      const { port, pid } = emulator;
      await keptAfter(Date.now(), join(directory, 'emulator', 'state', 'stepfunctions.json'));
      const all = [pid, ...(await descendants(pid))];
      for (const one of all) process.kill(one, 'SIGKILL');
      for (const one of all) while (await isAlive(one)) await delay(20);
      emulator = await startEmulator({ directory: join(directory, 'emulator'), path, port, persist });
    },
    tip: async () => (await repository.git('rev-parse', 'refs/heads/main')).trim(),
    [Symbol.asyncDispose]: async () => {
      await emulator.stop();
      await repository[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until the emulator has begun to keep its state after that moment, and has ended: the file is replaced whole. */
async function keptAfter(moment: number, file: string): Promise<void> {
  const kept = async () => (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
  let first = await kept();
  for (; first <= moment; first = await kept()) await delay(50);
  while ((await kept()) === first) await delay(50);
}

async function follow(
  commit: string,
  decide: Decide,
  bucket: S3Bucket,
  give: (decision: Decision) => Promise<string>,
): Promise<DeliveryStatus> {
  const given = new Set<string>();
  const deadline = Date.now() + patienceMilliseconds;
  const id = await deliveryOf(commit, bucket, deadline);
  for (;;) {
    const status = await deliveryStatus(bucket, id, (await readPointer(bucket)).value);
    if (status.state === 'ended' || status.state === 'halted') return status;
    const asked = new Set(await bucket.list(bucketKeys.requests(id)));
    const of = (path: string | undefined) => status.units.find((unit) => unit.path === path);
    // A unit may ask again, about another plan or about its rollback.
    const once = (decision: Decision) => JSON.stringify([decision, of(decision.unit)?.about, of(decision.unit)?.plan]);
    const fresh = decide(status)
      .filter((decision) => !given.has(once(decision)))
      .filter(({ unit }) => unit === undefined || asked.has(bucketKeys.request(id, unit, of(unit)?.about)));
    for (const decision of fresh) {
      given.add(once(decision));
      await give(decision);
    }
    if (Date.now() > deadline) throw new Error(`Delivery ${id} does not end: ${JSON.stringify(status, null, 1)}`);
    if (fresh.length === 0) await delay(150);
  }
}

async function until(
  commit: string,
  holds: (status: DeliveryStatus) => boolean,
  bucket: S3Bucket,
): Promise<DeliveryStatus> {
  const deadline = Date.now() + patienceMilliseconds;
  const id = await deliveryOf(commit, bucket, deadline);
  for (;;) {
    const status = await deliveryStatus(bucket, id, (await readPointer(bucket)).value);
    if (holds(status)) return status;
    if (Date.now() > deadline) throw new Error(`Delivery ${id} does not get there: ${JSON.stringify(status, null, 1)}`);
    await delay(150);
  }
}

async function deliveryOf(commit: string, bucket: S3Bucket, deadline: number): Promise<string> {
  for (;;) {
    const keys = await bucket.list(`deliveries/${commit.slice(0, 12)}-`);
    const id = keys.at(-1)?.split('/')[1];
    const pointer = (await readPointer(bucket)).value;
    if (id !== undefined && [pointer.running?.delivery, pointer.halted?.delivery, pointer.last].includes(id)) return id;
    if (Date.now() > deadline) throw new Error(`${commit} is not delivered: ${JSON.stringify(pointer, null, 1)}`);
    await delay(150);
  }
}

export const approveAll: Decide = ({ delivery, units }) =>
  units
    .filter((unit) => unit.state === 'waiting-for-approval')
    .map((unit) => ({ delivery, unit: unit.path, decision: 'approve' }));

/** Approves everything, and answers the rollback question. */
export function approveAnd(rollback: Pick<Decision, 'rollback' | 'units'>): Decide {
  return (status) =>
    status.state === 'waiting-for-rollback-choice'
      ? [{ delivery: status.delivery, decision: 'decline', ...rollback }]
      : approveAll(status);
}

/** Unit ▸ how it ended. */
export function endings({ units }: DeliveryStatus): Record<string, string> {
  return Object.fromEntries(units.map((unit) => [unit.path, unit.state]));
}

export interface UnitCode {
  /** Any text; the unit's resource and output have it. */
  value: string;
  /** Units whose output it reads. */
  reads?: string[];
  /** The plan is fine, the apply fails. */
  fails?: boolean;
  /** The apply takes so long. */
  seconds?: number;
}

/** A Terraform root module with its state in `states`. */
export function terraformUnit(
  states: string,
  path: string,
  { value, reads = [], fails = false, seconds = 0 }: UnitCode,
): Files {
  const text = (words: string) => JSON.stringify(words).replaceAll('${', '$${').replaceAll('%{', '%%{');
  const state = (unit: string) => text(join(states, `${unit}.tfstate`));
  const data = reads.map(
    (unit, index) => `
data "terraform_remote_state" "read_${index}" {
  backend = "local"
  config  = { path = ${state(unit)} }
}`,
  );
  const values = [text(value), ...reads.map((_, index) => `data.terraform_remote_state.read_${index}.outputs.value`)];
  const command = fails ? 'exit 1' : seconds > 0 ? `sleep ${seconds}` : undefined;
  const provisioner = command ? `\n  provisioner "local-exec" {\n    command = "${command}"\n  }` : '';
  const main = `terraform {
  backend "local" {
    path = ${state(path)}
  }
}
${data.join('\n')}
resource "terraform_data" "thing" {
  input            = join("+", [${values.join(', ')}])
  triggers_replace = [${fails || seconds > 0}]${provisioner}
}
output "value" {
  value = ${text(value)}
}
`;
  return { [`${path}/main.tf`]: main };
}
