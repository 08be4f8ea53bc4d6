/** All functions whose result depends on their arguments alone. */
import { mayBeLong, mayHold, spend } from '../budget.ts';
import type { HclFunction } from '../evaluate.ts';
import { isObject, lookThrough, Unknown, type Value } from '../values.ts';
import { collectionFunctions } from './collections.ts';
import { encodingFunctions } from './encoding.ts';
import { stringFunctions } from './strings.ts';

/** Functions that only move values about: what is unknown inside of their arguments stays where it is. */
const structural = new Set(Object.keys(collectionFunctions).filter((name) => !isDeciding(name)));

/** Functions on collections that look at what is inside. */
function isDeciding(name: string): boolean {
  return /^(alltrue|anytrue|coalesce|compact|contains|distinct|index|matchkeys|set|sort|sum|toset|transpose)/.test(
    name,
  );
}

export const pureFunctions: ReadonlyMap<string, HclFunction> = new Map(
  Object.entries({ ...stringFunctions, ...collectionFunctions, ...encodingFunctions }).map(
    ([name, apply]) => [name, guarded(apply, structural.has(name))] as const,
  ),
);

/** Unknown arguments make the result unknown. */
function guarded(apply: (...args: Value[]) => Value, shallow: boolean): HclFunction {
  return (args) => {
    for (const arg of args) {
      const { unknown, size } = shallow ? onSurface(arg) : lookThrough(arg);
      if (unknown) return unknown;
      spend(size);
    }
    const result = apply(...args);
    if (typeof result === 'string') mayBeLong(result.length);
    else if (typeof result === 'object' && result !== null) mayHold(onSurface(result).size);
    return result;
  };
}

function onSurface(value: Value): { unknown: Unknown | undefined; size: number } {
  if (value instanceof Unknown) return { unknown: value, size: 0 };
  const size = Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 1;
  return { unknown: undefined, size };
}
