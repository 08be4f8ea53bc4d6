/**
 * Which form a delivery is given: the inline one while Step Functions takes it whatever happens, else the compact one. What is
 * looked at, all of it before anything is published (Step Functions quotas):
 *
 * - bytes of the definition;
 * - events of the history when each task is tried as often as it may be;
 * - bytes of the data when each unit has left the longest record there is.
 */
import { DeliveryError } from '../src/errors.ts';
import type { Delivery } from '../src/model.ts';
import type { Machine, State } from './asl.ts';
import { buildCompactPipeline, loop } from './compact/pipeline.ts';
import { buildPipeline } from './pipeline.ts';
import type { Settings } from './settings.ts';

const quotas = { definition: 1_000_000, events: 25_000, payload: 262_144 };

/** The compact form was tried with so many; the rollback choice names each chosen unit in a payload. */
const mostUnits = 10_000;

/** A unit takes at least so much of a definition: no need to build one that can't fit. */
const leastOfUnit = 500;

/** @throws DeliveryError when no form fits, with what to do. */
export function choosePipeline(delivery: Delivery, settings: Settings): Machine {
  const count = delivery.units.length;
  if (count <= settings.inlineUnits && count * leastOfUnit <= quotas.definition) {
    const inline = buildPipeline(delivery, settings);
    if (fits(inline, delivery)) return inline;
  }
  if (count > mostUnits)
    throw new DeliveryError(`It has ${count} units, and can have ${mostUnits}; deliver fewer units in one commit.`);
  const compact = buildCompactPipeline(delivery, settings);
  const groups = groupsOf(delivery);
  if (compactEvents(compact, groups) <= quotas.events) return compact;
  throw new DeliveryError(
    `${groups} of its units come one after the other, and Step Functions has no room for the events of so many; deliver fewer units in one commit.`,
  );
}

function fits(machine: Machine, { units }: Delivery): boolean {
  const data = units.reduce((sum, { path }) => sum + longestRecord + Buffer.byteLength(path), 0);
  return (
    Buffer.byteLength(JSON.stringify(machine)) <= quotas.definition &&
    worstEvents(machine) <= quotas.events &&
    data <= quotas.payload
  );
}

/** Bytes of the longest record: a plan that is to be asked about, without the unit's path. */
const longestRecord = 330;

/** At most so many events: each state once, every branch, each task tried as often as it may be, and the execution's own two. */
export function worstEvents(machine: Machine): number {
  return Object.values(machine.States).reduce((sum, state) => sum + eventsOf(state), 2);
}

/** Entered and exited; between them, as the guide's "execution events" have it, what each type adds. */
function eventsOf(state: State): number {
  switch (state.Type) {
    case 'Pass':
    case 'Choice':
    case 'Succeed':
    case 'Fail':
      return 2;
    case 'Task': {
      // Scheduled, started, submitted, succeeded; each try before that was scheduled, started and failed.
      const tries = (state.Retry ?? []).reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
      return 6 + 3 * tries;
    }
    case 'Parallel':
      return 4 + state.Branches.reduce((sum, branch) => sum + worstEvents(branch) - 2, 0);
    case 'Map':
      // The Map Run is started and succeeds or fails; its executions have histories of their own.
      return 4;
  }
}

/** Its loop is gone through for each group, forward and back, and once more each way to find that there is none. */
export function compactEvents(machine: Machine, groups: number): number {
  const round = loop.reduce((sum, name) => sum + eventsOf(machine.States[name] as State), 0);
  return worstEvents(machine) + round * 2 * (groups + 1);
}

/** How many groups a delivery has when none of its units is skipped: the longest chain, each stage behind the one before. */
export function groupsOf({ units }: Delivery): number {
  const groupOf = new Map<string, number>();
  let [stage, before, last] = [units[0]?.stage, 0, 0];
  for (const unit of units) {
    if (unit.stage !== stage) [stage, before] = [unit.stage, last];
    const own = unit.after.reduce((most, path) => Math.max(most, groupOf.get(path) ?? 0), before) + 1;
    groupOf.set(unit.path, own);
    last = Math.max(last, own);
  }
  return last;
}
