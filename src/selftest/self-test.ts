/**
 * `live-ci selftest`: every case at once, in the deployed state machines and builds, each in a world of its own. The pipeline's pointer and what is
 * applied are read, and never written.
 *
 * The self test approves by itself, so nobody looks at what it approves. What a delivery's plan builds write could be taken for a plan of its own. So
 * it begins while no delivery runs, and before each answer, behind the reading of the plan that the answer names, it looks whether one has
 * begun; if so, it answers nothing more and ends.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { DescribeStateMachineCommand, UpdateStateMachineCommand } from '@aws-sdk/client-sfn';
import { atMost } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { type Pointer, readPointer } from '../delivery/pointer.ts';
import { shownDefinition } from '../delivery/shown-definition.ts';
import { DeliveryError } from '../errors.ts';
import { type Builds, type BuildTimes, type Phase, phases } from './builds.ts';
import { type Case, cases, raceName } from './cases.ts';
import { clean, keptDefinition } from './clean.ts';
import { type Came, drive, type Tried } from './drive.ts';
import { race } from './race.ts';
import { rolesTried } from './settings.ts';
import { selfTestFolder, selfTestPrefix, type World } from './world.ts';

export interface SelfTestContext extends Omit<Tried, 'expectUntouched' | 'stopApply'> {
  builds: Builds;
  client: SFNClient;
  /** ARN of the state machine. */
  pipeline: string;
  tool: World['tool'];
  /** Aborts when somebody gives up. */
  signal: AbortSignal;
}

/** What came of a case, and how long its builds took. */
export interface Tested extends Came {
  builds: number;
  /** Of each phase, seconds of a build on average; null where there is no such phase. */
  phases: Record<Phase, number | null>;
}

export interface Report {
  run: string;
  cases: Tested[];
  seconds: number;
  builds: number;
  /** That CodeBuild bills. */
  minutes: number;
}

/** So many deliveries at once: half as many builds as a deployment runs at once by itself. */
const casesAtOnce = 10;

const endMilliseconds = 10_000;

/**
 * @param names the cases to try
 * @throws DeliveryError while a delivery runs, or when one began meanwhile
 */
export async function selfTest(names: readonly string[], context: SelfTestContext): Promise<Report> {
  const { bucket, client, pipeline, tool, signal, tell, builds } = context;
  const began = performance.now();
  const before = (await readPointer(bucket)).value;
  if (before.running)
    throw new DeliveryError(
      `Delivery ${before.running.delivery} is running, and a self test would be in its way; run it again when that has ended (live-ci status --watch).`,
    );
  await keepDefinition(context);
  const { stopped, removed } = await clean(bucket, client, pipeline);
  if (removed > 0) tell('before', `a self test was cut off: ${stopped} deliveries stopped, ${removed} objects removed`);
  const run = `r${randomBytes(3).toString('hex')}`;
  const tried: Tried = {
    ...context,
    stopApply: (delivery) => builds.stopApply(delivery),
    async expectUntouched() {
      if (signal.aborted) throw new DeliveryError('The self test was given up; what it made is removed.');
      expectSame(before, (await readPointer(bucket)).value);
    },
  };
  try {
    const chosen = cases.filter(({ name }) => names.includes(name));
    const came = await all(chosen, (one) => driveOne(one, { run, tool, name: one.name }, tried));
    if (names.includes(raceName)) came.push(await raceCase(`${selfTestFolder}${run}/race`, bucket));
    const times = await builds.times(`${selfTestPrefix}${run}-`);
    return {
      run,
      cases: came.map((one) => withTimes(one, times, `${selfTestPrefix}${run}-${tool}-${one.name}-`)),
      seconds: (performance.now() - began) / 1000,
      builds: times.length,
      minutes: times.reduce((sum, { minutes }) => sum + minutes, 0),
    };
  } finally {
    tell('after', 'removing what the self test made');
    // Builds of a delivery that is stopped write what they have to say before they end.
    while ((await clean(bucket, client, pipeline)).stopped > 0) await delay(endMilliseconds);
    await putDefinitionBack(context);
  }
}

/** Those that have begun come to their end before an error is thrown: nothing is written behind what is removed. */
async function all(chosen: readonly Case[], act: (one: Case) => Promise<Came>): Promise<Came[]> {
  const settled = await atMost(casesAtOnce, chosen, (one) => Promise.allSettled([act(one)]));
  const errors = settled.flatMap(([one]) => (one.status === 'rejected' ? [one.reason] : []));
  if (errors.length > 0) throw errors[0];
  return settled.flatMap(([one]) => (one.status === 'fulfilled' ? [one.value] : []));
}

async function driveOne(one: Case, world: World, tried: Tried): Promise<Came> {
  if (!one.eachEnvironment || rolesTried(tried.config).length > 0) return drive(one, world, tried);
  const { name, tries } = one;
  const notes = ['no environment has roles'];
  return { name, tries, expected: {}, ends: {}, notes, problems: [], seconds: 0, executions: [] };
}

async function raceCase(key: string, bucket: Bucket): Promise<Came> {
  const began = performance.now();
  const problems = await race(key, bucket);
  return {
    name: raceName,
    tries: 'conditional writes of one object at once, and one that comes late',
    expected: {},
    ends: {},
    notes: problems.length === 0 ? ['exactly one was made, and the late one refused'] : [],
    problems,
    seconds: (performance.now() - began) / 1000,
    executions: [],
  };
}

function expectSame(before: Pointer, now: Pointer): void {
  if (now.running === null && now.last === before.last && now.sequence === before.sequence) return;
  throw new DeliveryError(
    `Delivery ${now.running?.delivery ?? now.last} began meanwhile, which nothing of the self test touches; the self test answers nothing more, and is removed. Run it again when that has ended.`,
  );
}

/** Only what nothing else tells: of a pipeline that has delivered something, the definition lies by its delivery. */
async function keepDefinition({ bucket, client, pipeline }: SelfTestContext): Promise<void> {
  if (await shownDefinition(bucket)) return;
  const { definition = '' } = await client.send(new DescribeStateMachineCommand({ stateMachineArn: pipeline }));
  await bucket.write(keptDefinition, definition, { ifNoneMatch: '*' });
}

/** The console shows the pipeline as it was. */
async function putDefinitionBack({ bucket, client, pipeline }: SelfTestContext): Promise<void> {
  const kept = await bucket.read(keptDefinition);
  const definition = (await shownDefinition(bucket))?.definition ?? kept?.body.toString('utf8');
  if (definition) await client.send(new UpdateStateMachineCommand({ stateMachineArn: pipeline, definition }));
  if (kept) await bucket.remove(keptDefinition);
}

function withTimes(came: Came, all: readonly BuildTimes[], prefix: string): Tested {
  const times = all.filter(({ delivery }) => delivery.startsWith(prefix));
  const average = (phase: Phase) => {
    const known = times.flatMap(({ seconds }) => seconds[phase] ?? []);
    return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length;
  };
  const averages = Object.fromEntries(phases.map((phase) => [phase, average(phase)])) as Tested['phases'];
  return { ...came, builds: times.length, phases: averages };
}
