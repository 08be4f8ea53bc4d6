/** Out of what a tool said: one sentence on why it failed and what to do next. */
import { RunError } from '../errors.ts';

/** The tool refused before it changed anything. */
export class RefusedError extends RunError {}

/** The state has changed since the plan was made. */
export class StaleError extends RefusedError {}

/** The lock that a tool names when it can't get a state's lock, or could not free it. */
export function lockId(said: string): string | undefined {
  return /Lock Info:[\s\S]{0,80}?\bID:\s*([0-9A-Za-z-]+)/.exec(said)?.[1];
}

/** `step` is the tool's command, such as "terraform plan"; `tool` frees locks. */
export function failureOf(step: string, tool: string, code: number, said: string): RunError {
  if (/saved plan is stale/i.test(said)) {
    return new StaleError(
      `${step} refused the plan, because the state changed after it was made; ask for a new plan (replan) and look at that one.`,
    );
  }
  const lock = /error acquiring the state lock/i.test(said) ? lockId(said) : undefined;
  if (lock !== undefined) {
    return new RefusedError(
      `${step} could not get the state's lock, which somebody else holds; wait for them, or, when nobody is at work on this state any more, ${howToUnlock(tool, lock)}.`,
    );
  }
  return new RunError(explain(step, code, said) + lockLeft(tool, said));
}

/** A sentence about a disk that is full, as any tool or Node says it; else undefined. */
export function diskFull(what: string, said: string): string | undefined {
  if (!/no space left on device|out of disk ?space/i.test(said)) return undefined;
  return `${what} failed, because the disk of its build is full; give builds a larger one (ComputeType in serverless/codebuild.yml), or free the disk of this machine.`;
}

function explain(step: string, code: number, said: string): string {
  const full = diskFull(step, said);
  if (full !== undefined) return full;
  const dependency = dependencyWithoutOutputs(said);
  if (dependency !== undefined) {
    return `${step} failed, because ${dependency}, which the unit depends on, has no outputs yet; deliver that unit first.`;
  }
  const reason = firstError(said);
  return reason === undefined
    ? `${step} ended with exit code ${code}; its log says why.`
    : `${step} failed: ${reason.replace(/\.$/, '')}; the log has the whole story.`;
}

/** Appended to the sentence about a run that was stopped. */
export function lockLeft(tool: string, said: string): string {
  const lock = lockId(said);
  return lock === undefined ? '' : ` The state is still locked: ${howToUnlock(tool, lock)}.`;
}

function howToUnlock(tool: string, lock: string): string {
  const command = tool === 'terragrunt' ? 'terragrunt run -- force-unlock' : `${tool} force-unlock`;
  return `free it with \`${command} ${lock}\` in the unit's directory`;
}

/** Terragrunt: "<file> is a dependency of <file> but detected no outputs." */
function dependencyWithoutOutputs(said: string): string | undefined {
  return /([^\n"]+)\/[^/\n]+ is a dependency of [^\n]+ but detected no outputs/
    .exec(said)?.[1]
    ?.split('outputs: ')
    .at(-1);
}

/** Terraform's "Error: …" with its place ("on main.tf line 3"), else the last line that was written. */
function firstError(said: string): string | undefined {
  const lines = said
    .split('\n')
    .map((line) => line.replace(/^(?:ERROR|[\s│╷╵|])+/, '').trim())
    .filter((line) => line !== '');
  // `init` first says that there are problems, then which.
  const at = lines.findIndex((line) => line.startsWith('Error: ') && !line.includes(' encountered problems during '));
  if (at === -1) return lines.at(-1)?.slice(0, 500);
  const place = lines.slice(at + 1, at + 4).find((line) => /^on .+ line \d+/.test(line));
  const error = lines[at]?.slice('Error: '.length).slice(0, 500) ?? '';
  return place === undefined ? error : `${error} (${place.replace(/[,:].*$/, '')})`;
}
