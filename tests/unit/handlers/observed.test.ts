import { jest } from '@jest/globals';
import { metric, observed } from '../../../handlers/observed.ts';
import { DeliveryError } from '../../../src/errors.ts';

let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
});
afterEach(() => jest.restoreAllMocks());

function keep(text: string | Uint8Array): boolean {
  lines.push(JSON.parse(String(text)));
  return true;
}

const context = {
  functionName: 'live-ci-test-poll',
  awsRequestId: 'request-1',
  memoryLimitInMB: '256',
} as Parameters<ReturnType<typeof observed>>[1];

const asItIs = (event: unknown) => event;

test('a handler that fails logs which call, which delivery and unit, and the error with its code and cause', async () => {
  const cause = new Error('the disk is full');
  const failing = observed(
    asItIs,
    () => ({ delivery: '0123456789ab-1', unit: 'prod/vpc' }),
    async () => {
      throw new DeliveryError('It could not be written.', { cause });
    },
  );
  await expect(failing({}, context)).rejects.toThrow('It could not be written.');
  expect(lines).toMatchObject([
    {
      level: 'ERROR',
      message: 'It could not be written.',
      service: 'live-ci',
      function_name: 'live-ci-test-poll',
      function_request_id: 'request-1',
      cold_start: expect.any(Boolean),
      delivery: '0123456789ab-1',
      unit: 'prod/vpc',
      error: { name: 'DeliveryError', code: 'delivery', cause: { message: 'the disk is full' } },
    },
  ]);
});

test('a line tells nothing of the delivery of the call before', async () => {
  const first = observed(
    asItIs,
    () => ({ delivery: 'first', unit: 'prod/vpc' }),
    async () => 'done',
  );
  const second = observed(
    asItIs,
    () => ({}),
    () => Promise.reject(new Error('it broke')),
  );
  await first({}, context);
  await expect(second({}, context)).rejects.toThrow('it broke');
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toHaveProperty('delivery');
});

test('an event that makes no sense is logged, too', async () => {
  const strict = observed(
    () => {
      throw new Error('no such event');
    },
    () => ({}),
    async () => {},
  );
  await expect(strict({}, context)).rejects.toThrow('no such event');
  expect(lines).toMatchObject([{ level: 'ERROR', message: 'no such event', function_request_id: 'request-1' }]);
});

test('what a handler measures is put out in the embedded metric format, for the deployment, also when it fails', async () => {
  const failing = observed(
    asItIs,
    () => ({}),
    async () => {
      metric('QueueAge', 90);
      metric('Units', 3, { outcome: 'applied' });
      metric('Units', 1, { outcome: 'failed' });
      throw new Error('it broke');
    },
  );
  await expect(failing({}, context)).rejects.toThrow('it broke');
  const measured = lines.filter((line) => '_aws' in line);
  const described = (Name: string, Unit: string, ...dimensions: string[]) => ({
    CloudWatchMetrics: [{ Namespace: 'LiveCi', Dimensions: [dimensions], Metrics: [{ Name, Unit }] }],
  });
  expect(measured).toMatchObject([
    { service: 'live-ci', outcome: 'applied', Units: 3, _aws: described('Units', 'Count', 'service', 'outcome') },
    { service: 'live-ci', outcome: 'failed', Units: 1, _aws: described('Units', 'Count', 'service', 'outcome') },
    { service: 'live-ci', QueueAge: 90, _aws: described('QueueAge', 'Seconds', 'service') },
  ]);
});
