/**
 * The state machine that one delivery becomes.
 *
 *   Stage <name> ▸ Ended well? <name> ▸ … ▸ Record outcomes ▸ In step with git? ▸ (Sync repository) ▸ Delivered
 *        └─ no ▸ (Cancel what comes later) ▸ Choose rollback ▸ Which rollback type? ▸ Rollback stage <name> … ▸ Record outcomes
 *
 * The data that runs through it: `$.o`, each ended unit's record by its key; `$.r.result`, the last task's answer; during
 * a rollback `$.k`, whether a unit was chosen, by key.
 */
import { type Delivery, type DeliveryUnit, rollbackChoices } from '../src/model.ts';
import { anyOf, type Fragment, type Machine, type Onward, type States, type Test } from './asl.ts';
import { inParallel, join, type LayOut } from './lay-out.ts';
import { label } from './name-states.ts';
import { decompose } from './nesting/decompose.ts';
import { type Group, reversed } from './nesting/group.ts';
import { rollbackUnit } from './rollback-unit.ts';
import type { Settings } from './settings.ts';
import { askTask, buildTask, callTask } from './tasks.ts';
import { deliverUnit } from './unit.ts';
import { type Keys, unitKeys } from './unit-keys.ts';

interface Stage {
  name: string;
  units: DeliveryUnit[];
  /** Branches that share no dependency. */
  branches: Group[];
}

/** A complete definition. Units must be in an order in which each follows everything in its `after`. */
export function buildPipeline(delivery: Delivery, settings: Settings): Machine {
  const stages = stagesOf(delivery.units);
  const start: States = {
    Start: { Type: 'Pass', Parameters: { o: {} }, Next: stages[0] ? stageName(stages[0]) : 'Record outcomes' },
  };
  return {
    Comment: describe(delivery),
    StartAt: 'Start',
    States: {
      ...start,
      ...(stages.length > 0
        ? { ...deliverStages(delivery, stages, settings), ...rollBack(delivery, stages, settings) }
        : {}),
      ...ending(delivery, settings, '$.o'),
    },
  };
}

export function describe(delivery: Delivery): string {
  const what = delivery.units.length === 0 ? 'touches no unit' : `${delivery.units.length} unit(s)`;
  return `${delivery.repository} ${delivery.branch} ${delivery.head.slice(0, 12)}: ${what}`;
}

/** Leaves room for "Join Cancel what comes after …" within 80 characters. */
const longestStage = 48;

const stageName = (stage: Stage) => `Stage ${stage.name}`;

/** Stages in the order of their first unit; the delivery's order already follows the configuration's. */
function stagesOf(units: DeliveryUnit[]): Stage[] {
  const byName = Map.groupBy(units, (unit) => unit.stage);
  return [...byName].map(([name, members]) => {
    const seconds = new Map(members.map((unit) => [unit.path, unit.seconds]));
    const order = new Map(members.map((unit) => [unit.path, unit.after]));
    const group = decompose(order, (path) => seconds.get(path) ?? null);
    if (group === undefined) throw new RangeError(`stage ${name} has no units`);
    return {
      name: label(name, longestStage),
      units: members,
      branches: group.kind === 'parallel' ? group.groups : [group],
    };
  });
}

function layOutOf(delivery: Delivery, what: string, keep: string[], unit: LayOut['unit']): LayOut {
  let groups = 0;
  return { unit, keep, key: unitKeys(delivery), name: () => `${what} ${++groups}` };
}

function deliverStages(delivery: Delivery, stages: Stage[], settings: Settings): States {
  const key = unitKeys(delivery);
  const units = new Map(delivery.units.map((unit) => [unit.path, unit]));
  const layout = layOutOf(delivery, 'Group', [], (path, onward) =>
    deliverUnit(found(units, path), delivery.head, key, settings, onward),
  );
  const parts = stages.map((stage, index): States => {
    const later = stages.slice(index + 1);
    const next = later[0] ? stageName(later[0]) : 'Record outcomes';
    const endedWell = `Ended well? ${stage.name}`;
    const cancel = `Cancel what comes after ${stage.name}`;
    const endedBadly = stage.units.map(
      (unit): Test => ({ Variable: `$.o.${key(unit.path)}.ok`, BooleanEquals: false }),
    );
    return {
      ...inParallel(stageName(stage), stage.branches, layout, { Next: endedWell }).states,
      [endedWell]: {
        Type: 'Choice',
        Choices: [{ ...anyOf(endedBadly), Next: later.length > 0 ? cancel : 'Choose rollback' }],
        Default: next,
      },
      ...(later.length > 0 ? cancelled(cancel, later, key) : {}),
    };
  });
  return Object.assign({}, ...parts);
}

function cancelled(name: string, stages: Stage[], key: Keys): States {
  const records = stages
    .flatMap((stage) => stage.units)
    .map((unit) => [key(unit.path), { unit: unit.path, outcome: 'cancelled', ok: false }] as const);
  return {
    [name]: { Type: 'Pass', Result: Object.fromEntries(records), ResultPath: '$.g', Next: `Join ${name}` },
    [`Join ${name}`]: join([], { Next: 'Choose rollback' }),
  };
}

function rollBack(delivery: Delivery, stages: Stage[], settings: Settings): States {
  const key = unitKeys(delivery);
  const units = new Map(delivery.units.map((unit) => [unit.path, unit]));
  const dependents = new Map<string, string[]>(delivery.units.map((unit) => [unit.path, []]));
  for (const { path, after } of delivery.units) for (const earlier of after) dependents.get(earlier)?.push(path);
  const layout = layOutOf(delivery, 'Rollback group', ['k'], (path, onward) =>
    rollbackUnit(found(units, path), dependents.get(path) ?? [], delivery.head, key, settings, onward),
  );
  const name = (stage: Stage) => `Rollback stage ${stage.name}`;
  const backwards = [...stages].reverse();
  const parts = backwards.map((stage, index): Fragment => {
    const next = backwards[index + 1];
    const onward: Onward = { Next: next ? name(next) : 'Record outcomes' };
    return inParallel(name(stage), stage.branches.map(reversed), layout, onward);
  });
  const question = { told: '$.o', keep: { 'o.$': '$.o', 'k.$': '$.r.result.chosen' }, first: parts[0]?.start ?? '' };
  return Object.assign(chooseRollback(settings, question), ...parts.map((part) => part.states));
}

export interface RollbackQuestion {
  /** JSONPath of how the units ended. */
  told: string;
  /** The data that goes on behind the answer. */
  keep: { [key: string]: string };
  /** Where the rollback begins. */
  first: string;
}

export function chooseRollback(settings: Settings, { told, keep, first }: RollbackQuestion): States {
  const types = rollbackChoices.map((choice) => [choice, `Rollback type: ${choice}`] as const);
  const ask = askTask(
    settings.requestApproval,
    {
      ask: 'rollback',
      'outcomes.$': told,
      'To answer, start the state machine "decision" with': {
        'delivery.$': '$$.Execution.Name',
        decision: 'decline',
        rollback: 'none | current | dependencies | all | selective (with "units": ["path", …])',
      },
    },
    settings.approvalSeconds,
  );
  const unanswered = 'Rollback not chosen';
  return {
    'Choose rollback': {
      ...ask,
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: unanswered }],
      Next: 'Which rollback type?',
    },
    'Which rollback type?': {
      Type: 'Choice',
      Choices: types.map(([choice, name]) => ({ Variable: '$.r.result.rollback', StringEquals: choice, Next: name })),
      Default: unanswered,
    },
    ...Object.fromEntries(
      types.map(([choice, name]) => [
        name,
        {
          Type: 'Pass',
          Parameters: keep,
          Next: choice === 'none' ? 'Record outcomes' : first,
        } as const,
      ]),
    ),
    [unanswered]: { Type: 'Pass', Comment: 'Nobody answered in time: as with none', Next: 'Record outcomes' },
  };
}

/** @param told JSONPath of how the units ended. */
export function ending(delivery: Delivery, settings: Settings, told: string): States {
  const record = callTask(settings.finish, { 'outcomes.$': told }, 300, [
    { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Halted' },
  ]);
  const sync = buildTask(
    settings.executor,
    { action: 'sync', commit: delivery.head, timeoutSeconds: settings.planSeconds },
    [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Not in step with git' }],
  );
  return {
    'Record outcomes': { ...record, Next: 'How did it end?' },
    'How did it end?': {
      Type: 'Choice',
      Choices: [
        { Variable: '$.r.result.halted', BooleanEquals: true, Next: 'Halted' },
        { Variable: '$.r.result.sync', BooleanEquals: true, Next: 'Sync repository' },
      ],
      Default: 'Delivered',
    },
    'Sync repository': { ...sync, ResultPath: '$.sync', Next: 'Delivered' },
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

function found(units: ReadonlyMap<string, DeliveryUnit>, path: string): DeliveryUnit {
  const unit = units.get(path);
  if (unit === undefined) throw new RangeError(`unit ${path} is not in the delivery`);
  return unit;
}
