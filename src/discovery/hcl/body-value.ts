/** A whole block as a value. */
import { evaluate, type Scope } from './evaluate.ts';
import type { Body } from './syntax.ts';
import { EvaluationError, type ObjectValue, objectOf, settled, Unknown, type Value } from './values.ts';

/** A block's attributes, and its inner blocks by type; what has no value is unknown. */
export function bodyValue(body: Body, scope: Scope): ObjectValue {
  const value = (attribute: { value: Parameters<typeof evaluate>[0] }): Value => {
    try {
      return settled(evaluate(attribute.value, scope));
    } catch (error) {
      if (error instanceof EvaluationError) return new Unknown(error.message);
      throw error;
    }
  };
  return objectOf([
    ...[...body.attributes.values()].map((attribute) => [attribute.name, value(attribute)] as const),
    ...body.blocks.map((block) => [block.type, bodyValue(block.body, scope)] as const),
  ]);
}
