/** Which form the demo's live repository takes. */
import { spawnSync } from 'node:child_process';
import type { Form } from './live-repository.ts';

/** The runner speaks the command line that Terragrunt has had since 1.0. */
const oldestTerragrunt = 1;

/**
 * What was asked for; else Terragrunt's form where there is a Terragrunt on the PATH.
 * @returns the form, and a sentence when it was not asked for.
 */
export function chooseForm(
  asked: { terragrunt: boolean; terraform: boolean },
  path: string,
): { form: Form; why?: string } {
  if (asked.terragrunt) return { form: 'terragrunt' };
  if (asked.terraform) return { form: 'terraform' };
  const { stdout, error } = spawnSync('terragrunt', ['--version'], {
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
  });
  const major = error ? undefined : /v?(\d+)\.\d+/.exec(stdout ?? '')?.[1];
  if (major === undefined || Number(major) < oldestTerragrunt) return { form: 'terraform' };
  return {
    form: 'terragrunt',
    why: 'terragrunt is on the PATH, so this is the Terragrunt form; --terraform gives the other',
  };
}
