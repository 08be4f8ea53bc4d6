/**
 * The state machine that one delivery becomes.
 *
 *   Stage <name> ▸ Ended well? <name> ▸ … ▸ Record outcomes ▸ How did it end? ▸ (Sync repository) ▸ Delivered
 *        └─ no ▸ Describe rollback ▸ Choose rollback ▸ Which rollback type? ▸ Roll back ▸ Record outcomes
 *
 * The data that runs through it: `$.m` and `$.c`, what is the same for all (tasks.ts); `$.o`, the units' records (places.ts); `$.a`, what the
 * last function answered; from the rollback choice on `$.k`, which units were chosen, by key.
 */

import { rollbackOrder } from '../src/delivery/rollback-order.ts';
import { appliedCommit, deliveredCommit } from '../src/delivery/unit-commit.ts';
import { withoutProspect } from '../src/delivery/without-prospect.ts';
import { reversed } from '../src/discovery/graph/reversed.ts';
import { type Delivery, type DeliveryUnit, rollbackChoices } from '../src/model.ts';
import { allOf, type Json, lacks, type Machine, type States, type Test } from './asl.ts';
import { next, nextGroup, noGroup, rollGroupBack } from './compact/groups.ts';
import { inParallel, type LayOut } from './lay-out.ts';
import { label } from './name-states.ts';
import { decompose } from './nesting/decompose.ts';
import type { Group } from './nesting/group.ts';
import type { Order } from './nesting/unit-graph.ts';
import { Places } from './places.ts';
import { rollbackUnit } from './rollback-unit.ts';
import type { Settings } from './settings.ts';
import { askTask, callBuild, callTask, ofDelivery, shared, sharedOn } from './tasks.ts';
import { unitStates } from './unit.ts';
import { unitKeys } from './unit-keys.ts';

interface Stage {
  name: string;
  units: DeliveryUnit[];
  /** Branches that share no dependency. */
  parallel: Group & { kind: 'parallel' };
}

/** Back unit by unit, or, where that is too much for one definition, by groups, as in the compact form. */
export type Back = 'units' | 'groups';

/** A complete definition. Units must be in an order in which each follows everything in its `after`. */
export function buildPipeline(delivery: Delivery, settings: Settings, back: Back = 'units'): Machine {
  const stages = stagesOf(delivery.units);
  return machineOf(delivery, settings, { o: {} }, stages[0] ? stageName(stages[0]) : 'Record outcomes', {
    ...(stages.length > 0 ? units(delivery, stages, settings, back) : {}),
    ...ending(settings, '$.o'),
  });
}

/** @param data what an execution has from its start, besides what is the same for all. */
export function machineOf(
  delivery: Delivery,
  settings: Settings,
  data: { [key: string]: Json },
  Next: string,
  states: States,
): Machine {
  const Parameters = { ...shared(settings.build, delivery.head), ...data };
  return {
    Comment: describe(delivery),
    StartAt: 'Start',
    States: { Start: { Type: 'Pass', Parameters, Next }, ...states },
  };
}

function describe(delivery: Delivery): string {
  const what = delivery.units.length === 0 ? 'touches no unit' : `${delivery.units.length} unit(s)`;
  return `${delivery.repository} ${delivery.branch} ${delivery.head.slice(0, 12)}: ${what}`;
}

/** Leaves room for "Ended well? …" within 80 characters. */
const longestStage = 62;

const stageName = (stage: Stage) => `Stage ${stage.name}`;

/** Stages in the order of their first unit; the delivery's order already follows the configuration's. */
function stagesOf(units: DeliveryUnit[]): Stage[] {
  const byName = Map.groupBy(units, (unit) => unit.stage);
  return [...byName].map(([name, members]) => {
    const order = new Map(members.map((unit) => [unit.path, unit.after]));
    return { name: label(name, longestStage), units: members, parallel: nested(order, members) };
  });
}

function nested(order: Order, units: readonly DeliveryUnit[]): Stage['parallel'] {
  const seconds = new Map(units.map((unit) => [unit.path, unit.seconds]));
  const group = decompose(order, (path) => seconds.get(path) ?? null);
  if (group === undefined) throw new RangeError('there are no units');
  return group.kind === 'parallel' ? group : { kind: 'parallel', groups: [group] };
}

/** All that is done with units: forward, stage by stage, and, when something ends badly, back. */
function units(delivery: Delivery, stages: Stage[], settings: Settings, way: Back): States {
  const known = new Map(delivery.units.map((unit, index) => [unit.path, { unit, number: index + 1 }]));
  const found = (path: string) => {
    const one = known.get(path);
    if (one === undefined) throw new RangeError(`unit ${path} is not in the delivery`);
    return one;
  };
  const places = new Places(
    stages.map(({ parallel }) => parallel),
    unitKeys(delivery),
  );
  const forward: LayOut = {
    places,
    name: (number) => `Group ${number}`,
    unit: (path, onward) => {
      const { unit, number } = found(path);
      return unitStates(
        unit,
        { number, commit: deliveredCommit(unit, delivery), record: (of) => places.record(of, path) },
        onward,
      );
    },
  };
  const dependents = reversed(new Map(delivery.units.map(({ path, after }) => [path, after])));
  const ignored = withoutProspect(delivery.units);
  const delivered = deliverStages(stages, forward, dependents, ignored);
  // Where nothing is ever built, nothing is ever rolled back.
  if (ignored.size === delivery.units.length) return delivered;
  if (way === 'groups') return { ...delivered, ...rollBackByGroups(settings) };

  const { after, heldBy } = rollbackOrder(delivery);
  const backwards = nested(after, delivery.units);
  const placesBack = new Places([backwards], unitKeys(delivery, 'r'), places.groups + 1);
  const back: LayOut = {
    places: placesBack,
    name: (number) => `Rollback group ${number}`,
    unit: (path, onward) => {
      const { unit, number } = found(path);
      const seen = {
        number,
        record: (of: string) => placesBack.record(of, path),
        after: after.get(path) ?? [],
        heldBy: heldBy.get(path) ?? [],
      };
      return rollbackUnit(
        unit,
        { ...seen, applied: appliedCommit(unit, delivery), chosen: `${placesBack.root(path)}.k` },
        onward,
      );
    },
  };
  return { ...delivered, ...rollBack(backwards, back, settings) };
}

function deliverStages(
  stages: Stage[],
  layout: LayOut,
  dependents: ReadonlyMap<string, string[]>,
  ignored: ReadonlySet<string>,
): States {
  const parts = stages.map((stage, index): States => {
    const later = stages[index + 1];
    const onward = later ? stageName(later) : 'Record outcomes';
    const last = lastUnits(stage, dependents, ignored);
    const endedWell = `Ended well? ${stage.name}`;
    if (last.length === 0) return inParallel(stageName(stage), stage.parallel, layout, onward).states;
    const wellEnded = last.map((path): Test => ({ Variable: `${layout.places.record(path)}.r.ok`, IsPresent: true }));
    return {
      ...inParallel(stageName(stage), stage.parallel, layout, endedWell).states,
      [endedWell]: {
        Type: 'Choice',
        Choices: [{ ...allOf(wellEnded), Next: onward }],
        Default: firstOfRollback,
      },
    };
  });
  return Object.assign({}, ...parts);
}

/** A unit ends well only after all that it comes after, so that these speak for all that have a prospect of it. */
function lastUnits(
  { units }: Stage,
  dependents: ReadonlyMap<string, string[]>,
  ignored: ReadonlySet<string>,
): string[] {
  const own = new Set(units.map(({ path }) => path).filter((path) => !ignored.has(path)));
  return [...own].filter((path) => !dependents.get(path)?.some((dependent) => own.has(dependent)));
}

/** All units in one Parallel, whatever their stages: what is read goes back first, and that is delivered in an earlier stage. */
function rollBack(backwards: Stage['parallel'], layout: LayOut, settings: Settings): States {
  const { start, states } = inParallel('Roll back', backwards, layout, 'Record outcomes');
  const question = { told: '$.o', keep: { 'o.$': '$.o', 'k.$': '$.a.result.chosen' }, first: start };
  return { ...chooseRollback(settings, question), ...states };
}

/** From the records of the units on, everything is in the bucket; in the end `$.o` says where. */
function rollBackByGroups(settings: Settings): States {
  const question = { told: '$.o', keep: { 'o.$': '$.o', n: noGroup(0) }, first: 'Next group' };
  return {
    ...chooseRollback(settings, question),
    ...nextGroup(settings, { 'outcomes.$': '$.o' }, { 'roll-back': 'Roll group back', record: 'Rolled back' }),
    'Roll group back': rollGroupBack(settings),
    'Rolled back': {
      Type: 'Pass',
      Parameters: { ...sharedOn, 'o.$': `${next}.outcomes` },
      Next: 'Record outcomes',
    },
  };
}

/** Puts into words what is asked, so that the input of `Choose rollback` shows it. */
export const firstOfRollback = 'Describe rollback';

export interface RollbackQuestion {
  /** JSONPath of how the units ended. */
  told: string;
  /** The data that goes on behind the answer, besides what is the same for all. */
  keep: { [key: string]: Json };
  /** Where the rollback begins. */
  first: string;
}

export function chooseRollback(settings: Settings, { told, keep, first }: RollbackQuestion): States {
  const types = rollbackChoices.map((choice) => [choice, `Rollback type: ${choice}`] as const);
  const [again, unanswered] = ['Try again', 'Rollback not chosen'];
  const describe = callTask(
    settings.requestApproval,
    { ask: 'description of the rollback', 'outcomes.$': told },
    60,
    [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Not described' }],
    5,
  );
  const ask = askTask(
    settings.requestApproval,
    { ask: 'rollback', 'outcomes.$': told, 'what is asked.$': '$.a.result' },
    settings.approvalSeconds,
    [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: unanswered }],
  );
  return {
    [firstOfRollback]: { ...describe, Next: 'Choose rollback' },
    // Nobody goes unasked for want of words.
    'Not described': {
      Type: 'Pass',
      Result: { result: 'This could not be described; live-ci status shows it, and says what answers it.' },
      ResultPath: '$.a',
      Next: 'Choose rollback',
    },
    'Choose rollback': { ...ask, Next: 'Which rollback type?' },
    'Which rollback type?': {
      Type: 'Choice',
      Choices: [
        { Or: [lacks('$.a.result.rollback'), lacks('$.a.result.chosen')], Next: unanswered },
        ...[...types, ['retry', again] as const].map(([choice, name]) => ({
          Variable: '$.a.result.rollback',
          StringEquals: choice,
          Next: name,
        })),
      ],
      Default: unanswered,
    },
    ...Object.fromEntries(
      types.map(([choice, name]) => [
        name,
        {
          Type: 'Pass',
          Parameters: { ...sharedOn, ...keep },
          Next: choice === 'none' ? 'Record outcomes' : first,
        } as const,
      ]),
    ),
    [again]: {
      Type: 'Pass',
      Comment: 'What did not end well is delivered anew once this has ended',
      Parameters: { ...sharedOn, ...keep },
      Next: 'Record outcomes',
    },
    [unanswered]: { Type: 'Pass', Comment: 'Nobody answered in time: as with none', Next: 'Record outcomes' },
  };
}

/** @param told JSONPath of how the units ended. */
export function ending({ finish }: Settings, told: string): States {
  const record = callTask(finish, { 'outcomes.$': told }, 300, [
    { ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Halted' },
  ]);
  const sync = callBuild({
    input: { sync: '', ...ofDelivery },
    name: ['sync'],
    record: '$.sync',
    broken: 'Not in step with git',
  });
  return {
    'Record outcomes': { ...record, Next: 'How did it end?' },
    'How did it end?': {
      Type: 'Choice',
      Choices: [
        { Or: [lacks('$.a.result.halted'), lacks('$.a.result.sync')], Next: 'Halted' },
        { Variable: '$.a.result.halted', BooleanEquals: true, Next: 'Halted' },
        { Variable: '$.a.result.sync', BooleanEquals: true, Next: 'Sync repository' },
      ],
      Default: 'Delivered',
    },
    'Sync repository': { ...sync, Next: 'In step with git?' },
    'In step with git?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.sync.r.failed', IsPresent: true, Next: 'Not in step with git' }],
      Default: 'Delivered',
    },
    Delivered: { Type: 'Succeed' },
    Halted: {
      Type: 'Fail',
      Error: 'LiveCi.Halted',
      Cause:
        'A rollback failed, an apply was left half done, or the outcomes could not be written down. The queue waits: see live-ci status, then run live-ci replay or live-ci skip.',
    },
    'Not in step with git': {
      Type: 'Fail',
      Error: 'LiveCi.NotInStep',
      Cause:
        'The commit that puts undelivered units back could not be pushed. See its log in live-ci status, then run live-ci replay or live-ci skip.',
    },
  };
}
