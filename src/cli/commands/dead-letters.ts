import { DeliveryError, LiveCiError, UsageError } from '../../errors.ts';
import { plain } from '../../plain-text.ts';
import { type DeadLetter, deadLetters } from '../../queue/dead-letters.ts';
import { changeSetIn, giveUpDeadLetters, replayDeadLetters } from '../../queue/replay-dead-letters.ts';
import { type CommandInput, flag } from '../command.ts';
import { confirm } from '../confirm.ts';
import { type Connection, connect } from '../connect.ts';
import { print, printJson, table } from '../print.ts';
import { pollLocally } from './halted.ts';

/** Exit code 1 when a letter could not be brought back. */
export async function replayLetters(input: CommandInput): Promise<number> {
  const connection = await connect(input);
  const context = { ...connection, config: await connection.config(), directory: '.', now: () => new Date() };
  const letters = await chosen(input, connection);
  const question = 'Put these units into the queue again, as the newest enqueued commit has them?';
  if (!(await agreed(input, letters, question, () => describeAll(letters, context)))) return 1;
  const { replayed, left } = await replayDeadLetters(letters, context);
  if (flag(input, 'json')) {
    printJson({ replayed: replayed.map(({ id, changeSet: { sequence, head } }) => ({ id, sequence, head })), left });
  } else {
    for (const { id, changeSet } of replayed) {
      const units = changeSet.touched.map((unit) => plain(unit.path)).join(', ') || 'no unit any more';
      print(`${id} is in the queue again, as number ${changeSet.sequence}: ${units}.`);
    }
    for (const { id, reason } of left) print(`${id} stays: ${plain(reason)}`);
    if (letters.length === 0) print('There are no dead letters.');
  }
  await pollLocally(connection);
  return left.length > 0 ? 1 : 0;
}

export async function skipLetters(input: CommandInput): Promise<number> {
  const connection = await connect(input);
  const context = { ...connection, config: await connection.config(), directory: '.', now: () => new Date() };
  if (input.positionals.length === 0)
    throw new UsageError('Name the dead letters to give up; live-ci queue lists them.');
  const letters = await chosen(input, connection);
  const question = 'Give them up for good? Their units stay as they are, until a commit touches them again.';
  const about = await describeAll(letters, context);
  if (!(await agreed(input, letters, question, async () => about))) return 1;
  await giveUpDeadLetters(letters, context);
  if (flag(input, 'json')) printJson({ skipped: letters.map(({ id }) => id) });
  else print(...letters.map(({ id }, index) => `${plain(id)} is given up (${plain(about[index] ?? '')}).`));
  return 0;
}

/** @throws DeliveryError for an id that is no dead letter's. */
async function chosen({ positionals }: CommandInput, { bucket }: Connection): Promise<DeadLetter[]> {
  const letters = await deadLetters(bucket);
  if (positionals.length === 0) return letters;
  const ids = new Set(positionals);
  const unknown = [...ids].filter((id) => !letters.some((letter) => letter.id === id));
  if (unknown.length === 0) return letters.filter(({ id }) => ids.has(id));
  throw new DeliveryError(
    `${unknown.join(', ')} is no dead letter, or was replayed already; live-ci queue lists those that there are.`,
  );
}

/** @param about tells of each letter what it is about; called only when there is somebody to ask. */
async function agreed(
  input: CommandInput,
  letters: readonly DeadLetter[],
  question: string,
  about: () => Promise<string[]>,
): Promise<boolean> {
  if (letters.length === 0 || flag(input, 'yes')) return true;
  const told = await about();
  print(table(letters.map(({ id, reason }, index) => [`  ${id}`, plain(told[index] ?? ''), plain(reason)])));
  return confirm(question);
}

type Context = Parameters<typeof changeSetIn>[1];

function describeAll(letters: readonly DeadLetter[], context: Context): Promise<string[]> {
  return Promise.all(letters.map((letter) => describe(letter, context)));
}

/** The letter's commit and units, as far as they are known. */
async function describe(letter: DeadLetter, context: Context): Promise<string> {
  try {
    const { head, touched } = await changeSetIn(letter, context);
    return `${head.slice(0, 12)} ${touched.map(({ path }) => path).join(', ') || 'touches no unit'}`;
  } catch (error) {
    if (error instanceof LiveCiError) return 'units unknown';
    throw error;
  }
}
