/**
 * The compact form of a delivery's state machine: always the same few states, however many units there are.
 *
 *   Next group ▸ Which step? ▸ Deliver group ▸ Next group ▸ … ▸ Describe rollback ▸ Choose rollback
 *     ▸ Which rollback type? ▸ Next group ▸ Which step? ▸ Roll group back ▸ … ▸ Record outcomes ▸ as the inline form ends
 *
 * A group is a set of units that can be delivered at the same time. The function `next-group` finds it and leaves it in the
 * bucket (src/delivery/next-group.ts); a Map in distributed mode then runs one execution for each of its units, which does
 * what the inline form does with a unit. How each ended is read from the bucket, too, so no data of a unit ever runs through
 * this execution: besides what is the same for all (tasks.ts), it has in `$.n.result` what `next-group` said last, and in
 * `$.a` what another function answered.
 */
import type { Delivery } from '../../src/model.ts';
import type { Machine } from '../asl.ts';
import { chooseRollback, ending, firstOfRollback, machineOf } from '../pipeline.ts';
import type { Settings } from '../settings.ts';
import { deliverGroup, next, nextGroup, noGroup, rollGroupBack } from './groups.ts';

const ways = {
  deliver: 'Deliver group',
  'roll-back': 'Roll group back',
  'ask-rollback': firstOfRollback,
  record: 'Record outcomes',
};

export function buildCompactPipeline(delivery: Delivery, settings: Settings): Machine {
  const first = 'Next group';
  return machineOf(delivery, settings, { n: noGroup(null) }, first, {
    ...nextGroup(settings, {}, ways),
    'Deliver group': deliverGroup(settings),
    'Roll group back': rollGroupBack(settings),
    ...chooseRollback(settings, { told: `${next}.outcomes`, keep: { 'n.$': '$.n' }, first }),
    ...ending(settings, `${next}.outcomes`),
  });
}
