/**
 * What evaluating a unit may take. Code of a repository is anybody's: a line of it can ask for a list of a billion elements, or a loop in a loop
 * in a loop. Beyond these bounds a value is unknown. They are counted and not measured in time, so that the same code has the same value everywhere.
 */
import { Unknown } from './values.ts';

/** For one unit: expressions evaluated, elements and every ten characters made or looked at. A second or some. */
const mostSteps = 5_000_000;
/** For all of a repository, which each file of code has the same share of: a minute or some. */
const mostStepsOfAll = 1_000_000_000;
/** What each has at least, so that nothing that people write for a unit is refused for what lies beside it. */
export const leastSteps = 250_000;
/** In one list or map that a function makes. */
const mostElements = 100_000;
/** In one text that a function makes. */
const mostCharacters = 16_000_000;
/** Expressions within each other, also by locals and files that name others. */
const deepest = 1000;

/** A value is larger than it may be, or takes too long: it is unknown, also for `try` and `can`. */
class TooMuch extends Error {}

const tooDeep = new Unknown(`it is computed from values that are computed from others, more than ${deepest} deep`);

/** Steps of what is evaluated at the moment: those that it may take, and those of them that it has not taken yet. */
let allowed = mostSteps;
let left = mostSteps;
let exhausted = exhaustedBeyond(mostSteps);
let depth = 0;
let inUnit = false;
/** What the unit at hand has read that others read, too. */
let paid = new Set<Shared>();

function exhaustedBeyond(steps: number): Unknown {
  const share = steps < mostSteps ? ', its share in a repository of so many files' : '';
  return new Unknown(`evaluating the unit takes too many steps: more than ${steps}${share}`);
}

/** The steps that each unit, module or stack of a repository may take. It depends on nothing else, and so on no order. @param files of code */
export function stepsOfEach(files: number): number {
  return Math.max(leastSteps, Math.min(mostSteps, Math.floor(mostStepsOfAll / files)));
}

/** Counts what `evaluateUnit` evaluates as one unit's. @param ended is told the steps that it took */
export function withBudget<T>(steps: number, evaluateUnit: () => T, ended: (spent: number) => void): T {
  const before = { allowed, left, exhausted, inUnit, paid };
  if (steps !== allowed) exhausted = exhaustedBeyond(steps);
  allowed = steps;
  left = steps;
  inUnit = true;
  paid = new Set();
  try {
    return evaluateUnit();
  } finally {
    const spent = allowed - left;
    ({ allowed, left, exhausted, inUnit, paid } = before);
    ended(spent);
  }
}

/** What several units read, and the steps that it took. */
interface Shared {
  steps: number;
}

/** Computes what others will share, all of it within the budget of the first that asks. @throws when that does not suffice */
export function shareable<T extends object>(compute: () => T): T & Shared {
  const [before, start] = [paid, left];
  paid = new Set();
  try {
    const computed = compute();
    spend(0);
    const shared = { ...computed, steps: start - left };
    before.add(shared);
    return shared;
  } finally {
    paid = before;
  }
}

/** Each that reads it pays for it, and once, so that it makes no difference which is the first. @throws as `spend` does */
export function payFor(shared: Shared): void {
  if (paid.has(shared)) return;
  paid.add(shared);
  spend(shared.steps);
}

/** Begins an expression, which `leave` ends; or says why it has no value that can be known, and nothing has begun. */
export function enter(): Unknown | undefined {
  if (depth === 0 && !inUnit) left = allowed;
  if (--left < 0) return exhausted;
  if (depth >= deepest) return tooDeep;
  depth++;
  return undefined;
}

export function leave(): void {
  depth--;
}

/** What takes too much is unknown; the stack's and the engine's own bounds count, too. @throws any other error */
export function unknownOf(error: unknown): Unknown {
  if (error instanceof TooMuch) return new Unknown(error.message);
  if (error instanceof RangeError) return new Unknown(`it is too large to be computed (${error.message})`);
  throw error;
}

/** Whether so many steps are left, which are spent then. */
export function affords(steps: number): boolean {
  if (steps > left) return false;
  left -= steps;
  return true;
}

export function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw new TooMuch(exhausted.reason);
}

/** Before a list or a map is made of so many elements, of which `more` are not counted yet. */
export function mayHold(elements: number, more = elements): void {
  if (elements > mostElements) throw new TooMuch(`it would have ${elements} elements, more than ${mostElements}`);
  spend(more);
}

/** Before a text is made of so many characters, of which `more` are not counted yet. */
export function mayBeLong(characters: number, more = characters): void {
  if (characters > mostCharacters)
    throw new TooMuch(`it would have ${characters} characters, more than ${mostCharacters}`);
  spend(more / 10);
}
