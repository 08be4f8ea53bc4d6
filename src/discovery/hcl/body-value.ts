/** A whole block as a value. */
import { evaluate, type Scope } from './evaluate.ts';
import type { Body, Expression } from './syntax.ts';
import {
  EvaluationError,
  type LazyObject,
  type ObjectValue,
  objectOf,
  settled,
  Unknown,
  type Value,
} from './values.ts';

/** What has no value is unknown: the tool will say so when it runs. */
export function valueOrUnknown(expression: Expression, scope: Scope): Exclude<Value, LazyObject> {
  try {
    return settled(evaluate(expression, scope));
  } catch (error) {
    if (error instanceof EvaluationError) return new Unknown(error.message);
    throw error;
  }
}

/** A block's attributes, and its inner blocks by type; what has no value is unknown. */
export function bodyValue(body: Body, scope: Scope): ObjectValue {
  return objectOf([
    ...[...body.attributes.values()].map(
      (attribute) => [attribute.name, valueOrUnknown(attribute.value, scope)] as const,
    ),
    ...body.blocks.map((block) => [block.type, bodyValue(block.body, scope)] as const),
  ]);
}
