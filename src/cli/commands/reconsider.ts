/** For whoever changes their mind about a unit that was declined: the next delivery asks about it again. */
import { decisionInWords } from '../../approval/decision-words.ts';
import { giveDecision } from '../../approval/give-decision.ts';
import type { Bucket } from '../../aws/bucket.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { DecisionError, UsageError } from '../../errors.ts';
import type { Decision, RememberedDecline } from '../../model.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag } from '../command.ts';
import { connect } from '../connect.ts';
import { print, printJson } from '../print.ts';
import { unitNamed } from '../unit-argument.ts';
import { door } from './decide.ts';

export async function reconsider(input: CommandInput): Promise<number> {
  if (input.positionals.length === 0) throw new UsageError('Name the unit: live-ci reconsider UNIT.');
  const connection = await connect(input);
  const give = (decision: Decision) => giveDecision(decision, door(connection));
  const forgotten = await reconsiderUnits(input.positionals, connection.bucket, give);
  if (flag(input, 'json')) printJson(Object.fromEntries(forgotten));
  else
    print(
      ...[...forgotten].map(
        ([path, { voter, at, comment }]) =>
          `${plain(path)} is asked about again by the next delivery, although it was ${decisionInWords({ decision: 'decline', voters: [voter], at, comment })}.`,
      ),
    );
  return 0;
}

/**
 * @returns what was remembered, by path.
 * @throws UsageError for a unit that isn't left open; DecisionError for one that nobody has declined.
 */
export async function reconsiderUnits(
  said: readonly string[],
  bucket: Bucket,
  give: (decision: Decision) => Promise<unknown>,
): Promise<Map<string, RememberedDecline>> {
  const { carried } = (await readPointer(bucket)).value;
  const units = said.map((one) => unitNamed(one, carried, 'What is left open'));
  const other = units.find(({ declined }) => declined === undefined);
  if (other)
    throw new DecisionError(
      `No decline of ${plain(other.path)} is remembered, so the next delivery asks about it anyway.`,
    );
  const declines = new Map(units.flatMap(({ path, declined }) => (declined ? [[path, declined] as const] : [])));
  for (const [unit, { delivery }] of declines) await give({ delivery, unit, decision: 'reconsider' });
  return declines;
}
