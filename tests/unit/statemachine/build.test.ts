import { configSchema } from '../../../src/config/schema.ts';
import { templateSettings } from '../../../src/deployment/template-settings.ts';
import { defaultGrace } from '../../../src/runner/process.ts';
import { type Around, type BuildInput, buildDefinition, startBuild, TaskError } from '../../support/build-machine.ts';

const of = { delivery: '0123456789ab-1', commit: 'c'.repeat(40), approved: 'apply' };
const plan = 'a'.repeat(64);
const step = { unit: 'prod/vpc', ...of, plan };
const asked = { action: 'ask', ...step, add: 1, change: 0, destroy: 0 };

/** What happens around an execution, kept; builds and approvers answer in the order given. */
class World implements Around {
  readonly builds: BuildInput[] = [];
  readonly requests: unknown[] = [];
  readonly #results: (Record<string, unknown> | Error)[];
  readonly #answers: (string | Error)[];

  constructor(results: (Record<string, unknown> | Error)[], answers: (string | Error)[] = []) {
    this.#results = results;
    this.#answers = answers;
  }

  async build(input: BuildInput): Promise<unknown> {
    this.builds.push(input);
    const result = this.#results.shift();
    if (result instanceof Error) throw result;
    return result;
  }

  async ask(payload: unknown): Promise<unknown> {
    this.requests.push(payload);
    const answer = this.#answers.shift();
    if (answer instanceof Error) throw answer;
    return { result: { unit: step.unit, outcome: answer, plan: answer === 'approved' ? plan : null } };
  }
}

const refused = () => new TaskError('CodeBuild.AccountLimitExceededException');
const failed = () => new TaskError('States.TaskFailed');
const planned = { outcome: 'planned', plan, add: 1, change: 0, destroy: 0 };
const applied = { outcome: 'applied', ok: true, durations: { plan: 1, apply: 2 } };

const run = (input: Record<string, unknown>, world: World, builds: 'codebuild' | 'local' = 'codebuild') =>
  startBuild(buildDefinition(builds), input, world).result;

describe.each(['codebuild', 'local'] as const)('with builds in %s', (builds) => {
  test('a plan with changes answers with the question to the approver', async () => {
    const world = new World([planned]);
    expect(await run({ plan: 'prod/vpc', of }, world, builds)).toEqual(asked);
    expect(world.builds).toMatchObject([{ action: 'plan', unit: 'prod/vpc', delivery: of.delivery, plan: '' }]);
  });

  test('a question that is approved answers with the apply, and the apply with how it ended', async () => {
    const world = new World([applied], ['approved']);
    const next = (await run(asked, world, builds)) as Record<string, unknown>;
    expect(next).toEqual({ action: 'apply', ...step });
    expect(await run(next, world, builds)).toEqual(applied);
    expect(world.builds).toMatchObject([{ action: 'apply', unit: 'prod/vpc', plan }]);
  });

  test('a rollback and the sync are builds, too', async () => {
    const world = new World([{ outcome: 'rolled-back' }, { commit: null }]);
    expect(await run({ rollback: 'prod/vpc', of }, world, builds)).toEqual({ outcome: 'rolled-back' });
    expect(await run({ sync: '', of }, world, builds)).toEqual({ commit: null });
    expect(world.builds).toMatchObject([
      { action: 'rollback', unit: 'prod/vpc', plan: '' },
      { action: 'sync', unit: '', plan: '' },
    ]);
  });
});

test('each kind of build runs in the project with its role, from the commit that it is told', async () => {
  const world = new World([planned, applied, { outcome: 'rolled-back' }, {}]);
  await run({ plan: 'prod/vpc', of }, world);
  await run({ action: 'destroy', ...step }, world);
  await run({ rollback: 'prod/vpc', of }, world);
  await run({ sync: '', of }, world);
  expect(world.builds.map(({ project, commit }) => [project, commit])).toEqual(
    ['plan', 'apply', 'apply', 'enqueue'].map((project) => [project, of.commit]),
  );
});

test('a deleted unit is destroyed when its plan is approved', async () => {
  const deleted = { ...of, approved: 'destroy' };
  const world = new World([planned], ['approved']);
  const question = (await run({ plan: 'prod/vpc', of: deleted }, world)) as Record<string, unknown>;
  expect(await run(question, world)).toMatchObject({ action: 'destroy', unit: 'prod/vpc', plan });
});

test('a build that is refused a hundred times because too many run at once is tried until it runs', async () => {
  const world = new World([...Array.from({ length: 100 }, refused), planned]);
  expect(await run({ plan: 'prod/vpc', of }, world)).toEqual(asked);
  expect(world.builds).toHaveLength(101);
});

test.each([
  ['plan', { plan: 'prod/vpc', of }, { outcome: 'failed' }],
  ['apply', { action: 'apply', ...step }, { outcome: 'failed', half: true }],
  ['destroy', { action: 'destroy', ...step }, { outcome: 'failed', half: true }],
  ['rollback', { rollback: 'prod/vpc', of }, { outcome: 'rollback-failed', stuck: true }],
])('a %s that fails is an answer, and is not tried again', async (_, input, answer) => {
  const world = new World([failed(), planned]);
  expect(await run(input, world)).toEqual(answer);
  expect(world.builds).toHaveLength(1);
});

test('a sync that fails is tried again, and is given up after five times', async () => {
  const once = new World([failed(), { commit: null }]);
  expect(await run({ sync: '', of }, once)).toEqual({ commit: null });
  const always = new World(Array.from({ length: 5 }, failed));
  expect(await run({ sync: '', of }, always)).toEqual({ failed: true });
  expect(always.builds).toHaveLength(5);
});

test.each([
  ['plan', { plan: 'prod/vpc', of }, { planSeconds: 0.01 }, { outcome: 'failed' }],
  ['apply', { action: 'apply', ...step }, { applySeconds: 0.01 }, { outcome: 'failed', half: true }],
])('a %s that takes longer than it may has failed', async (_, input, seconds, answer) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const around = { build: () => promise, ask: () => promise };
  expect(await startBuild(buildDefinition('codebuild', seconds), input, around).result).toEqual(answer);
  resolve();
});

test('no more builds run at once than CodeBuild lets run, however many are asked for', async () => {
  const most = 3;
  const running: (() => void)[] = [];
  let seen = 0;
  const around: Around = {
    // Each build that is refused is the moment when another one ends.
    build: () => {
      if (running.length >= most) {
        running.shift()?.();
        throw refused();
      }
      const { promise, resolve } = Promise.withResolvers<unknown>();
      seen = Math.max(
        seen,
        running.push(() => resolve(planned)),
      );
      if (--left === 0) for (const end of running) end();
      return promise;
    },
    ask: async () => undefined,
  };
  const units = Array.from({ length: 20 }, (_, index) => `unit-${index}`);
  let left = units.length;
  const definition = buildDefinition('codebuild');
  const answers = await Promise.all(units.map((unit) => startBuild(definition, { plan: unit, of }, around).result));
  expect(answers.map((answer) => (answer as { unit: string }).unit)).toEqual(units);
  expect(seen).toBe(most);
});

test('the approver is shown the JSON to paste into the console', async () => {
  const world = new World([], ['approved']);
  await run(asked, world);
  const given = { delivery: of.delivery, unit: 'prod/vpc' };
  expect(world.requests).toMatchObject([
    {
      ask: 'approval',
      plan: { plan, add: 1, change: 0, destroy: 0 },
      'To approve, start the state machine "decision" with': { ...given, decision: 'approve' },
      'To decline, start the state machine "decision" with': { ...given, decision: 'decline' },
    },
  ]);
});

test.each([
  ['declined', 'LiveCi.Declined'],
  ['cancelled', 'LiveCi.Cancelled'],
])('an approval that is %s ends the execution as failed, and says so', async (answer, error) => {
  const ended = run(asked, new World([], [answer])).catch((reason: Error) => (reason.cause as Error).name);
  expect(await ended).toBe(error);
});

test('a build has the time to stop itself before Step Functions gives up on it', () => {
  const { timeouts } = configSchema.parse({});
  const { planSeconds, applySeconds } = templateSettings(configSchema.parse({}), {}, { prefix: '', commandLine: '' });
  expect(planSeconds * 1000).toBeGreaterThan(timeouts.planMinutes * 60_000 + 10 * defaultGrace);
  expect(applySeconds * 1000).toBeGreaterThan(timeouts.applyMinutes * 60_000 + 10 * defaultGrace);
});

test('an approval that nobody gives in time is declined, which leaves nothing to apply', async () => {
  const world = new World([], [new TaskError('States.Timeout')]);
  const answer = (await run(asked, world)) as Record<string, unknown>;
  expect(answer).toEqual({ outcome: 'declined' });
  expect(await run(answer, world)).toEqual(answer);
  expect(world.builds).toEqual([]);
});

test.each([
  ['Lambda.TooManyRequestsException', 61],
  ['LiveCi.RequestFailed', 13],
])('a question that could not be asked, %s, fails after %i tries', async (error, tries) => {
  const world = new World(
    [],
    Array.from({ length: 100 }, () => new TaskError(error, 'It broke.')),
  );
  const ended = run(asked, world).catch((reason: Error) => (reason.cause as Error).name);
  expect(await ended).toBe('LiveCi.NotAsked');
  expect(world.requests).toHaveLength(tries);
});

test('a plan that is to be made again is made and asked about again at once', async () => {
  const world = new World([{ ...planned, plan: 'b'.repeat(64) }], ['replan', 'approved']);
  expect(await run(asked, world)).toMatchObject({ action: 'apply' });
  expect(world.builds).toMatchObject([{ action: 'plan', unit: 'prod/vpc', plan: '' }]);
  expect(world.requests).toMatchObject([{ plan: { plan } }, { plan: { plan: 'b'.repeat(64) } }]);
});

test('a plan that has gone stale is made and asked about again, and then applied', async () => {
  const world = new World([{ outcome: 'stale' }, planned, applied], ['approved']);
  expect(await run({ action: 'apply', ...step }, world)).toEqual(applied);
  expect(world.builds.map(({ action }) => action)).toEqual(['apply', 'plan', 'apply']);
});

test('a unit that may be skipped is planned only when one that it comes after was applied', async () => {
  const after = (...outcomes: string[]) => ({ plan: 'prod/vpc', of, after: outcomes.map((outcome) => ({ outcome })) });
  const world = new World([planned]);
  expect(await run(after('unchanged', 'skipped'), world)).toEqual({ outcome: 'skipped', ok: true });
  expect(world.builds).toEqual([]);
  expect(await run(after('unchanged', 'applied'), world)).toEqual(asked);
});
