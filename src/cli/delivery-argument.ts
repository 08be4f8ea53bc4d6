/** The delivery that a command is about: the one that is named, else the one that runs. */
import type { Bucket } from '../aws/bucket.ts';
import { findDelivery } from '../delivery/find-delivery.ts';
import { readPointer } from '../delivery/pointer.ts';
import { DecisionError } from '../errors.ts';
import { idOf } from '../repository/history.ts';
import { type CommandInput, text } from './command.ts';

/** Of `--delivery`, else the one that runs. @throws DecisionError when none runs; UsageError when there is none of that name. */
export async function deliveryFor(input: CommandInput, bucket: Bucket): Promise<string> {
  const said = text(input, 'delivery');
  return said === undefined ? runningDelivery(bucket) : deliveryNamed(said, bucket);
}

/** An id, the beginning of one, or a commit, also as the repository around the working directory calls it. @throws UsageError */
export function deliveryNamed(said: string, bucket: Bucket): Promise<string> {
  return findDelivery(said, bucket, (word) => idOf(process.cwd(), word));
}

async function runningDelivery(bucket: Bucket): Promise<string> {
  const { running, halted } = (await readPointer(bucket)).value;
  if (running) return running.delivery;
  const instead = halted ? ` ${halted.delivery} is halted: use live-ci replay or live-ci skip.` : '';
  throw new DecisionError(`No delivery is running, so nothing waits for a decision.${instead}`);
}
