/** What planning a parent and its child at once says, by really doing it: the plan that other ways of delivery show. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Form } from './live-repository.ts';

export interface PlannedAtOnce {
  /** The command, as a person would type it. */
  command: string;
  /** Unit path ▸ the plan's last word. */
  summaries: Record<string, string>;
}

const verdict = /^.*(No changes\. .*|Plan: \d+ to .*)$/m;

export async function planAtOnce(
  form: Form,
  work: string,
  units: readonly string[],
  path: string,
): Promise<PlannedAtOnce> {
  const environment = { ...process.env, PATH: path, TF_IN_AUTOMATION: '1', TF_INPUT: '0', NO_COLOR: '1' };
  const run = async (cwd: string, command: string, args: string[]) =>
    (await promisify(execFile)(command, args, { cwd, env: environment, maxBuffer: 2 ** 24 })).stdout;
  if (form === 'terragrunt') {
    const args = ['run', '--all', 'plan', '--non-interactive', '--no-color', '--log-format', 'pretty'];
    const output = await run(work, 'terragrunt', args);
    const of = (unit: string) =>
      output
        .split('\n')
        .filter((line) => line.includes(`[${unit}]`))
        .join('\n');
    return {
      command: 'terragrunt run --all plan',
      summaries: Object.fromEntries(units.map((unit) => [unit, verdictOf(of(unit))])),
    };
  }
  const summaries: Record<string, string> = {};
  for (const unit of units) {
    await run(join(work, unit), 'terraform', ['init', '-input=false', '-no-color']);
    summaries[unit] = verdictOf(
      await run(join(work, unit), 'terraform', ['plan', '-input=false', '-no-color', '-lock=false']),
    );
  }
  return { command: 'terraform plan, in each of them', summaries };
}

function verdictOf(output: string): string {
  return verdict.exec(output)?.[1] ?? 'no verdict';
}

/** The lines of a plan's text in which one known value takes the place of another. */
export function changedLines(planText: string): string[] {
  return planText
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^~ .* -> "/.test(line));
}
