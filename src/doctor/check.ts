/** Checks of an account, before a deployment and after it: what each is, how all are looked at, and what a permission that is missing means. */

import type { Target } from '../deployment/target.ts';
import { ConfigError, messageOf } from '../errors.ts';

/** `unknown`: nobody could look, or what was seen may be right. */
export type Verdict = 'right' | 'wrong' | 'unknown';

export interface Finding {
  verdict: Verdict;
  /** What was seen; of what is not right, what it means and what to do. */
  says: string;
}

export interface Check {
  /** A few words. */
  name: string;
  /** Where this is wrong, nothing else is worth a look. */
  first?: true;
  /** Not of a stack on this machine. */
  ofAws?: true;
  look(target: Target): Promise<Finding | Finding[]>;
}

export interface Line extends Finding {
  check: string;
}

export const right = (says: string): Finding => ({ verdict: 'right', says });
export const wrong = (says: string): Finding => ({ verdict: 'wrong', says });
export const unknown = (says: string): Finding => ({ verdict: 'unknown', says });

/**
 * Looks at one after the other. None ends the others.
 * @param begun is told of each before it is looked at
 */
export async function lookAt(
  checks: readonly Check[],
  target: Target,
  begun: (name: string) => void = () => {},
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const check of checks) {
    begun(check.name);
    const findings = await Promise.resolve()
      .then(() => check.look(target))
      .catch(troubleOf);
    lines.push(...[findings].flat().map((finding) => ({ check: check.name, ...finding })));
    if (check.first && lines.some(({ verdict }) => verdict === 'wrong')) break;
  }
  return lines;
}

/**
 * Says what could not be looked at.
 * @throws ConfigError with everything that is wrong
 */
export async function requireReady(checks: readonly Check[], target: Target): Promise<void> {
  const lines = await lookAt(checks, target);
  for (const { check, verdict, says } of lines) if (verdict === 'unknown') target.say(`${check}: ${says}`);
  const bad = lines.filter(({ verdict }) => verdict === 'wrong');
  if (bad.length > 0) throw new ConfigError(bad.map(({ check, says }) => `${check}: ${says}`).join('\n'));
}

/** A check that refuses by an error, and says what it could not see. @param fine what it means when it does neither */
export function refusing(
  name: string,
  check: (target: Target) => void | Promise<void>,
  fine: (target: Target) => string,
): Check {
  return {
    name,
    async look(target) {
      const said: string[] = [];
      await check({ ...target, say: (sentence) => said.push(sentence) });
      return said.length > 0 ? said.map(unknown) : right(fine(target));
    },
  };
}

/** What it means that a look ended with this error. */
export function troubleOf(error: unknown): Finding {
  if (error instanceof ConfigError) return wrong(error.message);
  const denied = deniedPermission(error);
  if (denied !== undefined) return unknown(`could not look (permission ${denied})`);
  return unknown(`could not look: ${messageOf(error)}`);
}

/** The action that somebody may not do, out of an error of any AWS service; undefined when it is another error. */
export function deniedPermission(error: unknown): string | undefined {
  const { name = '', message = '' } = error instanceof Error ? error : {};
  if (!/^(AccessDenied|UnauthorizedOperation|AuthorizationError|NotAuthorized|Forbidden)/.test(name)) return undefined;
  return /not authorized to perform:? ([\w-]+:\w+)/.exec(message)?.[1] ?? 'unknown';
}
