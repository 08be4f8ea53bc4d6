/**
 * One unit's way through a delivery:
 *
 *   ready? ▸ Plan ▸ ask? ▸ Approve ▸ Apply
 *
 * or, of one that can't be understood, `Error` alone.
 *
 * Each task is an execution of the state machine `build` and leaves its answer in the unit's record: what `build` is to be told
 * next, and in the end the outcome, with `ok` when dependents may go on. A record without `ok`, or none, stops them. An approval that
 * was not given ends its execution of `build` as failed, and leads on like everything else, so that nothing that runs beside it is
 * torn down. src/delivery/records.ts reads the records.
 */
import type { DeliveryUnit } from '../src/model.ts';
import { allOf, type Choice, type Fragment, type Json, type Pass, type States, type Test } from './asl.ts';
import { label } from './name-states.ts';
import { type Call, callBuild, ofCommit, ofDelivery } from './tasks.ts';

export interface UnitTerms {
  names: { plan: string; ask: string; approve: string; apply: string };
  /** What `build` is told: `plan`, the unit's path, and what is the same for all. */
  input: { [key: string]: Json };
  /** The unit's part of the names of its executions (tasks.ts). */
  name: Call['name'];
  /** JSONPath of the unit's record. */
  record: string;
}

/** The states from the plan on, entered at `names.plan`, which all lead to `onward`. */
export function deliverUnit({ names, input, name: [unit, ...paths], record }: UnitTerms, onward: string): States {
  const call = (step: string, input: Call['input'], Next: string) => ({
    ...callBuild({ input, name: [`${unit}-${step}`, ...paths], record, broken: onward }),
    Next,
  });
  return {
    [names.plan]: call('plan', input, names.ask),
    [names.ask]: {
      Type: 'Choice',
      Choices: [{ Variable: `${record}.r.action`, IsPresent: true, Next: names.approve }],
      Default: onward,
    },
    [names.approve]: call('approve', `${record}.r`, names.apply),
    [names.apply]: call('apply', `${record}.r`, onward),
  };
}

export interface Seen {
  /** The unit's place in the delivery, from 1. */
  number: number;
  /** The one whose code is delivered. */
  commit: string;
  /** JSONPath of a unit's record, as this one's states see it. */
  record(path: string): string;
}

/** A unit that is known when the definition is made. */
export function unitStates(unit: DeliveryUnit, { number, commit, record }: Seen, onward: string): Fragment {
  const title = label(unit.path);
  if (unit.error !== undefined) return notUnderstood(unit.error, `Error ${title}`, record(unit.path), onward);
  const names = {
    ready: `${number} ready?`,
    plan: `Plan ${title}`,
    ask: `${number} ask?`,
    approve: `Approve ${title}`,
    apply: `Apply ${title}`,
  };
  const input = {
    plan: unit.path,
    ...(unit.deleted ? ofCommit(commit, 'destroy') : ofDelivery),
    ...(mayBeSkipped(unit)
      ? { 'after.$': `States.Array(${unit.after.map((path) => `${record(path)}.r`).join(',')})` }
      : {}),
  };
  const states = deliverUnit({ names, input, name: [`${number}`], record: record(unit.path) }, onward);
  if (unit.after.length === 0) return { start: names.plan, states };
  const ok = allOf(unit.after.map((path): Test => ({ Variable: `${record(path)}.r.ok`, IsPresent: true })));
  const ready: Choice = { Type: 'Choice', Choices: [{ ...ok, Next: names.plan }], Default: onward };
  return { start: names.ready, states: { [names.ready]: ready, ...states } };
}

/** So much of it is shown in the console, and counts for the definition's size. */
const longestError = 500;

/** Nothing is built, and what comes after it finds no `ok`. */
function notUnderstood(error: string, name: string, record: string, onward: string): Fragment {
  const failed: Pass = {
    Type: 'Pass',
    Comment: error.slice(0, longestError),
    Result: { outcome: 'failed' },
    ResultPath: `${record}.r`,
    Next: onward,
  };
  return { start: name, states: { [name]: failed } };
}

/** A unit that is here only because a dependency might change needs no plan when none did; `build` skips it then. */
export function mayBeSkipped(unit: Pick<DeliveryUnit, 'change' | 'after'>): boolean {
  return unit.change === 'dependent' && unit.after.length > 0;
}
