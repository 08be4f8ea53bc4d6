/** What may happen to the system, one thing at a time, for fast-check to put into any order. */
import fc from 'fast-check';
import type { Config } from '../../src/config/schema.ts';
import { type Decision, type RollbackRule, rollbackChoices, rollbackRules } from '../../src/model.ts';
import { type Fault, faults } from './faults.ts';
import type { LiveExecution } from './live-execution.ts';
import { LiveSystem, type RollbackWish } from './live-system.ts';
import { type Fate, type Reads, unreadable } from './live-world.ts';

/** Two chains that meet, and one beside. */
const dependencies = { vpc: [], dns: [], db: ['vpc'], cache: ['vpc', 'dns'], app: ['db', 'cache'], cron: ['db'] };
const paths = Object.keys(dependencies);

/** What units read that do not read as above in every version of their code: less, more, or the other way round. */
const otherwise: Record<string, Record<string, string[]>> = {
  vpc: { 2: ['dns'], 3: ['db'] },
  dns: { 3: ['vpc'] },
  db: { 1: [], 2: ['dns'], 3: ['cache'] },
  cache: { 1: ['dns'], 2: ['db'] },
  app: { 1: ['db'], 2: ['cron'], 3: [] },
  cron: { 1: ['db', 'app'], 2: [] },
};
const reads: Reads = (path, version) =>
  otherwise[path]?.[version] ?? (dependencies as Record<string, string[]>)[path] ?? [];

/** Chances that change as it goes. */
interface Mood {
  /** Unit ▸ what becomes of it; with the others all goes well. */
  fates: Record<string, Fate>;
  rollback: RollbackWish;
}

const well: Fate = { delivered: 'applied', rolledBack: 'rolled-back' };
const good: Mood = { fates: {}, rollback: { rollback: 'none' } };

const fate = fc.record<Fate>({
  delivered: fc.constantFrom<Fate['delivered']>('applied', 'applied', 'declined', 'failed', 'half applied'),
  rolledBack: fc.constantFrom<Fate['rolledBack']>('rolled-back', 'rolled-back', 'rollback-failed', 'kept', 'expired'),
  doesMore: fc.boolean(),
});
const fates = fc.dictionary(fc.constantFrom(...paths), fate, { maxKeys: paths.length });

const rollback = fc.record<RollbackWish>({
  rollback: fc.constantFrom<RollbackWish['rollback']>(...rollbackChoices, 'retry'),
  listed: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }),
});

/** What is settled before anything happens. */
export interface Ways {
  compact: boolean;
  sync: Config['sync'];
  asks: RollbackRule;
  /** How it goes at first. */
  mood: Mood;
}

export const ways = fc.record<Ways>({
  compact: fc.boolean(),
  sync: fc.constantFrom('commit', 'pull-request'),
  asks: fc.constantFrom(...rollbackRules),
  mood: fc.record({ fates, rollback }),
});

export class LiveHistory {
  readonly system: LiveSystem;
  /** Change sets that somebody deleted, by key. */
  readonly deleted = new Map<string, string>();
  /** Messages as they were sent. */
  readonly sent: string[] = [];
  mood = good;

  constructor({ compact, sync, asks }: Ways) {
    this.system = new LiveSystem({
      dependencies,
      reads,
      compact,
      fate: (_, path) => this.mood.fates[path] ?? well,
      rollback: () => this.mood.rollback,
      sync,
      asks,
    });
  }

  /** Everything is there once, and applied. */
  static async start(ways: Ways): Promise<LiveHistory> {
    const history = new LiveHistory(ways);
    await history.system.push(Object.fromEntries(paths.map((path) => [path, 'first'])));
    await history.system.settle();
    history.system.processes.points.length = 0;
    history.mood = ways.mood;
    return history;
  }

  /** Where its number was given once more meanwhile, what has it now stays. */
  async restore(): Promise<void> {
    for (const [key, body] of this.deleted) await this.system.aws.bucket.write(key, body, { ifNoneMatch: '*' });
    this.deleted.clear();
  }

  /**
   * What was put back too late stays as it is applied. Where git can't be brought back to that (its code and newer code of others would read
   * each other, say), somebody has to change it.
   */
  async changeWhatIsHeld(): Promise<void> {
    const { system } = this;
    const held = system.pointer.carried.filter((unit) => unit.held !== undefined).map(({ path }) => path);
    if (held.length === 0) return;
    const paths = [...system.world.paths, ...held];
    await system.push(Object.fromEntries(paths.map((path) => [path, 'changed'])));
    await system.settle();
  }

  /** Somebody mends what can't be understood; a push follows anyway. */
  async mend(): Promise<void> {
    const { system } = this;
    await system.push(Object.fromEntries(system.world.notUnderstood.map((path) => [path, 'mended'])));
    await system.settle();
  }

  /** From now on everything goes well, until nothing is left to do; then it must all have been delivered. */
  async endWell(): Promise<void> {
    const { system } = this;
    system.processes.spare();
    this.mood = good;
    await this.restore();
    await system.settle();
    await system.replayDeadLetters();
    await system.reconsider();
    await this.mend();
    await system.merge();
    await system.settle();
    await this.mend();
    await this.changeWhatIsHeld();
    system.check();
  }
}

type Command = fc.AsyncCommand<object, LiveHistory, true>;

function command(name: string, run: (history: LiveHistory) => Promise<unknown> | unknown): Command {
  return {
    check: async () => true,
    async run(_, history) {
      await run(history);
      history.system.checkAlways();
    },
    toString: () => name,
  };
}

const version = fc.oneof<fc.MaybeWeightedArbitrary<number | string | null>[]>(
  { weight: 9, arbitrary: fc.option(fc.nat(3)) },
  { weight: 1, arbitrary: fc.constant(unreadable) },
);
const changed = fc.dictionary(fc.constantFrom(...paths), version, { maxKeys: 3, minKeys: 1 });
const code = (of: Record<string, number | string | null>) =>
  Object.fromEntries(Object.entries(of).map(([path, version]) => [path, version === null ? undefined : `${version}`]));

const pushes = [
  changed.map((of) => command(`push(${JSON.stringify(of)})`, ({ system }) => system.push(code(of)))),
  changed.map((of) =>
    command(`push(${JSON.stringify(of)}), and its build never comes`, ({ system }) => system.world.commit(code(of))),
  ),
  fc.nat(9).map((ago) =>
    command(`a build of the commit ${ago} pushes ago ends now`, async ({ system }) => {
      const head = system.world.heads.at(-1 - ago);
      if (head !== undefined) await system.build(head);
    }),
  ),
  fc.nat(5).map((ago) =>
    command(`the branch is set back by ${ago}`, async ({ system }) => {
      const head = system.world.heads.at(-1 - ago);
      if (head === undefined) return;
      system.world.setBack(head);
      await system.build(head);
    }),
  ),
];

const time = [
  fc
    .constantFrom(1, 3, 6, 60, 15 * 24 * 60)
    .map((minutes) => command(`${minutes} minutes pass`, ({ system }) => system.wait(minutes * 60_000))),
  fc.constant(command('poll', ({ system }) => system.poll())),
  fc.constant(
    command('polls until nothing changes', async ({ system }) => {
      for (let looks = 0; looks < 3; looks++) await system.poll();
    }),
  ),
  fc
    .record({ calls: fc.integer({ min: 1, max: 25 }), fault: fc.constantFrom<Fault>(...faults) })
    .map(({ calls, fault }) =>
      command(`at call ${calls}: ${fault}`, ({ system }) => system.processes.strikeNext(calls, fault)),
    ),
];

const running = (history: LiveHistory): LiveExecution | undefined => history.system.running[0];

async function step(history: LiveHistory, which: number): Promise<void> {
  const steps = running(history)?.steps() ?? [];
  await steps[which % Math.max(1, steps.length)]?.take();
}

/** What runs goes on, with everything approved; not so far that it must end. */
async function goOn(history: LiveHistory, looks: number): Promise<void> {
  for (let look = 0; look < looks; look++) {
    for (let steps = 0; steps < 20 && (running(history)?.steps().length ?? 0) > 0; steps++)
      await step(history, look + steps);
    await history.system.approve();
  }
}

const executions = [
  fc.integer({ min: 1, max: 5 }).map((looks) =>
    command(`all goes on, approved ${looks} times`, async (history) => {
      await history.system.poll();
      await goOn(history, looks);
    }),
  ),
  fc.constant(
    command('a delivery comes to its end', async (history) => {
      await history.system.poll();
      await goOn(history, 10);
      await history.system.poll();
    }),
  ),
  fc.nat(5).map((which) => command(`step ${which}`, (history) => step(history, which))),
  fc.record({ steps: fc.integer({ min: 2, max: 12 }), which: fc.nat(5) }).map(({ steps, which }) =>
    command(`${steps} steps`, async (history) => {
      for (let taken = 0; taken < steps; taken++) await step(history, which + taken);
    }),
  ),
  fates.map((next) =>
    command(`from now on ${JSON.stringify(next)}`, (history) => {
      history.mood = { ...history.mood, fates: next };
    }),
  ),
  fc.constant(command('somebody merges what is proposed', ({ system }) => system.merge())),
  rollback.map((wish) =>
    command(`from now on ${wish.rollback} is rolled back (${wish.listed})`, (history) => {
      history.mood = { ...history.mood, rollback: wish };
    }),
  ),
  fc
    .record({ status: fc.constantFrom<'ABORTED' | 'TIMED_OUT'>('ABORTED', 'TIMED_OUT'), inside: fc.boolean() })
    .map(({ status, inside }) =>
      command(`${status}${inside ? ' inside of an apply' : ''}`, (history) => running(history)?.stop(status, inside)),
    ),
];

const answers = [
  fc.constant(command('everything is approved', ({ system }) => system.approve())),
  fc
    .record({ which: fc.nat(5), decision: fc.constantFrom<Decision['decision']>('approve', 'decline', 'replan') })
    .map(({ which, decision }) =>
      command(`${decision} number ${which}`, (history) => decideOn(history, which, { decision })),
    ),
  fc
    .record({
      which: fc.nat(5),
      rollback: fc.constantFrom<NonNullable<Decision['rollback']>>('none', 'current', 'dependencies', 'all'),
    })
    .map(({ which, rollback }) =>
      command(`decline number ${which} with rollback ${rollback}`, (history) =>
        decideOn(history, which, { decision: 'decline', rollback }),
      ),
    ),
  fc.constantFrom('none', 'current', 'dependencies', 'all').map((rollback) =>
    command(`choose rollback ${rollback}`, (history) => {
      const delivery = running(history)?.delivery.id;
      if (delivery) return history.system.decide({ delivery, decision: 'decline', rollback });
    }),
  ),
  fc.constant(
    command('choose to retry', (history) => {
      const delivery = running(history)?.delivery.id;
      if (delivery) return history.system.decide({ delivery, decision: 'retry' });
    }),
  ),
  fc.constant(
    command('cancel', (history) => {
      const delivery = running(history)?.delivery.id;
      if (delivery) return history.system.decide({ delivery, decision: 'cancel' });
    }),
  ),
  fc.nat(5).map((which) =>
    command(`nobody answers number ${which}`, (history) => {
      const tokens = [...(running(history)?.asked.values() ?? [])];
      const token = tokens[which % Math.max(1, tokens.length)];
      if (token) history.system.aws.machine.giveUp(token);
    }),
  ),
];

async function decideOn(history: LiveHistory, which: number, decision: object): Promise<void> {
  const execution = running(history);
  const units = execution?.delivery.units.map(({ path }) => path) ?? [];
  const asked = [...(execution?.asked.keys() ?? [])].filter((unit) => unit !== '');
  const among = asked.length > 0 ? asked : units;
  const unit = among[which % Math.max(1, among.length)];
  if (execution && unit) await history.system.decide({ delivery: execution.delivery.id, unit, ...decision });
}

const operators = [
  fc.constant(command('replay', ({ system }) => system.command('replay'))),
  fc.constant(command('skip', ({ system }) => system.command('skip'))),
  fc.constant(command('retry', ({ system }) => system.command('retry'))),
  fc.nat(2).map((which) => command(`reconsider number ${which}`, ({ system }) => system.reconsider(which))),
  fc.constant(command('replay the dead letters', ({ system }) => system.replayDeadLetters())),
];

const mischief = [
  fc.constant(
    command('somebody sends hello', ({ system }) => system.aws.queues.put(`hello ${system.now().getTime()}`)),
  ),
  fc.constant(
    command('the queue is purged', ({ system, sent }) => {
      sent.push(...system.aws.queues.waiting);
      system.aws.queues.purge();
    }),
  ),
  fc.nat(5).map((which) =>
    command(`message ${which} is sent once more`, ({ system, sent }) => {
      const body = sent.at(-1 - which);
      if (body) system.aws.queues.put(body);
    }),
  ),
  fc.nat(3).map((which) =>
    command(`waiting change set ${which} is deleted`, async ({ system, deleted }) => {
      const { bucket } = system.aws;
      const waiting = (await bucket.list('change-sets/')).filter(
        (key) => Number.parseInt(key.slice('change-sets/'.length), 10) > system.pointer.sequence,
      );
      const key = waiting[which];
      if (key === undefined) return;
      deleted.set(key, bucket.text(key) ?? '');
      await bucket.remove(key);
    }),
  ),
  fc.constant(command('what was deleted is restored', (history) => history.restore())),
];

const often = [
  ...pushes.slice(0, 1),
  ...executions.slice(0, 4),
  ...answers.slice(0, 1),
  ...time.slice(1, 2),
  ...operators.slice(0, 1),
];

const everything = [...pushes, ...time, ...executions, ...answers, ...operators, ...mischief];

/** @param replayPath of a failure that is to be seen again */
export function histories(most: number, replayPath?: string) {
  return fc.commands<object, LiveHistory, true>([...everything, ...often, ...often, ...often], {
    maxCommands: most,
    ...(replayPath ? { replayPath } : {}),
    size: 'max',
  });
}
