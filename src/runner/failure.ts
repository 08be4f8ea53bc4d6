/** Out of what a tool said: one sentence on why it failed and what to do next. */
import { RunError } from '../errors.ts';
import { diagnosticsIn, inOneSentence } from './diagnostics.ts';

/** The tool refused before it changed anything. */
export class RefusedError extends RunError {}

/** The tool failed after it had said that the apply is complete: by a hook, say. */
export class CompleteError extends RunError {}

/** The plan can't be applied any more: the state has changed since it was made, or what it was made with is not to be had. */
export class StaleError extends RefusedError {}

/** The lock that a tool names when it can't get a state's lock, or could not free it. */
export function lockId(said: string): string | undefined {
  return /Lock Info:[\s\S]{0,80}?\bID:\s*([0-9A-Za-z-]+)/.exec(said)?.[1];
}

/** `step` is the tool's command, such as "terraform plan"; `tool` frees locks. */
export function failureOf(step: string, tool: string, code: number, said: string): RunError {
  if (hasBegun(said)) {
    const begun = saysApplied(said) ? CompleteError : RunError;
    return new begun(explain(step, code, said) + lockLeft(tool, said));
  }
  const outdated = diskFull(step, said) === undefined ? whyOutdated(said) : undefined;
  if (outdated === providersGone) return new StaleError(explain(step, code, said));
  if (outdated !== undefined) {
    return new StaleError(
      `${step} refused the plan, because ${outdated}; ask for a new plan (replan) and look at that one.`,
    );
  }
  const lock = /error acquiring the state lock/i.test(said) ? lockId(said) : undefined;
  if (lock !== undefined) {
    return new RefusedError(
      `${step} could not get the state's lock, which somebody else holds; wait for them, or, when nobody is at work on this state any more, ${howToUnlock(tool, lock)}.`,
    );
  }
  const refused = wasRefused(said) ? RefusedError : RunError;
  return new refused(explain(step, code, said) + lockLeft(tool, said));
}

/** Terraform told its error and nothing before it, or was never run. What is about a state may be about one that was to be written. */
function wasRefused(said: string): boolean {
  if (neverRan(said)) return true;
  const errors = diagnosticsIn(said).filter(({ severity }) => severity === 'Error');
  return errors.length > 0 && !errors.some(({ summary }) => /\bstate\b/i.test(summary));
}

/** Terragrunt says that it failed before it ran Terraform. Where it tried again, that may be told of one try only. */
function neverRan(said: string): boolean {
  if (said.includes('Encountered retryable error')) return false;
  return signsOfNoRun.test(said) || dependencyWithoutOutputs(said) !== undefined;
}

const signsOfNoRun = /\bErrors encountered running before_hooks\. Not running '|\bERROR +downloading source url /;

/** Whether an apply says that it was done: of an exit code alone that isn't known. */
export function saysApplied(said: string): boolean {
  return /\bApply complete!/.test(said);
}

/**
 * Whether something was created, changed or destroyed, by what Terraform and OpenTofu print before they do it, also as JSON. Told of an apply that
 * prints nothing of the kind: it has done nothing to any resource.
 */
export function hasBegun(said: string): boolean {
  return actions.test(said);
}

const actions =
  /: (Creating|Modifying|Destroying|Importing|Preparing import|Provisioning|Removing|Still [a-z]+)\b.*(\.\.\.|$)|\b(Apply|Destroy) complete!|Action started|"type": ?"(apply|provision)_/m;

const providersGone = 'a provider that it was made with can not be had any more';

/** Terraform's words for a plan that it doesn't take, and why that is. */
const outdatedSigns: readonly [RegExp, string][] = [
  [/saved plan is stale/i, 'the state changed after it was made'],
  [/saved plan does not match the given state/i, 'the state is another one than it was made for'],
  [/inconsistent dependency lock file/i, 'the providers are not those that it was made with'],
  [/plan files cannot be transferred between different/i, 'it was made with another version of the tool'],
  [
    /required plugins are not installed|there is no package for \S+ \S+ cached in|failed to query available provider packages/i,
    providersGone,
  ],
  // A package that is not what the lock file says is another matter.
  [/failed to install provider\b(?!.*checksum)/i, providersGone],
];

function whyOutdated(said: string): string | undefined {
  const flat = said.replaceAll(/[│\s]+/g, ' ');
  return outdatedSigns.find(([sign]) => sign.test(flat))?.[1];
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

/** Of an apply that succeeded by its exit code, and of which the state shows nothing. */
export function notApplied(step: string, said: string): RunError {
  const reason = firstError(said);
  const why = reason === undefined ? '' : ` (${reason.replace(/\.$/, '')})`;
  const sentence = `${step} ended as if all were well, but Terraform never said that the apply is complete, and nothing of it is in the state${why}; ${hidden}.`;
  return new (hasBegun(said) ? RunError : RefusedError)(sentence);
}

export function halfApplied(step: string): RunError {
  return new RunError(
    `${step} ended as if all were well, but Terraform never said that the apply is complete, and the state shows a part of it only; ${hidden}.`,
  );
}

const hidden =
  'look in the log for what hides that it failed, such as an `errors` block of Terragrunt or a wrapper around the tool';

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

/** Terraform's "Error: …", what it says to that and its place ("on main.tf line 3"), else what Terragrunt says, else the last line that was written. */
function firstError(said: string): string | undefined {
  // `init` first says that there are problems, then which.
  const error = diagnosticsIn(said).find(
    ({ severity, summary }) => severity === 'Error' && !summary.includes(' encountered problems during '),
  );
  const last = said.split('\n').map((line) => line.replace(/^(?:ERROR|[\s│╷╵|])+/, '').trim());
  const reason =
    error === undefined ? (terragruntsReason(said) ?? last.findLast((line) => line !== '')) : inOneSentence(error);
  return reason?.slice(0, mostCharacters);
}

/** What Terragrunt tells of a hook, with the first line that this has written, or of a source that it could not get. */
function terragruntsReason(said: string): string | undefined {
  const [found] = reasons.exec(said) ?? [];
  return found?.replace(/\s+/g, ' ').trim();
}

const reasons =
  /\bHook "[^"\n]*" \(command: [\s\S]{0,2000}?\) exited with non-zero exit code \d+(:\n.*)?|\bdownloading source url .*/;

const mostCharacters = 500;
