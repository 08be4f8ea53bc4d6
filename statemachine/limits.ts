/**
 * Whether Step Functions can run a definition (Step Functions quotas): how many bytes its request has, how many events an execution can
 * have at most, and how large its data can become. Each is computed from the definition before it is published.
 *
 * Events are those of the execution's own history (Step Functions API, `HistoryEvent`), on the longest way through the states; no
 * state is entered twice. An execution of `build` has a history of its own, so that waiting, retries and plans that are made again
 * do not count here.
 *
 * | what | events | |
 * | --- | ---: | --- |
 * | execution | 2 | `ExecutionStarted`, and one for how it ended |
 * | Pass, Choice, Succeed, Fail | 2 | entered and exited |
 * | Task | 6 | entered and exited; `TaskScheduled`, `TaskStarted`, `TaskSubmitted`, and one for how it ended |
 * | a retry of a Task | 4 | the last four once more |
 * | Map in distributed mode | 4 | entered and exited; `MapRunStarted`, and one for how it ended; its executions have histories of their own |
 * | Parallel | 4 | entered and exited; `ParallelStateStarted`, and one for how it ended; and all its branches' events |
 */
import type { Delivery } from '../src/model.ts';
import type { Machine, State, States } from './asl.ts';
import type { Back } from './pipeline.ts';

export interface Size {
  /** Of the request that publishes the definition. */
  bytes: number;
  /** Of an execution's history, at most. */
  events: number;
  /** Bytes of the data that a state gets or gives, at most. */
  payload: number;
}

/** Bytes of JSON that `Choose rollback` shows of what is asked, at most: describe-rollback.ts keeps to it. */
export const mostDescribed = 24_000;

export const quotas: Size = { bytes: 1_000_000, events: 25_000, payload: 262_144 };

/** @param back whether units are rolled back in states of their own, or by groups: then without the rounds for these. */
export function sizeOf(machine: Machine, delivery: Delivery, back: Back = 'units'): Size {
  return {
    bytes: requestOf(machine),
    events: 2 + longestWay(machine),
    payload: largestData(machine, delivery, back),
  };
}

export function fits(size: Size): boolean {
  return (Object.keys(quotas) as (keyof Size)[]).every((what) => size[what] <= quotas[what]);
}

export const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** What is sent besides a definition: the header with its credentials, the ARN, a description of 256 characters. */
const sentBesides = 10_000;

/** The quota is of the whole request, header included, in which the definition is a text of JSON: each of its quotes has a backslash in front. */
export function requestOf(machine: Machine): number {
  return bytesOf(JSON.stringify(machine)) + sentBesides;
}

/** Events on the way through a level's states on which there are the most, those inside of branches included. */
function longestWay({ StartAt, States }: Pick<Machine, 'StartAt' | 'States'>): number {
  const known = new Map<string, number>();
  const entered = new Set<string>();
  // Not by recursion: a way may be as long as the delivery is.
  const open = [StartAt];
  for (let name = open.at(-1); name !== undefined; name = open.at(-1)) {
    const state = stateAt(States, name);
    const unknown = targetsOf(state).filter((target) => !known.has(target));
    entered.add(name);
    const again = unknown.find((target) => entered.has(target));
    if (again !== undefined) throw new RangeError(`${again} can be entered twice, so nobody knows how often`);
    if (unknown.length > 0) open.push(...unknown);
    else {
      known.set(name, eventsOf(state) + Math.max(0, ...targetsOf(state).map((target) => known.get(target) ?? 0)));
      open.pop();
    }
  }
  return known.get(StartAt) ?? 0;
}

function stateAt(states: States, name: string): State {
  const state = states[name];
  if (state === undefined) throw new RangeError(`there is no state ${name}`);
  return state;
}

function targetsOf(state: State): string[] {
  switch (state.Type) {
    case 'Choice':
      return [...state.Choices.map(({ Next }) => Next), state.Default];
    case 'Task':
      return [...(state.Next ? [state.Next] : []), ...(state.Catch ?? []).map(({ Next }) => Next)];
    case 'Pass':
    case 'Parallel':
      return state.Next ? [state.Next] : [];
    // Behind a Map comes the state before it once more (compact/groups.ts): rounds are counted apart.
    case 'Map':
    case 'Succeed':
    case 'Fail':
      return [];
  }
}

export function eventsOf(state: State): number {
  switch (state.Type) {
    case 'Task':
      return 6 + 4 * (state.Retry ?? []).reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
    case 'Parallel':
      return 4 + state.Branches.reduce((sum, branch) => sum + longestWay(branch), 0);
    case 'Map':
      return 4;
    default:
      return 2;
  }
}

/**
 * Every unit with its longest record, which is that of a plan nobody approved; and what comes on top: when a rollback is asked about, the words for that;
 * after it, of each unit the record of its rollback, that it was chosen, and the outcome that the function `finish` answered. Beside them, the data
 * around records: what each Parallel gives to its branches, on the way to the innermost one, and the brackets around what they answer.
 */
function largestData(machine: Machine, { units, id, head }: Delivery, back: Back): number {
  const shared = bytesOf(stateAt(machine.States, machine.StartAt)) + 2 * id.length;
  const counts = { add: 1e6, change: 1e6, destroy: 1e6 };
  const record = {
    action: 'ask',
    unit: '',
    delivery: id,
    commit: head,
    approved: 'destroy',
    plan: 'f'.repeat(64),
    ...counts,
  };
  const key = `"r${units.length}":{"r":},`.length;
  const rollback = back === 'units' ? key + bytesOf({ outcome: 'rollback-failed', stuck: true }) : 0;
  const after = rollback + 2 * key + bytesOf('rollback-failed') + 2;
  const paths = units.reduce((sum, { path }) => sum + 2 * bytesOf(path), 0);
  const { depth, brackets } = nesting(machine);
  const onTop = Math.max(mostDescribed, units.length * after);
  return units.length * bytesOf(record) + onTop + paths + brackets + (depth + 2) * shared;
}

function nesting({ States }: Pick<Machine, 'States'>): { depth: number; brackets: number } {
  let [depth, brackets] = [0, 0];
  for (const state of Object.values(States)) {
    if (state.Type !== 'Parallel') continue;
    brackets += '"g12345":[],'.length + state.Branches.length * '{},'.length;
    for (const inner of state.Branches.map(nesting)) {
      depth = Math.max(depth, 1 + inner.depth);
      brackets += inner.brackets;
    }
  }
  return { depth, brackets };
}
