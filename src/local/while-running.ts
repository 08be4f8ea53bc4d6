/**
 * Ends a build with the executions that it is for, as Step Functions does with a build of CodeBuild (Step Functions guide, Run a
 * job). A Lambda is told nothing of its execution's end, so it looks.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StepFunctions } from '../delivery/step-functions.ts';

const lookMilliseconds = 2000;

/** The `signal` that `work` gets aborts when one of the executions runs no longer. @throws whatever `work` throws */
export async function whileRunning<T>(
  executions: readonly string[],
  stepFunctions: Pick<StepFunctions, 'status'>,
  work: (signal: AbortSignal) => Promise<T>,
  every = lookMilliseconds,
): Promise<T> {
  const [stop, done] = [new AbortController(), new AbortController()];
  const look = async () => {
    while (await wait(every, done.signal)) {
      const statuses = await Promise.all(executions.map((execution) => stepFunctions.status(execution)));
      if (statuses.some((one) => one !== 'RUNNING')) return stop.abort();
    }
  };
  const looking = look();
  try {
    return await work(stop.signal);
  } finally {
    done.abort();
    await looking;
  }
}

/** False when there is no need to wait any more. */
const wait = (milliseconds: number, signal: AbortSignal) =>
  delay(milliseconds, true, { signal }).catch(() => false as const);
