/** Arithmetic, comparison and logic. */
import type { BinaryOperator, UnaryOperator } from './syntax.ts';
import { asBoolean, asNumber, EvaluationError, equalValues, Unknown, unknownIn, type Value } from './values.ts';

/** A number that JavaScript has; Terraform's numbers can be larger, and are not computed then. */
export function computed(number: number): number | Unknown {
  return Number.isFinite(number) ? number : new Unknown('the number is too large to be computed');
}

export function unary(operator: UnaryOperator, operand: Value): Value {
  if (operand instanceof Unknown) return operand;
  return operator === '-' ? -asNumber(operand) : !asBoolean(operand);
}

export function binary(operator: BinaryOperator, left: Value, right: Value): Value {
  if (operator === '==' || operator === '!=') {
    const unknown = unknownIn(left) ?? unknownIn(right);
    return unknown ?? equalValues(left, right) === (operator === '==');
  }
  // A known side may decide: false && anything, true || anything.
  if (operator === '&&' || operator === '||') {
    const decisive = operator === '||';
    if (!(left instanceof Unknown) && asBoolean(left) === decisive) return decisive;
    if (!(right instanceof Unknown) && asBoolean(right) === decisive) return decisive;
    if (left instanceof Unknown) return left;
    return right instanceof Unknown ? right : !decisive;
  }
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  const result = arithmetic(operator, asNumber(left), asNumber(right));
  return typeof result === 'number' ? computed(result) : result;
}

function divisor(number: number): number {
  if (number === 0) throw new EvaluationError('a division by zero');
  return number;
}

function arithmetic(
  operator: Exclude<BinaryOperator, '==' | '!=' | '&&' | '||'>,
  a: number,
  b: number,
): number | boolean {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / divisor(b);
    case '%':
      return a % divisor(b);
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}
