/** All functions whose result depends on their arguments alone. */
import type { HclFunction } from '../evaluate.ts';
import { Unknown, unknownIn, type Value } from '../values.ts';
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
      const unknown = shallow ? arg : unknownIn(arg);
      if (unknown instanceof Unknown) return unknown;
    }
    return apply(...args);
  };
}
