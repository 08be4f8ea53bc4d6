import aslValidator from 'asl-validator';
import fc from 'fast-check';
import { buildPipeline } from '../../statemachine/pipeline.ts';
import { arbitraryDelivery, runs } from '../support/arbitrary-delivery.ts';
import { settings } from '../support/definition.ts';

/** Machines that are validated side by side: most of the time that one takes is the same for all. */
const together = 25;

const machine = arbitraryDelivery(6).map((delivery) => buildPipeline(delivery, settings));

test('every definition passes asl-validator', () => {
  fc.assert(
    fc.property(fc.array(machine, { minLength: together, maxLength: together }), (machines) => {
      const Branches = machines.map(({ StartAt, States }) => ({ StartAt, States }));
      const { errors } = aslValidator({ StartAt: 'All', States: { All: { Type: 'Parallel', Branches, End: true } } });
      // Each of them has its own "Start"; definition.test.ts sees to the names inside of one.
      expect(errors.filter((error) => error['Error code'] !== 'DUPLICATE_STATE_NAMES')).toEqual([]);
    }),
    { numRuns: runs / together },
  );
}, 600_000);
