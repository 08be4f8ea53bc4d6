/**
 * `live-ci selftest` against the emulator: every case in the form for AWS, where CodeBuild is played, and on this machine what depends on where
 * builds run. The transcript of docs/deploy.md is what the first of them prints.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { jest } from '@jest/globals';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { readPointer } from '../../src/delivery/pointer.ts';
import { caseNames } from '../../src/selftest/cases.ts';
import type { Report } from '../../src/selftest/self-test.ts';
import { liveCi, liveCiCutOff } from '../support/command-line.ts';
import { endings, type LocalPipeline, startLocalPipeline, terraformUnit } from '../support/local-pipeline.ts';
import { type PlayedCodeBuild, playCodeBuild } from '../support/played-code-build.ts';
import { transcriptInDocument, withoutNumbers, writeTranscript } from '../support/selftest-transcript.ts';

jest.setTimeout(600_000);

interface Stage {
  pipeline: LocalPipeline;
  environment: Record<string, string>;
}

const asExpected = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, []]));
const problems = ({ cases }: Report) => Object.fromEntries(cases.map(({ name, problems }) => [name, problems]));

/** What all deliveries share, with the ETag of each. */
async function shared({ bucket }: LocalPipeline): Promise<Record<string, string | undefined>> {
  const folders = ['pipeline/', 'change-sets/', 'dead-letters/'];
  const keys = (await Promise.all(folders.map((folder) => bucket.list(folder)))).flat();
  return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, (await bucket.read(key))?.etag])));
}

async function leftBehind({ bucket }: LocalPipeline): Promise<string[]> {
  return (await bucket.list('')).filter((key) => key.includes('selftest'));
}

function run({ pipeline, environment }: Stage, ...words: string[]) {
  return liveCi(pipeline.repository.states, ['selftest', ...words], environment);
}

describe('on the stack for AWS', () => {
  const started = new AsyncDisposableStack();
  let codeBuild: PlayedCodeBuild;
  let stage: Stage;
  beforeAll(async () => {
    codeBuild = started.use(await playCodeBuild());
    const roles = ['read', 'write'].map((name) => `arn:aws:iam::000000000000:role/${name}`);
    const more = `environments: {prod/**: {planRoleArn: "${roles[0]}", applyRoleArn: "${roles[1]}"}}\n`;
    const pipeline = started.use(await startLocalPipeline({ codeBuild, more }));
    const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = pipeline.stack.environment;
    const aws = { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    stage = { pipeline, environment: { ...aws, AWS_ENDPOINT_URL_CODEBUILD: codeBuild.url } as Record<string, string> };
    const files = terraformUnit(pipeline.repository.states, 'app', { value: 'one' });
    const commit = await pipeline.repository.commit(files);
    await codeBuild.push('live-ci-production-enqueue', commit, '');
    await pipeline.poll();
    expect(endings(await pipeline.follow(commit))).toEqual({ app: 'applied' });
  });
  afterAll(() => started.disposeAsync());

  test('every case comes out as expected, the pipeline stays as it was, nothing is left, and the documentation shows it', async () => {
    const before = await shared(stage.pipeline);
    expect(before).toHaveProperty([bucketKeys.applied]);
    codeBuild.begun.length = 0;
    const { code, out, error } = await run(stage, '--stage', 'production');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining(`${caseNames.length} of ${caseNames.length}`),
    });
    expect(error).toContain('deliver: base planning, app waiting, running');
    expect(await shared(stage.pipeline)).toEqual(before);
    expect(await leftBehind(stage.pipeline)).toEqual([]);
    // Not one build was of the repository, and not one was that of a sync.
    expect(codeBuild.begun.filter(({ source, commit }) => source === undefined || commit !== undefined)).toEqual([]);
    if (process.env.LIVE_CI_TRANSCRIPT === 'write') writeTranscript(out);
    expect(withoutNumbers(transcriptInDocument())).toBe(withoutNumbers(out));
  });

  test('what is not as expected is told with what came instead, and ends it with 1', async () => {
    codeBuild.lose(({ action, unit }) => (action === 'apply' && unit.endsWith('/app') ? 'failed' : undefined));
    const { code, out } = await run(stage, '--stage', 'production', '--json', 'deliver', 'conditional-write');
    codeBuild.lose(() => undefined);
    expect(code).toBe(1);
    expect(problems(JSON.parse(out))).toEqual({
      deliver: [expect.stringContaining('selftest/app is failed and not applied')],
      'conditional-write': [],
    });
    expect(await leftBehind(stage.pipeline)).toEqual([]);
  });

  test('it is refused while a delivery runs, and touches nothing', async () => {
    const { pipeline } = stage;
    const tip = await pipeline.tip();
    const files = terraformUnit(pipeline.repository.states, 'app', { value: 'two' });
    const commit = await pipeline.repository.commit(files);
    await codeBuild.push('live-ci-production-enqueue', commit, tip);
    await pipeline.poll();
    const { delivery } = await pipeline.until(commit, ({ units }) => units[0]?.state === 'waiting-for-approval');
    const before = await shared(pipeline);
    expect(await run(stage, '--stage', 'production')).toEqual({
      code: 1,
      out: '',
      error: expect.stringContaining(`Delivery ${delivery} is running`),
    });
    expect(await shared(pipeline)).toEqual(before);
    expect(endings(await pipeline.follow(commit))).toEqual({ app: 'applied' });
  });
});

describe('on this machine', () => {
  const started = new AsyncDisposableStack();
  let stage: Stage;
  beforeAll(async () => {
    const pipeline = started.use(await startLocalPipeline());
    stage = { pipeline, environment: pipeline.stack.environment };
  });
  afterAll(() => started.disposeAsync());

  test('one that was killed in the middle is removed by the next, which comes out as expected before anything was delivered', async () => {
    const { pipeline, environment } = stage;
    const waits = (said: string) => said.includes('waiting-for-approval');
    await liveCiCutOff(pipeline.repository.states, ['selftest', 'cancel', 'replay'], environment, waits);
    expect(await leftBehind(pipeline)).not.toEqual([]);
    const names = ['deliver', 'stopped-build', 'replay', 'roles'];
    const { code, out, error } = await run(stage, '--json', ...names);
    expect(error).toContain('a self test was cut off');
    expect({ code, problems: problems(JSON.parse(out)) }).toEqual({ code: 0, problems: asExpected(names) });
    expect(await leftBehind(pipeline)).toEqual([]);
    expect((await readPointer(pipeline.bucket)).value.last).toBeNull();
  });

  test('a push that comes meanwhile is delivered, and the self test answers nothing more and is removed', async () => {
    const { pipeline } = stage;
    const running = run(stage, 'decline-all', 'compact');
    await begun(pipeline);
    const files = terraformUnit(pipeline.repository.states, 'app', { value: 'one' });
    const delivery = await pipeline.follow(await pipeline.repository.commit(files));
    expect(endings(delivery)).toEqual({ app: 'applied' });
    expect(await running).toMatchObject({ code: 1, error: expect.stringContaining('began meanwhile') });
    expect(await shownDefinition(pipeline)).toContain(delivery.head.slice(0, 12));
  });
});

/** Resolves when a self test has begun a delivery. */
async function begun({ bucket }: LocalPipeline): Promise<void> {
  while ((await bucket.list('deliveries/selftest-')).length === 0) await delay(100);
}

/** What the console shows of the pipeline. */
async function shownDefinition({ stack }: LocalPipeline): Promise<string | undefined> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SFNClient({ endpoint: stack.endpoint, region: 'us-east-1', credentials });
  return (await client.send(new DescribeStateMachineCommand({ stateMachineArn: stack.pipelineArn }))).definition;
}
