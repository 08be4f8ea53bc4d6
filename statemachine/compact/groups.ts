/**
 * Groups of units, one after the other, for as many units as there are:
 *
 *   Next group ▸ Which step? ▸ Deliver group, or Roll group back ▸ Next group ▸ …
 *
 * The function `next-group` finds a group and leaves it in the bucket (src/delivery/next-group.ts); a Map in distributed mode then
 * runs one execution for each of its units. What `next-group` said last is in `$.n.result`.
 */
import { type DistributedMap, type Json, lacks, type Pass, type States } from '../asl.ts';
import type { Settings } from '../settings.ts';
import { callBuild, callTask, ofDelivery } from '../tasks.ts';
import { deliverUnit } from '../unit.ts';

/** JSONPath of what `next-group` said last. */
export const next = '$.n.result';

/** `$.n` before `next-group` has said anything; a rollback that begins with it has nothing delivered in groups behind it. */
export const noGroup = (turn: number | null): Json => ({ result: { group: 0, turn } });

/** Where a step of `next-group` leads to. */
export interface Ways {
  deliver?: string;
  'roll-back': string;
  'ask-rollback'?: string;
  /** Nothing is left to do. */
  record: string;
}

/** @param told what `next-group` is told besides how far it has come. */
export function nextGroup(settings: Settings, told: { [key: string]: Json }, { record, ...ways }: Ways): States {
  const call = callTask(settings.nextGroup, { 'progress.$': next, ...told }, 900, [
    { ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Halted' },
  ]);
  return {
    'Next group': { ...call, ResultPath: '$.n', Next: 'Which step?' },
    'Which step?': {
      Type: 'Choice',
      Choices: [
        { ...lacks(`${next}.step`), Next: 'Halted' },
        ...Object.entries(ways).map(([step, Next]) => ({ Variable: `${next}.step`, StringEquals: step, Next })),
      ],
      Default: record,
    },
  };
}

export const deliverGroup = (settings: Settings) => eachUnit('Deliver', 'Plan', deliver, settings);

export const rollGroupBack = (settings: Settings) => eachUnit('RollBack', 'Rollback', rollBack, settings);

/** Step Functions looks at what the executions of a Map answer together, which may be 256 KB: each answers nothing. */
const end: Pass = { Type: 'Pass', Result: {}, End: true };

/** The unit's place in its group. */
const place = ['{}-{}', '$.g', '$.i'] as const;

const deliver: States = {
  ...deliverUnit(
    {
      names: { plan: 'Plan', ask: 'Ask?', approve: 'Approve', apply: 'Apply' },
      input: { 'plan.$': '$.unit', ...ofDelivery },
      name: [...place],
      record: '$.u',
    },
    'Unit is over',
  ),
  'Unit is over': end,
};

const rollBack: States = {
  Rollback: {
    ...callBuild({
      input: { 'rollback.$': '$.unit', ...ofDelivery },
      name: [`${place[0]}-rollback`, ...place.slice(1)],
      record: '$.u',
      broken: 'Rollback is over',
    }),
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
    ItemSelector: {
      'm.$': '$.m',
      'g.$': `${next}.group`,
      'i.$': '$$.Map.Item.Index',
      'unit.$': '$$.Map.Item.Value.unit',
      'c.$': '$$.Map.Item.Value.of',
    },
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt, States },
    MaxConcurrency: unitsAtOnce,
    ToleratedFailurePercentage: 100,
    ResultPath: null,
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: 'Next group' }],
    Next: 'Next group',
  };
}
