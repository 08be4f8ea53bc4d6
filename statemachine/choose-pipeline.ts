/**
 * Which definition a delivery gets, the first of these that Step Functions can run: one that shows every unit on its way forward and
 * back; one that shows it on its way forward; the compact one.
 */
import { DeliveryError } from '../src/errors.ts';
import type { Delivery } from '../src/model.ts';
import type { Machine } from './asl.ts';
import { buildCompactPipeline } from './compact/pipeline.ts';
import { groupsOf, sizeOfCompact, sizeOfInlineAndGroups } from './compact/size.ts';
import { fits, quotas, type Size, sizeOf } from './limits.ts';
import { buildPipeline } from './pipeline.ts';
import type { Settings } from './settings.ts';

export interface Chosen {
  form: 'inline' | 'inline forward' | 'compact';
  definition: Machine;
  size: Size;
}

/** As many as the compact form is tested with. */
const mostUnits = 10_000;

/** @throws DeliveryError when no form of the delivery fits into Step Functions' quotas. */
export function choosePipeline(delivery: Delivery, settings: Settings): Chosen {
  const { length } = delivery.units;
  if (length > mostUnits)
    throw new DeliveryError(
      `A delivery has at most ${mostUnits} units, and this one has ${length}; deliver fewer units in one commit.`,
    );
  if (length <= settings.inlineUnits) {
    const definition = buildPipeline(delivery, settings);
    const size = sizeOf(definition, delivery);
    if (fits(size)) return { form: 'inline', definition, size };
    const forward = buildPipeline(delivery, settings, 'groups');
    const sizeForward = sizeOfInlineAndGroups(forward, delivery);
    if (fits(sizeForward)) return { form: 'inline forward', definition: forward, size: sizeForward };
  }
  const definition = buildCompactPipeline(delivery, settings);
  const size = sizeOfCompact(definition, delivery);
  if (fits(size)) return { form: 'compact', definition, size };
  throw new DeliveryError(
    `A delivery of ${length} units, ${groupsOf(delivery)} of them one after the other, needs up to ${size.events} events and ${size.payload} bytes of data, and Step Functions takes ${quotas.events} and ${quotas.payload}; deliver fewer units in one commit.`,
  );
}
