import { configSchema } from '../../../src/config/schema.ts';
import { templateSettings } from '../../../src/deployment/template-settings.ts';
import { applyGrace, defaultGrace } from '../../../src/runner/process.ts';
import {
  type Around,
  type BuildInput,
  type Builds,
  type BuildTask,
  buildDefinition,
  startBuild,
} from '../../support/build-machine.ts';
import {
  type Approver,
  asked,
  of,
  plan,
  planned,
  type Scenario,
  scenarios,
  secondTries,
  step,
} from '../../support/build-scenarios.ts';
import { type BuildEnd, exporting } from '../../support/code-build.ts';
import { TaskError } from '../../support/task-error.ts';

/** What happens around an execution, kept; builds and approvers answer in the order given. */
class World implements Around {
  readonly builds: BuildInput[] = [];
  readonly requests: unknown[] = [];
  readonly #ends: Map<string, BuildEnd[]>;
  readonly #answers: (Approver | Error)[];

  constructor(builds: Scenario['builds'] = {}, answers: (Approver | Error)[] = []) {
    this.#ends = new Map(Object.entries(builds).map(([task, ends]) => [task, [...ends]]));
    this.#answers = [...answers];
  }

  async build(input: BuildInput, task: BuildTask): Promise<BuildEnd> {
    this.builds.push(input);
    const end = this.#ends.get(task)?.shift();
    if (end === undefined) throw new Error(`${task} was not expected to begin ${JSON.stringify(input)}.`);
    return end;
  }

  async ask(payload: unknown): Promise<unknown> {
    this.requests.push(payload);
    const answer = this.#answers.shift();
    if (answer instanceof Error) throw answer;
    if (answer === 'late') throw new TaskError('States.Timeout');
    if (answer === 'empty') return {};
    if (answer === 'approves nothing') return { result: { outcome: 'approved' } };
    return { result: { unit: step.unit, outcome: answer, plan: answer === 'approved' ? plan : null } };
  }
}

/** What an execution answers, or the error that it fails with. */
const endOf = (builds: Builds, input: Record<string, unknown>, world: World) =>
  startBuild(buildDefinition(builds), input, world).result.catch((reason: Error) => ({
    error: (reason.cause as Error).name,
  }));

describe.each(['codebuild', 'local'] as const)('with builds in %s', (builds) => {
  test.each([...scenarios, ...secondTries])('$name', async ({ input, builds: ends, approvers, begins, ends: end }) => {
    const world = new World(ends, approvers);
    expect(await endOf(builds, input, world)).toEqual(end);
    expect(world.builds).toMatchObject(
      builds === 'codebuild' ? begins : begins.map(({ project, source, ...told }) => told),
    );
    expect(world.builds).toHaveLength(begins.length);
  });

  test.each([
    ['plan', { plan: 'prod/vpc', of }, { planSeconds: 0.01 }, { outcome: 'failed' }],
    ['apply', { action: 'apply', ...step }, { applySeconds: 0.01 }, { outcome: 'failed', half: true }],
  ])('a %s that takes longer than it may has failed', async (_, input, seconds, answer) => {
    const { promise, resolve } = Promise.withResolvers<BuildEnd>();
    const around = { build: () => promise, ask: () => promise };
    expect(await startBuild(buildDefinition(builds, seconds), input, around).result).toEqual(answer);
    resolve('failed');
  });

  test('no more builds run at once than may, however many are asked for', async () => {
    const most = 3;
    const running: (() => void)[] = [];
    let seen = 0;
    const around: Around = {
      // Each build that is refused is the moment when another one ends.
      build: async () => {
        if (running.length >= most) {
          running.shift()?.();
          return 'refused';
        }
        const { promise, resolve } = Promise.withResolvers<BuildEnd>();
        seen = Math.max(
          seen,
          running.push(() => resolve(exporting(planned))),
        );
        if (--left === 0) for (const end of running) end();
        return promise;
      },
      ask: async () => undefined,
    };
    const units = Array.from({ length: 20 }, (_, index) => `unit-${index}`);
    let left = units.length;
    const definition = buildDefinition(builds);
    const answers = await Promise.all(units.map((unit) => startBuild(definition, { plan: unit, of }, around).result));
    expect(answers.map((answer) => (answer as { unit: string }).unit)).toEqual(units);
    expect(seen).toBe(most);
  });

  test('the question has the description of what is asked beside it, so that the console shows it', async () => {
    const world = new World({}, ['approved']);
    const described: unknown[] = [];
    const describe = async (payload: unknown) => described.push(payload) && { unit: 'prod/vpc', changes: '1 to add' };
    await endOf(builds, asked, Object.assign(world, { describe }));
    const about = { delivery: of.delivery, unit: 'prod/vpc', plan: { plan, add: 1, change: 0, destroy: 0 } };
    expect(described).toEqual([{ ask: 'description', ...about }]);
    expect(world.requests).toEqual([
      { ask: 'approval', token: 'token', ...about, 'what is asked': { unit: 'prod/vpc', changes: '1 to add' } },
    ]);
  });

  test('what could not be described is asked all the same', async () => {
    const world = new World({}, ['approved']);
    const describe = () => Promise.reject(new TaskError('Lambda.Unknown'));
    await endOf(builds, asked, Object.assign(world, { describe }));
    expect(world.requests).toMatchObject([{ 'what is asked': expect.stringContaining('live-ci plan') }]);
  });

  test('a plan that was made again is what the approver is asked about next', async () => {
    const again = exporting({ ...planned, plan: 'b'.repeat(64) });
    const world = new World({ 'Run plan': [again] }, ['replan', 'approved']);
    await endOf(builds, asked, world);
    expect(world.requests).toMatchObject([{ plan: { plan } }, { plan: { plan: 'b'.repeat(64) } }]);
  });

  test.each([
    ['Lambda.TooManyRequestsException', 61],
    ['LiveCi.RequestFailed', 13],
  ])('a question that could not be asked, %s, fails after %i tries', async (error, tries) => {
    const refusals = Array.from({ length: 100 }, () => new TaskError(error, 'It broke.'));
    const world = new World({}, refusals);
    expect(await endOf(builds, asked, world)).toEqual({ error: 'LiveCi.NotAsked' });
    expect(world.requests).toHaveLength(tries);
  });
});

test('each build runs the commit that it is told, in CodeBuild', async () => {
  const world = new World({ 'Run plan': [exporting(planned)] });
  await endOf('codebuild', { plan: 'prod/vpc', of }, world);
  expect(world.builds).toMatchObject([{ commit: of.commit }]);
});

test('what CodeBuild has no name for is tried again for some two hours', () => {
  const { States } = buildDefinition('codebuild') as { States: Record<string, { Retry: Record<string, unknown>[] }> };
  for (const state of ['Run plan', 'Run apply', 'Run sync']) {
    const retry = States[state]?.Retry.find(({ ErrorEquals }) =>
      (ErrorEquals as string[]).includes('CodeBuild.CodeBuildException'),
    );
    const { IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts } = retry as Record<string, number>;
    const longest = Array.from({ length: MaxAttempts ?? 0 }, (_, tried) =>
      Math.min((IntervalSeconds ?? 0) * (BackoffRate ?? 0) ** tried, MaxDelaySeconds ?? 0),
    );
    // Full jitter: any time up to the longest.
    const hours = longest.reduce((sum, seconds) => sum + seconds / 2, 0) / 3600;
    expect([state, Math.round(hours)]).toEqual([state, 2]);
  }
});

test('a build has the time to stop itself before CodeBuild ends it', () => {
  const { timeouts } = configSchema.parse({});
  const { planMinutes, applyMinutes } = templateSettings(configSchema.parse({}), { prefix: '', commandLine: '' });
  expect(planMinutes * 60_000).toBeGreaterThan(timeouts.planMinutes * 60_000 + 10 * defaultGrace);
  expect(applyMinutes * 60_000).toBeGreaterThan(timeouts.applyMinutes * 60_000 + applyGrace + 10 * defaultGrace);
});
