/** The options `--rollback`, `--unit` and `--units`: what of a delivery is to be rolled back. */
import { nearest } from '../config/nearest.ts';
import { UsageError } from '../errors.ts';
import { type Decision, type Delivery, type DeliveryUnit, type RollbackChoice, rollbackChoices } from '../model.ts';
import { plain } from '../plain-text.ts';
import { type CommandInput, text, texts } from './command.ts';
import { unitNamed } from './unit-argument.ts';

const choices: readonly string[] = rollbackChoices;

/** As a sentence has it. */
export const listOfChoices = `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;

/** What is to be rolled back; nothing when that is not said. @throws UsageError */
export function rollbackOf(input: CommandInput, { id, units }: Delivery): Pick<Decision, 'rollback' | 'units'> {
  const listed = unitsListed(input, units, `Delivery ${id}`);
  const said = text(input, 'rollback') ?? (listed.length > 0 ? 'selective' : undefined);
  if (said === undefined) return {};
  const choice = rollbackChoices.find((one) => one === said);
  if (choice === undefined) {
    const suggestion = nearest(said, choices);
    throw new UsageError(
      `--rollback ${plain(said)} is no choice; ${suggestion ? `did you mean ${suggestion}?` : `it is ${listOfChoices}.`}`,
    );
  }
  return { rollback: choice, ...unitsOf(choice, listed) };
}

function unitsOf(choice: RollbackChoice, units: string[]): Pick<Decision, 'units'> {
  if (choice !== 'selective' && units.length > 0)
    throw new UsageError(`Units are listed with --rollback selective only, and not with ${choice}.`);
  if (choice !== 'selective') return {};
  if (units.length === 0)
    throw new UsageError('--rollback selective needs the units to roll back: --unit UNIT, once for each.');
  return { units };
}

/** `--unit A --unit B`; or `--units A,B`, where a path that has a comma itself is taken as it is, too. */
function unitsListed(input: CommandInput, units: readonly DeliveryUnit[], of: string): string[] {
  const lists = texts(input, 'units').flatMap((list) =>
    units.some(({ path }) => path === list) ? [list] : list.split(',').filter((part) => part !== ''),
  );
  return [...new Set([...texts(input, 'unit'), ...lists].map((said) => unitNamed(said, units, of).path))];
}
