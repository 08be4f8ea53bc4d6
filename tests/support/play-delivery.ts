/**
 * Plays a delivery: its definition, and the state machine `build` that it calls, run in the in-process interpreter; builds behave as
 * the story says; requests, decisions and the end are the product's own `ask`, `decide` and `finish` on a bucket in memory. Who
 * gets on when is the scheduler's choice.
 */
import { StateMachine } from 'aws-local-stepfunctions';
import type fc from 'fast-check';
import { ask, askSchema } from '../../src/approval/ask.ts';
import { chosenBy } from '../../src/approval/choose-units.ts';
import { decide, parseDecision } from '../../src/approval/decide.ts';
import { describe, describeSchema } from '../../src/approval/describe.ts';
import { describeRollback, describeRollbackSchema } from '../../src/approval/describe-rollback.ts';
import { rollbackRequestSchema } from '../../src/approval/request.ts';
import { approversAmong, votesOn } from '../../src/approval/vote.ts';
import type { Bucket } from '../../src/aws/bucket.ts';
import { readExpected } from '../../src/aws/stored.ts';
import { type Applied, appliedSchema } from '../../src/delivery/applied.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { toldSchema } from '../../src/delivery/endings.ts';
import { finish, inShort } from '../../src/delivery/finish.ts';
import { type NextGroup, nextGroup, type Progress } from '../../src/delivery/next-group.ts';
import { startingPointer } from '../../src/delivery/pointer.ts';
import { DecisionError } from '../../src/errors.ts';
import { type Delivery, noEffects, type RunResult, unknownDurations } from '../../src/model.ts';
import { exportResult } from '../../src/runner/exported.ts';
import type { Machine } from '../../statemachine/asl.ts';
import { buildCompactPipeline } from '../../statemachine/compact/pipeline.ts';
import { sizeOfCompact, sizeOfInlineAndGroups } from '../../statemachine/compact/size.ts';
import { type Size, sizeOf } from '../../statemachine/limits.ts';
import { buildPipeline } from '../../statemachine/pipeline.ts';
import { quiet, type Story, type UnitStory } from './arbitrary-delivery.ts';
import { type BuildInput, buildDefinition, startBuild } from './build-machine.ts';
import { type BuildEnd, exporting } from './code-build.ts';
import { settings, statesOf } from './definition.ts';
import { isAdded, readingItemsFirst } from './distributed-map.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { TaskError } from './task-error.ts';

/** Something that a task did. A deed is listed when it begins; `ended` is its place in the one sequence of both. */
export interface Deed {
  what: BuildInput['action'] | 'ask' | 'ask back' | 'ask rollback' | 'record';
  /** Empty for what concerns the whole delivery. */
  unit: string;
  began: number;
  ended: number;
  /** The plan made, asked about or applied. */
  plan: string | null;
  /** Commit that a CodeBuild build checks out. */
  commit: string | null;
  /** The outcome; for an error, its name. */
  result: string;
  /** The apply failed before it changed anything. */
  refused: boolean;
  /** The apply failed after all of its plan was applied. */
  complete: boolean;
  /** The plan of a rollback that somebody has to approve. */
  asks: boolean;
}

export interface Play {
  delivery: Delivery;
  story: Story;
  deeds: Deed[];
  /** How often the outcomes were written down. */
  recorded: number;
  /** "Delivered", or the error's name. */
  ending: string;
  finished: Awaited<ReturnType<typeof finish>> | undefined;
  /** What is applied after it, by the unit's path. */
  applied: Applied['units'];
  /** Errors that nobody expected, from the product or from this model. */
  surprises: unknown[];
  /** How many different voters approved a plan, by unit and plan. */
  approvals: Map<string, number>;
  /** When a cancel had been given, in the one sequence; null when none was, or it came too late. */
  cancelledAt: number | null;
  /** Of the pipeline's execution, counted as statemachine/limits.ts says: events, and bytes of the largest data of a state. */
  history: { events: number; payload: number };
  /** As it was computed before. */
  size: Size;
}

/** How a delivery's definition is made, and what is computed of it. */
export const forms = {
  inline: { build: (delivery: Delivery) => buildPipeline(delivery, settings), sizeOf },
  'inline forward': {
    build: (delivery: Delivery) => buildPipeline(delivery, settings, 'groups'),
    sizeOf: sizeOfInlineAndGroups,
  },
  compact: { build: (delivery: Delivery) => buildCompactPipeline(delivery, settings), sizeOf: sizeOfCompact },
};

const build = buildDefinition('codebuild');

/** Who gets on when. */
export type Scheduler = Pick<fc.Scheduler, 'schedule' | 'waitFor' | 'waitIdle'>;

/** Watches a play, for figures. */
export interface Observer {
  /** The bucket as the product's handlers see it. */
  bucket: (bucket: MemoryBucket) => Bucket;
  /** A state was entered, or tried again; a Lambda was called; a decision was given. */
  happened: (what: 'transition' | 'lambda' | 'decision') => void;
}

const unobserved: Observer = { bucket: (bucket) => bucket, happened: () => {} };

/** What "Next group" sends. */
interface Progressed {
  delivery: string;
  progress: Progress;
  outcomes?: unknown;
}

/** Somebody stops the execution of `build`, whatever it was at. */
class Stopped extends Error {}

/** What builds export that have nothing to say. */
const saysNothing = ['', ' ', 'null', '7', '"applied"', '[]', '{}', '{"outcome": null}'];

const approvers = ['console:example', 'ada@example.org'];

export async function play(
  delivery: Delivery,
  story: Story,
  form: keyof typeof forms,
  scheduler: Scheduler,
  observer = unobserved,
): Promise<Play> {
  const bucket = new MemoryBucket();
  await describeDelivery(delivery, bucket);
  const definition = forms[form].build(delivery);
  const machine = readingItemsFirst(definition);
  const result: Play = {
    delivery,
    story,
    deeds: [],
    recorded: 0,
    ending: 'Delivered',
    finished: undefined,
    applied: {},
    surprises: [],
    history: { events: 2, payload: 0 },
    size: forms[form].sizeOf(definition, delivery),
    approvals: new Map(),
    cancelledAt: null,
  };
  const stories = new Map(
    delivery.units.map((unit, index) => [unit.path, structuredClone(story.units[index] ?? quiet)] as const),
  );
  let clock = 0;
  let tokens = 0;
  let plans = 0;
  const waiting = new Map<string, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  const stepFunctions = {
    answer: async (token: string, output: unknown) => {
      waiting.get(token)?.resolve(output);
      return waiting.delete(token);
    },
  };
  const context = { bucket: observer.bucket(bucket), stepFunctions, now: () => new Date(0), metric: () => {} };
  const surprised = (error: unknown) => void result.surprises.push(error);
  // What waits for an answer would wait for ever.
  const givesUp = (expire: () => void) => (error: unknown) => {
    surprised(error);
    expire();
  };
  const watching: Promise<void>[] = [];

  async function deed<T>(begun: Pick<Deed, 'what' | 'unit' | 'plan' | 'commit'>, act: (deed: Deed) => Promise<T>) {
    const entry: Deed = {
      ...begun,
      began: clock++,
      ended: Number.POSITIVE_INFINITY,
      result: '',
      refused: false,
      complete: false,
      asks: false,
    };
    result.deeds.push(entry);
    if (result.deeds.length === story.cancel) cancel().catch(surprised);
    try {
      return await act(entry);
    } catch (error) {
      entry.result = (error as Error).name;
      throw error;
    } finally {
      entry.ended = clock++;
    }
  }

  async function runBuild({ action, unit, plan, commit }: BuildInput): Promise<BuildEnd> {
    return deed({ what: action, unit, plan: plan || null, commit: commit ?? null }, async (entry) => {
      await scheduler.schedule(Promise.resolve(), `${action} ${unit}`);
      if (action === 'sync') {
        if (story.sync === 'failed') throw new TaskError('States.TaskFailed');
        return exporting({ commit: null });
      }
      const found = await carryOut(action, unit, plan || null, entry);
      if (found === undefined) {
        entry.result = 'States.TaskFailed';
        return { exports: saysNothing[entry.began % saysNothing.length] ?? '' };
      }
      entry.result = found.outcome;
      entry.plan = found.plan;
      entry.asks = (found.asks?.length ?? 0) > 0;
      return exporting(exportResult(found));
    });
  }

  async function carryOut(
    action: RunResult['action'],
    unit: string,
    approved: string | null,
    entry: Deed,
  ): Promise<RunResult | undefined> {
    const own = stories.get(unit) ?? quiet;
    const leave = async (outcome: RunResult['outcome'], plan: string | null, more: Partial<RunResult> = {}) => {
      const left: RunResult = {
        action,
        unit,
        outcome,
        plan,
        counts: { ...noEffects, add: 1 },
        destroys: [],
        outputsChanged: [],
        warnings: [],
        content: null,
        existed: false,
        commit: delivery.head,
        startedAt: '2020-01-01T00:00:00Z',
        endedAt: '2020-01-01T00:00:00Z',
        durations: unknownDurations,
        error: outcome === 'failed' ? 'It failed.' : null,
        asks: [],
        ...more,
      };
      await bucket.write(bucketKeys.result(delivery.id, unit, action), JSON.stringify(left));
      return left;
    };
    const isBack = action === 'plan-rollback' || action === 'rollback';
    if (!isBack && bucket.objects.has(bucketKeys.cancelled(delivery.id))) return leave('cancelled', null);
    await bucket.write(bucketKeys.log(delivery.id, unit, action), 'it began');
    await scheduler.schedule(Promise.resolve(), `${action} ${unit} goes on`);
    const told = tell(action, own);
    if (told === 'stopped') throw new Stopped();
    if (told === 'says nothing') return undefined;
    if (told === 'timed out') throw new TaskError('States.Timeout');
    if (told === 'failed' || told === 'refused' || told === 'failed behind it') {
      entry.refused = told === 'refused';
      entry.complete = told === 'failed behind it';
      await leave('failed', told === 'refused' ? null : (approved ?? null), { complete: entry.complete || undefined });
      throw new TaskError('States.TaskFailed');
    }
    const fresh = action === 'plan' || action === 'plan-rollback';
    const plan = fresh ? (++plans).toString(16).padStart(64, '0') : approved;
    if (told !== 'goes on' && told !== 'asks') return leave(told, plan);
    return leave('planned', plan, { asks: told === 'asks' ? ['it destroys what was there before'] : [] });
  }

  async function askApprover(payload: unknown): Promise<unknown> {
    const request = askSchema.parse(payload);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.set(request.token, { resolve, reject });
    const expire = () => waiting.delete(request.token) && reject(new TaskError('States.Timeout'));
    const send = async () => {
      observer.happened('lambda');
      await ask(request, context);
      if (story.twice) await ask(request, context);
    };
    if (request.ask === 'approval') {
      const { unit, plan, about } = request;
      const decide = about === 'rollback' ? decideBack : decideUnit;
      return deed(
        { what: about === 'rollback' ? 'ask back' : 'ask', unit, plan: plan.plan, commit: null },
        async (entry) => {
          send()
            .then(() => scheduler.schedule(Promise.resolve(), `decide on ${unit}`))
            .then(() => (waiting.has(request.token) ? decide(unit, expire) : undefined))
            .catch(givesUp(expire));
          const answer = (await promise) as { result: { outcome: string } };
          entry.result = answer.result.outcome;
          return answer;
        },
      );
    }
    return deed({ what: 'ask rollback', unit: '', plan: null, commit: null }, async (entry) => {
      send()
        .then(() => scheduler.schedule(Promise.resolve(), 'choose rollback'))
        .then(() => (waiting.has(request.token) ? decideRollback(expire) : undefined))
        .catch(givesUp(expire));
      const answer = (await promise) as { result: { rollback: string; chosen: Record<string, boolean> } };
      entry.result = answer.result.rollback;
      return answer;
    });
  }

  async function decideUnit(unit: string, expire: () => void): Promise<void> {
    const told = stories.get(unit)?.decisions.shift() ?? 'approve';
    if (told === 'expire') return expire();
    const wanted = story.rollback === 'expire' || story.rollback === 'retry' ? 'none' : story.rollback;
    const units = wanted === 'selective' ? { units: listed().length > 0 ? listed() : [unit] } : {};
    const rollback = told === 'decline and choose' ? { rollback: wanted, ...units } : {};
    const decision = told === 'decline and choose' ? 'decline' : told;
    const { minimumApprovals } = delivery.settings.elsewhere;
    const voters = decision === 'approve' ? approvers.slice(0, minimumApprovals) : approvers.slice(0, 1);
    await Promise.all(
      voters.map((voter) => giveDecision({ delivery: delivery.id, unit, decision, ...rollback }, voter)),
    );
  }

  async function decideBack(unit: string, expire: () => void): Promise<void> {
    const decision = stories.get(unit)?.backDecisions.shift() ?? 'approve';
    if (decision === 'expire') return expire();
    const { minimumApprovals } = delivery.settings.elsewhere;
    const voters = decision === 'approve' ? approvers.slice(0, minimumApprovals) : approvers.slice(0, 1);
    await Promise.all(voters.map((voter) => giveDecision({ delivery: delivery.id, unit, decision }, voter)));
  }

  const listed = () => delivery.units.map(({ path }) => path).filter((path) => stories.get(path)?.listed);

  async function decideRollback(expire: () => void): Promise<void> {
    if (story.rollback === 'expire') return expire();
    if (story.rollback === 'retry') return giveDecision({ delivery: delivery.id, decision: 'retry' });
    const request = await readExpected(bucket, bucketKeys.rollbackRequest(delivery.id), rollbackRequestSchema);
    const named = listed().filter((path) => request.modified.includes(path));
    // What this delivery has made and something else reads can't be named alone.
    const { held } = chosenBy('selective', named, { ...request, delivery });
    const units = named.filter((path) => !held.has(path));
    const rollback = story.rollback === 'selective' && units.length === 0 ? 'none' : story.rollback;
    await giveDecision({
      delivery: delivery.id,
      decision: 'decline',
      rollback,
      ...(rollback === 'selective' ? { units } : {}),
    });
  }

  async function cancel(): Promise<void> {
    await scheduler.schedule(Promise.resolve(), 'cancel');
    await giveDecision({ delivery: delivery.id, decision: 'cancel' });
    if (bucket.objects.has(bucketKeys.cancelled(delivery.id))) result.cancelledAt = clock++;
  }

  /** Through the same door as everybody. Another approver may have been faster. */
  async function giveDecision(decision: unknown, voter = 'console:example'): Promise<void> {
    observer.happened('decision');
    await decide(parseDecision(decision), voter, context).catch((error) => {
      if (
        !(
          error instanceof DecisionError &&
          /cancelled already|at the same moment|nothing is left to cancel/.test(error.message)
        )
      )
        throw error;
    });
  }

  async function record(payload: { delivery: string; outcomes: unknown }): Promise<unknown> {
    return deed({ what: 'record', unit: '', plan: null, commit: null }, async () => {
      await scheduler.schedule(Promise.resolve(), 'record outcomes');
      observer.happened('lambda');
      result.recorded++;
      result.finished = await finish(payload.delivery, toldSchema.parse(payload.outcomes), context);
      result.applied = (await readExpected(bucket, bucketKeys.applied, appliedSchema)).units;
      return inShort(result.finished);
    });
  }

  /** Asked twice, as after an answer that was lost: what it says must not change. */
  async function findNext({ delivery, progress, outcomes }: Progressed): Promise<NextGroup> {
    const told = toldSchema.optional().parse(outcomes);
    await scheduler.schedule(Promise.resolve(), 'next group');
    observer.happened('lambda');
    if (story.twice) await nextGroup(delivery, progress, context.bucket, told);
    return nextGroup(delivery, progress, context.bucket, told);
  }

  const throttled = new Map<string, number>();
  function refuse(task: string, error: string): void {
    const refusals = throttled.get(task) ?? 0;
    if (refusals >= story.throttled) return;
    throttled.set(task, refusals + 1);
    throw new TaskError(error);
  }

  const token = () => `token-${++tokens}`;

  /** Executions of `build` by name. */
  const started = new Map<string, { input: string; answer: Promise<unknown>; isLost: boolean }>();

  /**
   * `startExecution.sync:2`. A name is given once: with the same input, while that runs, it is the same execution (StartExecution). The second
   * try of a start whose answer was lost comes while that runs.
   */
  async function startExecution(name: string, input: Record<string, unknown>): Promise<unknown> {
    refuse(name, 'StepFunctions.ThrottlingException');
    const text = JSON.stringify(input);
    const known = started.get(name);
    if (known) {
      if (!known.isLost || known.input !== text) throw new TaskError('StepFunctions.ExecutionAlreadyExistsException');
      known.isLost = false;
      return known.answer;
    }
    const execution = { input: text, answer: callBuild(JSON.parse(text)), isLost: story.startsLost === true };
    execution.answer.catch(() => {}); // told to whoever asks for it
    started.set(name, execution);
    if (execution.isLost) throw new TaskError('StepFunctions.SdkClientException');
    return execution.answer;
  }

  /** What an execution of `build` answers. */
  async function callBuild(input: Record<string, unknown>): Promise<unknown> {
    const stopped = Promise.withResolvers<never>();
    const execution = startBuild(build, input, {
      token,
      describe: (payload) => {
        observer.happened('lambda');
        return describe(describeSchema.parse(payload), { bucket, links: async () => [] });
      },
      ask: async (payload) => {
        refuse(JSON.stringify(input), 'Lambda.Unknown');
        return askApprover(payload);
      },
      build: async (asked) => {
        refuse(JSON.stringify(asked), 'CodeBuild.AccountLimitExceededException');
        return runBuild(asked).catch((error) => {
          if (error instanceof Stopped) stopped.reject(new TaskError('States.TaskFailed'));
          throw error;
        });
      },
    });
    watching.push(watch(execution.eventLogs, observer).catch(surprised));
    try {
      return { Output: await Promise.race([execution.result, stopped.promise]) };
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      if (!(cause instanceof Error && /^(LiveCi\.|States.TaskFailed)/.test(cause.name))) surprised(cause);
      execution.abort();
      execution.result.catch(() => {});
      throw new TaskError('States.TaskFailed');
    }
  }

  async function handle(state: string, input: Record<string, unknown>): Promise<unknown> {
    if ('StateMachineArn' in input) return startExecution(input.Name as string, input.Input as Record<string, unknown>);
    if ('Key' in input) return JSON.parse(bucket.text(input.Key as string) ?? '');
    refuse(state, 'Lambda.TooManyRequestsException');
    switch (input.FunctionName) {
      case settings.nextGroup:
        return { Payload: await findNext(input.Payload as Progressed) };
      case settings.finish:
        return { Payload: await record(input.Payload as { delivery: string; outcomes: unknown }) };
      default: {
        const rollback = describeRollbackSchema.safeParse(input.Payload).data;
        if (rollback === undefined) return askApprover(input.Payload);
        observer.happened('lambda');
        return { Payload: await describeRollback(rollback, { bucket, links: async () => [] }) };
      }
    }
  }

  const tasks = statesOf(machine as Machine).filter(([, state]) => state?.Type === 'Task');
  const execution = new StateMachine(machine as never, { validationOptions: { noValidate: true } }).run(
    { delivery: delivery.id },
    {
      overrides: {
        taskResourceLocalHandlers: Object.fromEntries(
          tasks.map(([name]) => [name, (input: Record<string, unknown>) => handle(name, input)] as never),
        ),
        retryIntervalOverrides: Object.fromEntries(tasks.map(([name]) => [name, 0])),
      },
      context: {
        Execution: { Name: delivery.id },
        Task: {
          get Token() {
            return token();
          },
        },
      },
    },
  );
  const ended = execution.result.catch((error: Error) => {
    result.ending = error.cause instanceof Error ? error.cause.name : error.name;
    if (!result.ending.startsWith('LiveCi.')) surprised(error.cause ?? error);
  });
  watching.push(watch(execution.eventLogs, observer, result.history, statesOfChildren(definition)).catch(surprised));
  await scheduler.waitFor(ended);
  // An execution that broke leaves tasks behind, whose timers would keep the process alive.
  for (const { reject } of waiting.values()) reject(new TaskError('States.TaskFailed', 'The execution has ended.'));
  await scheduler.waitIdle();
  await Promise.all(watching);
  for (const { unit, plan } of result.deeds) {
    const votes = plan === null ? [] : await votesOn({ delivery: delivery.id, unit, plan: { sha256: plan } }, bucket);
    result.approvals.set(`${unit} ${plan}`, approversAmong(votes).length);
  }
  return result;
}

/** Names of the states of a Map's executions, which have histories of their own. */
function statesOfChildren({ States }: Machine): Set<string> {
  const names = Object.values(States).map((state) =>
    state.Type === 'Map' ? Object.keys(state.ItemProcessor.States) : [],
  );
  return new Set(names.flat());
}

async function watch(
  events: ReturnType<StateMachine['run']>['eventLogs'],
  observer: Observer,
  history = { events: 0, payload: 0 },
  elsewhere: ReadonlySet<string> = new Set(),
): Promise<void> {
  for await (const event of events) {
    if (event.type !== 'StateEntered' && event.type !== 'StateRetried') continue;
    if (isAdded(event.state.name ?? '')) continue;
    observer.happened('transition');
    if (elsewhere.has(event.state.name ?? '')) continue;
    if (event.type === 'StateRetried') history.events += 4;
    else {
      history.events += { Task: 6, Parallel: 4 }[event.state.type as string] ?? 2;
      // A Map's items are in the data for the interpreter only (distributed-map.ts).
      const { items: _, ...data } = event.state.input as Record<string, unknown>;
      history.payload = Math.max(history.payload, Buffer.byteLength(JSON.stringify(data)));
    }
  }
}

function tell(action: BuildInput['action'], story: UnitStory) {
  switch (action) {
    case 'plan':
      return story.plans.shift() ?? 'planned';
    case 'apply':
    case 'destroy':
      return story.applies.shift() ?? 'applied';
    case 'plan-rollback':
      return story.backPlans.shift() ?? 'goes on';
    case 'rollback':
      return story.rollbacks.shift() ?? 'rolled-back';
    case 'sync':
      throw new Error('A sync has no story of a unit.');
  }
}

/** As the poll leaves it: the delivery is running. */
async function describeDelivery(delivery: Delivery, bucket: MemoryBucket): Promise<void> {
  const { id, repository, branch, base, head, sequence, author, subject } = delivery;
  const running = { delivery: id, phase: 'started', execution: 'execution', stateMachineVersion: 'version' };
  const enqueuedAt = '2026-01-02T03:04:05Z';
  const about = { repository, branch, base, head, sequence, author, subject, enqueuedAt };
  const changeSet = { version: 1, ...about, touched: [], graph: [] };
  await bucket.write(bucketKeys.pointer, JSON.stringify({ ...startingPointer, running }));
  await bucket.write(bucketKeys.delivery(id), JSON.stringify(delivery));
  await bucket.write(bucketKeys.changeSet(sequence), JSON.stringify(changeSet));
}
