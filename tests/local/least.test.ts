/** Deliveries with everybody held to their roles, and which permissions they need. */
import { jest } from '@jest/globals';
import { startHeldPipeline } from '../support/held-pipeline.ts';
import { endings, terraformUnit, type UnitCode } from '../support/local-pipeline.ts';

jest.setTimeout(300_000);

let held: Awaited<ReturnType<typeof startHeldPipeline>>;
beforeAll(async () => {
  held = await startHeldPipeline();
});
afterAll(() => held[Symbol.asyncDispose]());

const unit = (path: string, code: UnitCode) => terraformUnit(held.pipeline.repository.states, path, code);

test('a commit', async () => {
  const { pipeline } = held;
  const commit = await pipeline.repository.commit(unit('base', { value: 'one' }));
  const delivery = await pipeline.follow(commit);
  expect(endings(delivery)).toEqual({ base: 'applied' });
  const calls = await held.calls();
  expect([...new Set(calls.filter(({ allowed }) => !allowed).map((call) => JSON.stringify(call)))]).toEqual([]);
  console.error([...new Set(calls.map((call) => `${call.role} ${call.action} ${call.resource}`))].sort().join('\n'));
});
