import aslValidator from 'asl-validator';
import fc from 'fast-check';
import { buildPipeline } from '../../statemachine/pipeline.ts';
import { arbitraryDelivery, runs } from '../support/arbitrary-delivery.ts';
import { settingsFor } from '../support/definition.ts';

/** Machines that are validated side by side: most of the time that one takes is the same for all. */
const together = 25;

const machine = fc
  .tuple(arbitraryDelivery(6), fc.constantFrom('codebuild' as const, 'lambda' as const))
  .map(([delivery, kind]) => buildPipeline(delivery, settingsFor(kind)));

test('every definition passes asl-validator, with builds in CodeBuild and in a Lambda', () => {
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
