/** Whether an expression surely needs a variable: whether it is named outside of `try` and `can`. */
import type { Body, Expression, TemplatePart } from './syntax.ts';

export function bodyNeeds(body: Body, variable: string): boolean {
  return (
    [...body.attributes.values()].some((attribute) => needs(attribute.value, variable)) ||
    body.blocks.some((block) => bodyNeeds(block.body, variable))
  );
}

function needs(expression: Expression, variable: string): boolean {
  const any = (...parts: (Expression | undefined)[]) =>
    parts.some((part) => part !== undefined && needs(part, variable));
  switch (expression.kind) {
    case 'literal':
    case 'invalid':
      return false;
    case 'template':
      return templateNeeds(expression.parts, variable);
    case 'variable':
      return expression.name === variable;
    case 'attribute':
      return any(expression.target);
    case 'index':
      return any(expression.target, expression.key);
    case 'splat':
      return any(expression.target, expression.each);
    case 'call':
      return expression.name !== 'try' && expression.name !== 'can' && any(...expression.args);
    case 'unary':
      return any(expression.operand);
    case 'binary':
      return any(expression.left, expression.right);
    case 'conditional':
      return any(expression.condition, expression.whenTrue, expression.otherwise);
    case 'tuple':
      return any(...expression.items);
    case 'object':
      return expression.entries.some((entry) => any(entry.key, entry.value));
    case 'for':
      return any(expression.collection, expression.key, expression.value, expression.condition);
  }
}

function templateNeeds(parts: readonly TemplatePart[], variable: string): boolean {
  return parts.some((part) => partNeeds(part, variable));
}

function partNeeds(part: TemplatePart, variable: string): boolean {
  switch (part.kind) {
    case 'text':
      return false;
    case 'interpolation':
      return needs(part.value, variable);
    case 'if':
      return needs(part.condition, variable) || templateNeeds([...part.whenTrue, ...part.otherwise], variable);
    case 'loop':
      return needs(part.collection, variable) || templateNeeds(part.body, variable);
  }
}
