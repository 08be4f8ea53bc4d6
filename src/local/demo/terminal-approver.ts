/** Asks the person at the terminal, who may as well answer on the approval page: what is answered there is asked here no longer. */
import { createInterface, type Interface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { Bucket } from '../../aws/bucket.ts';
import { readStored } from '../../aws/stored.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { type Decision, type RollbackChoice, rollbackChoices } from '../../model.ts';
import { planInShort } from '../../plan-in-short.ts';
import type { Approver, GiveDecision } from './follow.ts';
import { paint } from './paint.ts';

const meanings: Record<RollbackChoice, string> = {
  none: 'leave what is applied',
  current: 'the unit that was declined or failed',
  dependencies: 'that unit, and what it depends on, as far as this delivery applied it',
  all: 'everything that this delivery applied',
  selective: 'units that you list',
};

export interface Terminal {
  give: GiveDecision;
  bucket: Bucket;
  /** An address of the approval page; without units, for the rollback choice. */
  link: (delivery: string, units: string[]) => Promise<string>;
  tell: (line: string) => void;
  input?: NodeJS.ReadableStream;
  output?: NodeJS.WritableStream;
}

type Question = (text: string) => Promise<string>;

export function terminalApprover({
  give,
  bucket,
  link,
  tell,
  input = process.stdin,
  output = process.stdout,
}: Terminal): Approver & Disposable {
  const terminal = createInterface({ input, output });
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  // A terminal that was closed can't be set back as it was. Whoever closes it sends SIGHUP, too, and that ends the demo.
  terminal.on('error', () => {});
  const offer = async (delivery: string, units: string[]) =>
    tell(`or decide on the approval page: ${paint('cyan', await link(delivery, units))}`);
  return {
    [Symbol.dispose]: () => terminal.close(),
    async unit({ delivery, unit, about, plan }, { asks = [] }) {
      for (const reason of asks) tell(paint('yellow', `the rollback of ${unit} asks: ${reason}`));
      await offer(delivery, [unit]);
      const [what, no] = about === 'rollback' ? ['rolls back with', '[d]o not'] : ['plans', '[d]ecline'];
      const text = `  ${paint('bold', unit)} ${what} ${planInShort(plan)}: [a]pprove, ${no} or [v]iew the plan? `;
      await unlessAnswered(terminal, bucket, bucketKeys.request(delivery, unit, about), tell, async (question) => {
        for (;;) {
          const answer = await choose(question, text, ['a', 'd', 'v']);
          if (answer === 'a') return give({ delivery, unit, decision: 'approve' }, 'demo');
          if (answer === 'd') return give({ delivery, unit, decision: 'decline' }, 'demo');
          const plain = await bucket.read(bucketKeys.planText(delivery, unit, plan.sha256, about));
          tell(plain?.body.toString('utf8') ?? 'The plan is not in the bucket.');
        }
      });
    },
    async rollback({ delivery, modified, troubled }) {
      tell(paint('yellow', `${troubled.join(', ')} went wrong; applied and still there: ${modified.join(', ')}`));
      await offer(delivery, []);
      tell(`  t  ${'try again'.padEnd(12)} plan and ask again what did not end well, and roll nothing back`);
      for (const [index, choice] of rollbackChoices.entries())
        tell(`  ${index + 1}  ${choice.padEnd(12)} ${meanings[choice]}`);
      const numbers = rollbackChoices.map((_, index) => String(index + 1));
      await unlessAnswered(terminal, bucket, bucketKeys.rollbackRequest(delivery), tell, async (question) => {
        const answer = await choose(question, '  [t]ry again, or what shall be rolled back? ', ['t', ...numbers]);
        const rollback = rollbackChoices[Number(answer) - 1] ?? 'none';
        const decision: Decision =
          answer === 't' ? { delivery, decision: 'retry' } : { delivery, decision: 'decline', rollback };
        if (decision.rollback === 'selective') decision.units = await pick(question, tell, modified);
        tell(
          paint('dim', `as JSON for the Step Functions console, state machine "decision": ${JSON.stringify(decision)}`),
        );
        return give(decision, 'console');
      });
    },
  };
}

const requestSchema = z.object({ answer: z.unknown() });
const lookMilliseconds = 300;
const answeredElsewhere = Symbol('answered elsewhere');

/** Asks here until the request has an answer, which may come from elsewhere. */
async function unlessAnswered(
  terminal: Interface,
  bucket: Bucket,
  key: string,
  tell: (line: string) => void,
  ask: (question: Question) => Promise<string>,
): Promise<void> {
  const elsewhere = new AbortController();
  const { signal } = elsewhere;
  let asking = true;
  const watch = async () => {
    while (asking) {
      const request = (await readStored(bucket, key, requestSchema))?.value;
      if (request?.answer) return elsewhere.abort(answeredElsewhere);
      await delay(lookMilliseconds);
    }
  };
  const watching = watch().catch((error) => elsewhere.abort(error));
  try {
    tell(await ask((text) => terminal.question(text, { signal })));
  } catch (error) {
    if (!signal.aborted) throw error;
    if (signal.reason !== answeredElsewhere) throw signal.reason;
    tell('\n  answered elsewhere');
  } finally {
    asking = false;
    await watching;
  }
}

async function choose(question: Question, text: string, answers: readonly string[]): Promise<string> {
  for (;;) {
    const answer = (await question(text)).trim().toLowerCase();
    if (answers.includes(answer)) return answer;
  }
}

async function pick(question: Question, tell: (line: string) => void, units: readonly string[]): Promise<string[]> {
  for (const [index, unit] of units.entries()) tell(`   ${index + 1}  ${unit}`);
  for (;;) {
    const numbers = (await question('  Which, by number, with spaces between them? ')).trim().split(/[\s,]+/);
    const chosen = numbers.map((number) => units[Number(number) - 1]);
    if (chosen.every((unit) => unit !== undefined)) return chosen;
  }
}
