/** Blocks that are there several times. */
import { valueOrUnknown } from '../hcl/body-value.ts';
import { affords } from '../hcl/budget.ts';
import type { Scope } from '../hcl/evaluate.ts';
import type { Block } from '../hcl/syntax.ts';
import { isObject, objectOf, Unknown, type Value } from '../hcl/values.ts';

/** What one of a block's instances takes at least. */
const stepsOfInstance = 100;

/** One scope for each element of `for_each` or number below `count`; where these can't be known, or are too many, one in which `each` can't. */
export function instances(block: Block, scope: Scope): Scope[] {
  const [forEach, count] = ['for_each', 'count'].map((name) => {
    const attribute = block.body.attributes.get(name);
    return attribute && valueOrUnknown(attribute.value, scope);
  });
  const inside = (name: string, value: Value): Scope => ({
    variable: (asked) => (asked === name ? value : scope.variable(asked)),
    function: (asked) => scope.function(asked),
  });
  const many = (number: number, all: () => Scope[]): Scope[] => {
    if (affords(number * stepsOfInstance)) return all();
    const unknown = new Unknown(`there are ${number} of it, more than are looked at`);
    return [
      { ...scope, variable: (asked) => (asked === 'each' || asked === 'count' ? unknown : scope.variable(asked)) },
    ];
  };
  const each = (key: Value, value: Value) =>
    inside(
      'each',
      objectOf([
        ['key', key],
        ['value', value],
      ]),
    );
  if (Array.isArray(forEach)) return many(forEach.length, () => forEach.map((item) => each(item, item)));
  if (isObject(forEach)) {
    const elements = Object.entries(forEach);
    return many(elements.length, () => elements.map(([key, value]) => each(key, value)));
  }
  if (typeof count !== 'number') return [scope];
  return many(count, () => Array.from({ length: count }, (_, index) => inside('count', objectOf([['index', index]]))));
}
