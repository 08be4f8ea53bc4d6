/** Deliveries with everybody held to their roles, and which permissions they need. */
import { jest } from '@jest/globals';
import { startHeldPipeline } from '../support/held-pipeline.ts';
import { deliverEverything, inlineUnits } from '../support/held-scenario.ts';

jest.setTimeout(600_000);

let held: Awaited<ReturnType<typeof startHeldPipeline>>;
beforeAll(async () => {
  held = await startHeldPipeline(`inlineUnits: ${inlineUnits}\n`);
});
afterAll(() => held[Symbol.asyncDispose]());

test('whatever happens to a commit, every function, build and state machine gets by with its own role', async () => {
  await deliverEverything(held.pipeline);
  const refused = (await held.calls()).filter(({ allowed }) => !allowed);
  expect(refused).toEqual([]);
});
