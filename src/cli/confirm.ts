/** Asks before something is done. Without a terminal there is nobody to ask, and the answer is an error. */
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../errors.ts';

/** Whether there is somebody to ask, and who sees what is asked: not where the output goes to a file or a program. */
export function mayAsk(): boolean {
  return Boolean(process.stdin.isTTY && process.stdout.isTTY);
}

/** @throws UsageError without a terminal. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(`${question} There is no terminal to ask; give --yes.`);
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
