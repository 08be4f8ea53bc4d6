/** Which definition a delivery gets: one that shows every unit, as long as Step Functions can run it. */
import { DeliveryError } from '../src/errors.ts';
import type { Delivery } from '../src/model.ts';
import type { Machine } from './asl.ts';
import { fits, quotas, type Size, sizeOf } from './limits.ts';
import { buildPipeline } from './pipeline.ts';
import type { Settings } from './settings.ts';

export interface Chosen {
  form: 'inline';
  definition: Machine;
  size: Size;
}

/** @throws DeliveryError when no form of the delivery fits into Step Functions' quotas. */
export function choosePipeline(delivery: Delivery, settings: Settings): Chosen {
  const definition = buildPipeline(delivery, settings);
  const size = sizeOf(definition, delivery);
  if (fits(size)) return { form: 'inline', definition, size };
  throw new DeliveryError(
    `A delivery of ${delivery.units.length} units needs a definition of ${size.bytes} bytes, up to ${size.events} events and ${size.payload} bytes of data, and Step Functions takes ${quotas.bytes}, ${quotas.events} and ${quotas.payload}; deliver fewer units in one commit.`,
  );
}
