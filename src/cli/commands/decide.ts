import { userInfo } from 'node:os';
import { parseDecision } from '../../approval/decide.ts';
import { giveDecision } from '../../approval/give-decision.ts';
import { sfn } from '../../aws/clients.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { DecisionError, UsageError } from '../../errors.ts';
import type { DecisionKind } from '../../model.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { type Connection, connect } from '../connect.ts';
import { coloured, print, printJson } from '../print.ts';

/** One decision for each unit that is named; a decline without a unit answers the delivery's rollback question. */
export function decide(kind: DecisionKind): (input: CommandInput) => Promise<number> {
  return async (input) => {
    if (input.positionals.length === 0 && kind !== 'decline')
      throw new UsageError(`Name the unit: live-ci ${kind} UNIT.`);
    const connection = await connect(input);
    const delivery = text(input, 'delivery') ?? (await runningDelivery(connection));
    const units = input.positionals.length > 0 ? input.positionals : [undefined];
    for (const unit of units) {
      const decision = parseDecision({
        delivery,
        unit,
        decision: kind,
        comment: text(input, 'comment'),
        ...rollback(input),
      });
      const done = await giveDecision(decision, door(connection));
      if (flag(input, 'json')) printJson({ delivery, unit: unit ?? null, ...done });
      else
        print(
          plain(done.done),
          ...done.warning.map((path) =>
            coloured('yellow', `${plain(path)} stays applied, although what it depends on is rolled back.`),
          ),
        );
    }
    return 0;
  };
}

function rollback(input: CommandInput): { rollback?: string; units?: string[] } {
  const choice = text(input, 'rollback');
  const listed = input.options.units;
  const units = Array.isArray(listed)
    ? listed.flatMap((part) => String(part).split(',')).filter((part) => part !== '')
    : undefined;
  return { ...(choice ? { rollback: choice } : {}), ...(units ? { units } : {}) };
}

/** The state machine `decision`, and who comes through it. */
export function door({ environment }: Connection): Parameters<typeof giveDecision>[1] {
  return {
    client: sfn(),
    stateMachine: environment.LIVE_CI_DECISION_ARN ?? '',
    from: `cli-${userInfo().username}`,
  };
}

/** @throws DecisionError when none runs. */
export async function runningDelivery({ bucket }: Connection): Promise<string> {
  const { running, halted } = (await readPointer(bucket)).value;
  if (running) return running.delivery;
  const instead = halted ? ` ${halted.delivery} is halted: use live-ci replay or live-ci skip.` : '';
  throw new DecisionError(`No delivery is running, so nothing waits for a decision.${instead}`);
}
