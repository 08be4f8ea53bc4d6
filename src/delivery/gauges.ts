/** How the pipeline stands after a poll, in figures that alarms watch. */
import type { MetricName } from '../metrics.ts';
import type { PollResult } from './poll.ts';

/** Nothing for a poll that another one overtook: the other one tells. */
export function gaugesAfter(result: PollResult): Partial<Record<MetricName, number>> {
  return result === 'overtaken' ? {} : { Halted: result === 'halted' ? 1 : 0 };
}
