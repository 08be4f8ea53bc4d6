/**
 * The compact form of a delivery's state machine: always the same few states, however many units there are.
 *
 *   Next group ▸ Which step? ▸ Deliver group ▸ Next group ▸ … ▸ Choose rollback ▸ Which rollback type?
 *     ▸ Next group ▸ Which step? ▸ Roll group back ▸ … ▸ Record outcomes ▸ as the inline form ends
 *
 * A group is a set of units that can be delivered at the same time. The function `next-group` finds it and leaves it in the
 * bucket (src/delivery/next-group.ts); a Map in distributed mode then runs one execution for each of its units, which does
 * what the inline form does with a unit. How each ended is read from the bucket, too, so no data of a unit ever runs through
 * this execution: `$.next.result` is what `next-group` said last.
 */
import type { Delivery } from '../../src/model.ts';
import type { DistributedMap, Json, Machine, States } from '../asl.ts';
import { chooseRollback, describe, ending } from '../pipeline.ts';
import type { Settings } from '../settings.ts';
import { buildTask, callTask } from '../tasks.ts';
import { deliverUnit } from '../unit.ts';

const next = '$.next.result';

export function buildCompactPipeline(delivery: Delivery, settings: Settings): Machine {
  return {
    Comment: describe(delivery),
    StartAt: 'Start',
    States: {
      Start: { Type: 'Pass', Parameters: { next: { result: { group: 0, turn: null } } }, Next: 'Next group' },
      ...nextGroup(settings),
      'Deliver group': eachUnit('Deliver', deliverStates(settings), settings),
      'Roll group back': eachUnit('RollBack', rollbackStates(settings), settings),
      ...chooseRollback(settings, { told: `${next}.outcomes`, keep: { 'next.$': '$.next' }, first: 'Next group' }),
      ...ending(delivery, settings, `${next}.outcomes`),
    },
  };
}

function nextGroup(settings: Settings): States {
  const call = callTask(settings.nextGroup, { 'progress.$': next }, 900, [
    { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Halted' },
  ]);
  const steps = [
    ['deliver', 'Deliver group'],
    ['roll-back', 'Roll group back'],
    ['ask-rollback', 'Choose rollback'],
  ] as const;
  return {
    'Next group': { ...call, ResultPath: '$.next', Next: 'Which step?' },
    'Which step?': {
      Type: 'Choice',
      Choices: steps.map(([step, Next]) => ({ Variable: `${next}.step`, StringEquals: step, Next })),
      Default: 'Record outcomes',
    },
  };
}

/**
 * A unit that fails leaves it to `next-group` to say so: no failure of one may stop the others, and what the executions
 * answer is thrown away. It is nothing anyway, since all answers together must not be larger than 256 KB (Step Functions
 * quotas, payload size).
 */
function eachUnit(
  label: string,
  { start, states }: { start: string; states: States },
  settings: Settings,
): DistributedMap {
  return {
    Type: 'Map',
    Label: label,
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { Bucket: settings.bucket, 'Key.$': `${next}.items` },
    },
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: start,
      States: states,
    },
    ItemSelector: { 'unit.$': '$$.Map.Item.Value.unit', 'c.$': '$$.Map.Item.Value.of' },
    MaxConcurrency: settings.unitsAtOnce,
    ToleratedFailurePercentage: 100,
    ResultPath: null,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Next group' }],
    Next: 'Next group',
  };
}

// TODO: throwaway until the unit's states take their terms from data.
const over: States = { Over: { Type: 'Pass', Result: {}, End: true } };
function fromData(states: States): States {
  const walk = (value: Json): Json => {
    if (typeof value === 'string') return value.replaceAll(' @unit', '');
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]): [string, Json] => {
        if (key === 'unit' && inner === '@unit') return ['unit.$', '$.unit'];
        if (inner === '@commit') return [`${key}.$`, '$.c.commit'];
        if (key === 'action' && inner === 'apply') return ['action.$', '$.c.then'];
        if (inner === '$$.Execution.Name') return [key, '$.c.delivery'];
        if (key === 'Result') return ['Parameters', walk(inner)];
        return [key.replaceAll(' @unit', ''), walk(inner)];
      }),
    );
  };
  return walk(states as never) as never;
}
function deliverStates(settings: Settings) {
  const unit = { path: '@unit', after: [], reasons: [], change: 'modified', deleted: false } as never;
  const { start, states } = deliverUnit(unit, '@commit', () => 'u', settings, { Next: 'Over' });
  return { start: start.replace(' @unit', ''), states: { ...fromData(states), ...over } as States };
}
function rollbackStates(settings: Settings) {
  const rollback = buildTask(
    settings.executor,
    { action: 'rollback', unit: '@unit', commit: '@commit', timeoutSeconds: settings.applySeconds },
    [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Over' }],
  );
  return { start: 'Rollback', states: { ...fromData({ Rollback: { ...rollback, Next: 'Over' } }), ...over } as States };
}
