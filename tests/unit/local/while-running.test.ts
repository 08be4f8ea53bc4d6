import type { ExecutionStatus } from '../../../src/delivery/step-functions.ts';
import { whileRunning } from '../../../src/local/while-running.ts';

/** Executions by name; each is asked for its state as often as the work takes. */
const executions = (states: Record<string, ExecutionStatus>) => ({
  status: async (name: string) => states[name] ?? 'RUNNING',
});

const untilStopped = (signal: AbortSignal) =>
  new Promise<string>((ended) => signal.addEventListener('abort', () => ended('stopped')));

test.each(['ABORTED', 'TIMED_OUT', 'FAILED', 'SUCCEEDED'] as const)(
  'a build is stopped when one of its executions has ended as %s',
  async (ended) => {
    const states = executions({ pipeline: ended, build: 'RUNNING' });
    expect(await whileRunning(['build', 'pipeline'], states, untilStopped, 1)).toBe('stopped');
  },
);

test('a build is left alone while its executions run, and is no longer watched once it has ended', async () => {
  const looks = Promise.withResolvers<void>();
  let looked = 0;
  const status = async (): Promise<ExecutionStatus> => {
    if (++looked === 3) looks.resolve();
    return 'RUNNING';
  };
  const work = async (signal: AbortSignal) => looks.promise.then(() => signal.aborted);
  expect(await whileRunning(['build'], { status }, work, 1)).toBe(false);
  const then = looked;
  await new Promise(setImmediate);
  expect(looked).toBe(then);
});

test('a build that fails fails, whatever its executions do', async () => {
  const work = () => Promise.reject(new Error('It broke.'));
  await expect(whileRunning(['build'], executions({}), work, 1)).rejects.toThrow('It broke.');
});
