/**
 * What evaluating a unit may take. Code of a repository is anybody's: a line of it can ask for a list of a billion elements, or a loop in a loop
 * in a loop. Beyond these bounds a value is unknown. They are counted and not measured in time, so that the same code has the same value everywhere.
 */
import { Unknown } from './values.ts';

/** For one unit: expressions evaluated, elements and every ten characters made or looked at. A second or some. */
const mostSteps = 5_000_000;
/** In one list or map that a function makes. */
const mostElements = 100_000;
/** In one text that a function makes. */
const mostCharacters = 16_000_000;
/** Expressions within each other, also by locals and files that name others. */
const deepest = 1000;

/** A value is larger than it may be, or takes too long: it is unknown, also for `try` and `can`. */
class TooMuch extends Error {}

const exhausted = new Unknown('evaluating the unit takes too many steps');
const tooDeep = new Unknown(`it is computed from values that are computed from others, more than ${deepest} deep`);

let left = mostSteps;
let depth = 0;
let inUnit = false;

/** Counts what `evaluateUnit` evaluates as one unit's. */
export function withBudget<T>(evaluateUnit: () => T): T {
  const before = { left, inUnit };
  left = mostSteps;
  inUnit = true;
  try {
    return evaluateUnit();
  } finally {
    ({ left, inUnit } = before);
  }
}

/** Begins an expression, which `leave` ends; or says why it has no value that can be known, and nothing has begun. */
export function enter(): Unknown | undefined {
  if (depth === 0 && !inUnit) left = mostSteps;
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
