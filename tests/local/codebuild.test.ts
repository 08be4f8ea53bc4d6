/**
 * The deployment for AWS, with its CodeBuild projects, on the emulator. Executions of `build` are played with mocks; for whole
 * deliveries CodeBuild is played: it runs the buildspecs of the deployed projects.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { jest } from '@jest/globals';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { scenarios } from '../support/build-scenarios.ts';
import type { Lost } from '../support/code-build.ts';
import type { Files } from '../support/live-repository.ts';
import {
  approveAnd,
  type Decide,
  endings,
  type LocalPipeline,
  startLocalPipeline,
  terraformUnit,
  type UnitCode,
} from '../support/local-pipeline.ts';
import { mockConfig, testCase } from '../support/mocked-builds.ts';
import { type PlayedCodeBuild, playCodeBuild } from '../support/played-code-build.ts';

jest.setTimeout(300_000);

const started = new AsyncDisposableStack();
let codeBuild: PlayedCodeBuild;
let pipeline: LocalPipeline;
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-mocks-'));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const mocks = join(directory, 'mocks.json');
  await writeFile(mocks, JSON.stringify(mockConfig('live-ci-production-build', scenarios)));
  codeBuild = started.use(await playCodeBuild());
  // Nobody waits between two tries of a task.
  const environment = { SFN_MOCK_CONFIG: mocks, SFN_WAIT_SCALE: '0' };
  pipeline = started.use(await startLocalPipeline({ codeBuild, environment }));
});
afterAll(() => started.disposeAsync());

describe('an execution of build', () => {
  test.each(scenarios.map((scenario, index) => ({ ...scenario, index })))('$name', async ({ index, input, ends }) => {
    expect(await endOf(testCase(index), input)).toEqual(ends);
  });

  /** What the execution answers, or the error that it fails with. */
  async function endOf(played: string, input: unknown): Promise<unknown> {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new SFNClient({ endpoint: pipeline.stack.endpoint, region: 'us-east-1', credentials });
    const machine = pipeline.stack.pipelineArn.replace(/pipeline$/, 'build');
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: `${machine}#${played}`, input: JSON.stringify(input) }),
    );
    for (;;) {
      const { status, output, error } = await client.send(new DescribeExecutionCommand({ executionArn }));
      if (status === 'SUCCEEDED') return JSON.parse(output ?? '');
      if (status !== 'RUNNING') return { error };
      await delay(50);
    }
  }
});

describe('a delivery', () => {
  const unit = (path: string, code: UnitCode) => terraformUnit(pipeline.repository.states, path, code);

  async function deliver(files: Files, decide?: Decide) {
    const before = await pipeline.tip().catch(() => '');
    const commit = await pipeline.repository.commit(files);
    return { commit, ...(await follow(commit, before, decide)) };
  }

  async function follow(commit: string, before: string, decide?: Decide) {
    await codeBuild.push('live-ci-production-enqueue', commit, before);
    await pipeline.poll();
    return pipeline.follow(commit, decide);
  }

  test('is enqueued by the build of a push, and each unit planned and applied by one, however often it was refused', async () => {
    const refusals: Lost[] = ['refused', 'throttled', 'refused'];
    codeBuild.lose(() => refusals.shift());
    const delivery = await deliver({
      ...unit('base', { value: 'one' }),
      ...unit('app', { value: 'app', reads: ['base'] }),
    });
    expect(endings(delivery)).toEqual({ base: 'applied', app: 'applied' });
    expect(codeBuild.begun.map(({ project, action, unit, commit }) => [project, action, unit, commit])).toEqual(
      [
        ...Array(4).fill(['plan', 'plan', 'base']),
        ['apply', 'apply', 'base'],
        ['plan', 'plan', 'app'],
        ['apply', 'apply', 'app'],
      ].map(([project, ...told]) => [`live-ci-production-${project}`, ...told, delivery.commit]),
    );
  });

  test('without changes ends as unchanged, and applies nothing', async () => {
    codeBuild.begun.length = 0;
    const [[path, text] = []] = Object.entries(unit('base', { value: 'one' }));
    const delivery = await deliver({ [path ?? '']: `${text}# no change\n` });
    expect(endings(delivery)).toEqual({ base: 'unchanged', app: 'skipped' });
    expect(codeBuild.begun.map(({ action }) => action)).toEqual(['plan']);
  });

  test('asks what to roll back after builds that failed, were stopped or took too long, and does that', async () => {
    const losses: Record<string, Lost> = { stopped: 'stopped', late: 'timed out' };
    codeBuild.lose(({ action, unit }) => (action === 'apply' ? losses[unit] : undefined));
    const broken = ['failed', ...Object.keys(losses)];
    const delivery = await deliver(
      Object.assign(
        unit('base', { value: 'two' }),
        ...broken.map((path) => unit(path, { value: path, reads: ['base'], fails: path === 'failed' })),
      ),
      approveAnd({ rollback: 'all' }),
    );
    expect(delivery.state).toBe('ended');
    expect(endings(delivery)).toMatchObject(
      Object.fromEntries(['base', ...broken].map((path) => [path, 'rolled-back'])),
    );
    expect(codeBuild.begun.at(-1)).toMatchObject({ project: 'live-ci-production-enqueue', action: 'sync' });
    expect(await pipeline.tip()).not.toBe(delivery.commit);
    codeBuild.lose(() => undefined);
  });

  test('that is declined rolls back what was applied before, as the approver chose', async () => {
    const delivery = await deliver(
      { ...unit('base', { value: 'declined' }), ...unit('app', { value: 'declined', reads: ['base'] }) },
      ({ delivery, units }) =>
        units
          .filter(({ state }) => state === 'waiting-for-approval')
          .map(({ path }) =>
            path === 'base'
              ? { delivery, unit: path, decision: 'approve' }
              : { delivery, unit: path, decision: 'decline', rollback: 'all' },
          ),
    );
    expect(delivery.state).toBe('ended');
    expect(endings(delivery)).toEqual({ base: 'rolled-back', app: 'declined' });
    const tip = await pipeline.tip();
    expect(tip).not.toBe(delivery.commit);
    expect((await follow(tip, delivery.commit)).state).toBe('ended');
  });

  test('applies nothing any more once it has ended: a build whose turn came too late refuses', async () => {
    const planned = codeBuild.begun.findLast(({ action, unit }) => action === 'plan' && unit === 'app');
    const { delivery = '', unit = '' } = planned ?? {};
    const kept = await pipeline.bucket.read(bucketKeys.result(delivery, unit, 'plan'));
    const { plan } = JSON.parse(kept?.body.toString('utf8') ?? '');
    expect(plan).toMatch(/^[0-9a-f]{64}$/);
    for (const action of ['apply', 'rollback'] as const) {
      const late = { project: 'live-ci-production-apply', commit: planned?.commit ?? '', action, delivery, unit, plan };
      const { succeeded, output } = await codeBuild.runLate(late);
      expect([succeeded, output]).toEqual([false, expect.stringContaining(`${delivery} does not run any more`)]);
      expect(await pipeline.bucket.read(bucketKeys.log(delivery, unit, action))).toBeUndefined();
    }
  });
});
