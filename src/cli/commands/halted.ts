import { readExpected } from '../../aws/stored.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { openUnits, replay, skip } from '../../delivery/halted.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { UsageError } from '../../errors.ts';
import { deliverySchema } from '../../model.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag } from '../command.ts';
import { confirm } from '../confirm.ts';
import { type Connection, connect } from '../connect.ts';
import { print, printJson } from '../print.ts';

export async function replayHalted(input: CommandInput): Promise<number> {
  if (flag(input, 'from-dead-letters')) return (await import('./dead-letters.ts')).replayLetters(input);
  refuseIds(input, '--from-dead-letters');
  const connection = await connect(input);
  if (!(await agreed(input, connection, 'Deliver these units again?'))) return 1;
  const delivery = await replay(connection.bucket);
  if (flag(input, 'json')) printJson({ delivery: delivery.id, units: delivery.units.map((unit) => unit.path) });
  else
    print(
      `${delivery.id} will deliver ${delivery.units.map((unit) => plain(unit.path)).join(', ')}. It starts with the next poll.`,
    );
  await pollLocally(connection);
  return 0;
}

export async function skipHalted(input: CommandInput): Promise<number> {
  if (flag(input, 'dead-letters')) return (await import('./dead-letters.ts')).skipLetters(input);
  refuseIds(input, '--dead-letters');
  const connection = await connect(input);
  if (
    !(await agreed(input, connection, 'Give it up, leave these units to the next delivery, and let the queue go on?'))
  )
    return 1;
  const skipped = await skip(connection.bucket);
  if (flag(input, 'json')) printJson(skipped);
  else
    print(
      `${skipped.delivery} is given up. Carried into the next delivery: ${skipped.carried.map(plain).join(', ') || 'nothing'}.`,
    );
  await pollLocally(connection);
  return 0;
}

/** @throws UsageError */
function refuseIds({ positionals }: CommandInput, option: string): void {
  if (positionals.length > 0) throw new UsageError(`${positionals.join(' ')}: ids go with ${option}.`);
}

async function agreed(input: CommandInput, { bucket }: Connection, question: string): Promise<boolean> {
  const { halted } = (await readPointer(bucket)).value;
  if (!halted || flag(input, 'yes')) return true;
  const delivery = await readExpected(bucket, bucketKeys.delivery(halted.delivery), deliverySchema);
  print(`Delivery ${halted.delivery} is halted: ${plain(halted.reason)}. Not ended well:`);
  print(...(await openUnits(delivery, bucket)).map((path) => `  ${plain(path)}`));
  return confirm(question);
}

/** On AWS the rule's next minute does it. */
export async function pollLocally({ environment }: Connection): Promise<void> {
  const { AWS_ENDPOINT_URL, LIVE_CI_POLL_FUNCTION } = environment;
  if (!AWS_ENDPOINT_URL || !LIVE_CI_POLL_FUNCTION) return;
  const { pollNow } = await import('../../local/stack.ts');
  await pollNow(AWS_ENDPOINT_URL, LIVE_CI_POLL_FUNCTION);
}
