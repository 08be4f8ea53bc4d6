import { jest } from '@jest/globals';
import { liveCi } from '../support/command-line.ts';
import {
  approveAll,
  approveAnd,
  endings,
  type LocalPipeline,
  startLocalPipeline,
  terraformUnit,
} from '../support/local-pipeline.ts';

jest.setTimeout(300_000);

let pipeline: LocalPipeline;
beforeAll(async () => {
  pipeline = await startLocalPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

test('a delivery is cancelled while a unit waits, and what it has applied is rolled back', async () => {
  const { states } = pipeline.repository;
  const commit = await pipeline.repository.commit({
    ...terraformUnit(states, 'base', { value: 'one' }),
    ...terraformUnit(states, 'app', { value: 'app', reads: ['base'] }),
    ...terraformUnit(states, 'late', { value: 'late', reads: ['app'] }),
  });
  const words = ['cancel', '--yes', '--comment', 'wrong day'];
  const said: string[] = [];
  const cancel = async () => {
    const { code, out, error } = await liveCi(states, words, pipeline.stack.environment);
    said.push(`${code} ${out}${error}`);
  };
  let cancelling: Promise<void> | undefined;
  const delivery = await pipeline.follow(commit, (status) => {
    const waits = status.units.find(({ path }) => path === 'app')?.state === 'waiting-for-approval';
    if (waits) cancelling ??= cancel();
    return waits ? [] : approveAnd({ rollback: 'all' })(status);
  });
  await cancelling;
  expect(said).toEqual([expect.stringMatching(/^0 [0-9a-f]{12}-1 is cancelled\. Approvals taken back: app\./)]);
  expect(endings(delivery)).toEqual({ base: 'rolled-back', app: 'cancelled', late: 'cancelled' });
  expect(delivery).toMatchObject({ state: 'ended', cancelled: { comment: 'wrong day' } });
  const late = ['cancel', '--yes', '--delivery', delivery.delivery];
  expect(await liveCi(states, late, pipeline.stack.environment)).toMatchObject({
    code: 1,
    error: expect.stringContaining(`Delivery ${delivery.delivery} has ended`),
  });
});

test('a delivery that is cancelled as it starts applies nothing', async () => {
  const { states } = pipeline.repository;
  await pipeline.follow(await pipeline.tip());
  const commit = await pipeline.repository.commit(terraformUnit(states, 'other', { value: 'one' }));
  const delivery = await pipeline.follow(commit, (status) => [
    { delivery: status.delivery, decision: 'cancel' },
    ...approveAll(status),
  ]);
  expect(endings(delivery).other).toBe('cancelled');
});
