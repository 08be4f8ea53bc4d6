/** Asks the person at the terminal. */
import { createInterface, type Interface } from 'node:readline/promises';
import type { Bucket } from '../../aws/bucket.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { type Decision, type RollbackChoice, rollbackChoices } from '../../model.ts';
import type { Approver, GiveDecision } from './follow.ts';
import { paint } from './paint.ts';

const meanings: Record<RollbackChoice, string> = {
  none: 'leave what is applied',
  current: 'the unit that was declined or failed',
  dependencies: 'that unit, and what it depends on, as far as this delivery applied it',
  all: 'everything that this delivery applied',
  selective: 'units that you list',
};

export function terminalApprover(
  give: GiveDecision,
  bucket: Bucket,
  tell: (line: string) => void,
): Approver & Disposable {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return {
    [Symbol.dispose]: () => terminal.close(),
    async unit({ delivery, unit, plan }) {
      const { add, change, destroy } = plan.counts;
      const question = `  ${paint('bold', unit)} plans +${add} ~${change} -${destroy}: [a]pprove, [d]ecline or [v]iew the plan? `;
      for (;;) {
        const answer = await choose(terminal, question, ['a', 'd', 'v']);
        if (answer === 'a') return tell(await give({ delivery, unit, decision: 'approve' }, 'demo'));
        if (answer === 'd') return tell(await give({ delivery, unit, decision: 'decline' }, 'demo'));
        const text = await bucket.read(bucketKeys.planText(delivery, unit, plan.sha256));
        tell(text?.body.toString('utf8') ?? 'The plan is not in the bucket.');
      }
    },
    async rollback({ delivery, modified, troubled }) {
      tell(paint('yellow', `${troubled.join(', ')} went wrong; applied and still there: ${modified.join(', ')}`));
      for (const [index, choice] of rollbackChoices.entries())
        tell(`  ${index + 1}  ${choice.padEnd(12)} ${meanings[choice]}`);
      const numbers = rollbackChoices.map((_, index) => String(index + 1));
      const number = await choose(terminal, '  What shall be rolled back? ', numbers);
      const rollback = rollbackChoices[Number(number) - 1] ?? 'none';
      const decision: Decision = { delivery, decision: 'decline', rollback };
      if (rollback === 'selective') decision.units = await pick(terminal, modified);
      tell(
        paint('dim', `as JSON for the Step Functions console, state machine "decision": ${JSON.stringify(decision)}`),
      );
      tell(await give(decision, 'console'));
    },
  };
}

async function choose(terminal: Interface, question: string, answers: readonly string[]): Promise<string> {
  for (;;) {
    const answer = (await terminal.question(question)).trim().toLowerCase();
    if (answers.includes(answer)) return answer;
  }
}

async function pick(terminal: Interface, units: readonly string[]): Promise<string[]> {
  units.forEach((unit, index) => {
    process.stdout.write(`     ${index + 1}  ${unit}\n`);
  });
  for (;;) {
    const numbers = (await terminal.question('  Which, by number, with spaces between them? ')).trim().split(/[\s,]+/);
    const chosen = numbers.map((number) => units[Number(number) - 1]);
    if (chosen.every((unit) => unit !== undefined)) return chosen;
  }
}
