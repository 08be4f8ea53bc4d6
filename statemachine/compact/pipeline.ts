/**
 * The compact form of a delivery's state machine: always the same few states, however many units there are.
 *
 *   Next group ▸ Which step? ▸ Deliver group ▸ Next group ▸ … ▸ Choose rollback ▸ Which rollback type?
 *     ▸ Next group ▸ Which step? ▸ Roll group back ▸ … ▸ Record outcomes ▸ as the inline form ends
 *
 * A group is a set of units that can be delivered at the same time. The function `next-group` finds it and leaves it in the
 * bucket (src/delivery/next-group.ts); a Map in distributed mode then runs one execution for each of its units, which does
 * what the inline form does with a unit. How each ended is read from the bucket, too, so no data of a unit ever runs through
 * this execution: besides what is the same for all (tasks.ts), it has in `$.n.result` what `next-group` said last, and in
 * `$.a` what another function answered.
 */
import type { Delivery } from '../../src/model.ts';
import type { DistributedMap, Machine, Pass, States } from '../asl.ts';
import { chooseRollback, ending, machineOf } from '../pipeline.ts';
import type { Settings } from '../settings.ts';
import { callBuild, callTask, ofDelivery } from '../tasks.ts';
import { deliverUnit } from '../unit.ts';

const next = '$.n.result';

/** The states that are gone through for each group. */
export const loop = ['Next group', 'Which step?', 'Deliver group'];

export function buildCompactPipeline(delivery: Delivery, settings: Settings): Machine {
  const first = 'Next group';
  return machineOf(delivery, settings, { n: { result: { group: 0, turn: null } } }, first, {
    ...nextGroup(settings),
    'Deliver group': eachUnit('Deliver', 'Plan', deliver, settings),
    'Roll group back': eachUnit('RollBack', 'Rollback', rollBack, settings),
    ...chooseRollback(settings, { told: `${next}.outcomes`, keep: { 'n.$': '$.n' }, first }),
    ...ending(settings, `${next}.outcomes`),
  });
}

function nextGroup(settings: Settings): States {
  const call = callTask(settings.nextGroup, { 'progress.$': next }, 900, [
    { ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Halted' },
  ]);
  const steps = [
    ['deliver', 'Deliver group'],
    ['roll-back', 'Roll group back'],
    ['ask-rollback', 'Choose rollback'],
  ] as const;
  return {
    'Next group': { ...call, ResultPath: '$.n', Next: 'Which step?' },
    'Which step?': {
      Type: 'Choice',
      Choices: steps.map(([step, Next]) => ({ Variable: `${next}.step`, StringEquals: step, Next })),
      Default: 'Record outcomes',
    },
  };
}

/** Step Functions looks at what the executions of a Map answer together, which may be 256 KB: each answers nothing. */
const end: Pass = { Type: 'Pass', Result: {}, End: true };

const deliver: States = {
  ...deliverUnit(
    {
      names: { plan: 'Plan', ask: 'Ask?', approve: 'Approve', apply: 'Apply' },
      input: { 'plan.$': '$.unit', ...ofDelivery },
      record: '$.u',
    },
    'Unit is over',
  ),
  'Unit is over': end,
};

const rollBack: States = {
  Rollback: {
    ...callBuild({ input: { 'rollback.$': '$.unit', ...ofDelivery }, record: '$.u', broken: 'Rollback is over' }),
    Next: 'Rollback is over',
  },
  'Rollback is over': end,
};

/**
 * The item is what `next-group` wrote. No failure of a unit may stop the others, or this execution: what became of each,
 * `next-group` reads from the bucket, also when the Map itself breaks.
 */
function eachUnit(Label: string, StartAt: string, States: States, { bucket, unitsAtOnce }: Settings): DistributedMap {
  return {
    Type: 'Map',
    Label,
    ItemReader: {
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { Bucket: bucket, 'Key.$': `${next}.items` },
    },
    ItemSelector: { 'm.$': '$.m', 'unit.$': '$$.Map.Item.Value.unit', 'c.$': '$$.Map.Item.Value.of' },
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt, States },
    MaxConcurrency: unitsAtOnce,
    ToleratedFailurePercentage: 100,
    ResultPath: null,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Next group' }],
    Next: 'Next group',
  };
}
