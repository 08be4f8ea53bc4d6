/** Tries again what did not end well: before a rollback is chosen, of a halted delivery, or of the last one. */
import { giveDecision } from '../../approval/give-decision.ts';
import { readExpected } from '../../aws/stored.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { openUnits, retryLast } from '../../delivery/halted.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { deliverySchema } from '../../model.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { confirm } from '../confirm.ts';
import { type Connection, connect } from '../connect.ts';
import { print, printJson } from '../print.ts';
import { door } from './decide.ts';
import { pollLocally } from './halted.ts';

export async function retry(input: CommandInput): Promise<number> {
  const connection = await connect(input);
  const { running } = (await readPointer(connection.bucket)).value;
  if (running === null) return retryEnded(input, connection);
  const comment = text(input, 'comment');
  const decision = { delivery: running.delivery, decision: 'retry', ...(comment ? { comment } : {}) } as const;
  const done = await giveDecision(decision, door(connection));
  if (flag(input, 'json')) printJson({ delivery: running.delivery, ...done });
  else print(plain(done.done));
  return 0;
}

async function retryEnded(input: CommandInput, connection: Connection): Promise<number> {
  if (!flag(input, 'yes') && !(await isMeant(connection))) return 1;
  const delivery = await retryLast(connection.bucket);
  const units = delivery.units.map(({ path }) => path);
  if (flag(input, 'json')) printJson({ delivery: delivery.id, units });
  else print(`${delivery.id} will deliver ${units.map(plain).join(', ')}. It starts with the next poll.`);
  await pollLocally(connection);
  return 0;
}

async function isMeant({ bucket }: Connection): Promise<boolean> {
  const { halted, last } = (await readPointer(bucket)).value;
  const id = halted?.delivery ?? last;
  if (id === null) return true;
  const open = await openUnits(await readExpected(bucket, bucketKeys.delivery(id), deliverySchema), bucket);
  if (open.length === 0) return true;
  print(`Not ended well in ${id}:`, ...open.map((path) => `  ${plain(path)}`));
  return confirm('Plan these again, and ask?');
}
