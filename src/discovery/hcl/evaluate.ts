/**
 * Evaluates expressions. What can't be known is `Unknown`, and whatever is made of it is unknown, too; both branches of an
 * unknown condition are evaluated, so that a file that either of them reads is seen.
 */
import { enter, leave, mayBeLong, mayHold, unknownOf } from './budget.ts';
import { binary, computed, unary } from './operators.ts';
import type { Expression, ForExpression, TemplatePart } from './syntax.ts';
import {
  asBoolean,
  asString,
  EvaluationError,
  emptyObject,
  equalValues,
  isObject,
  LazyObject,
  operand,
  settled,
  sortedKeys,
  typeName,
  Unknown,
  unknownIn,
  type Value,
} from './values.ts';

export type HclFunction = (args: Value[]) => Value;

/** What names mean where an expression stands. */
export interface Scope {
  /** Undefined when there is no variable of that name. */
  variable(name: string): Value | undefined;
  /** Undefined when there is no function of that name. */
  function(name: string): HclFunction | undefined;
}

/**
 * Unknown when that takes more than a unit's budget.
 * @throws EvaluationError when the expression has no value
 */
export function evaluate(expression: Expression, scope: Scope): Value {
  const refused = enter();
  if (refused) return refused;
  try {
    return compute(expression, scope);
  } catch (error) {
    return unknownOf(error);
  } finally {
    leave();
  }
}

function compute(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'number' ? computed(expression.value) : expression.value;
    case 'invalid':
      throw new EvaluationError(expression.message);
    case 'template':
      return template(expression.parts, scope);
    case 'variable': {
      const value = scope.variable(expression.name);
      if (value === undefined) throw new EvaluationError(`there is no variable "${expression.name}" here`);
      return value;
    }
    case 'attribute':
      return member(operand(evaluate(expression.target, scope)), expression.name);
    case 'index':
      return index(operand(evaluate(expression.target, scope)), operand(settled(evaluate(expression.key, scope))));
    case 'splat':
      return splat(operand(settled(evaluate(expression.target, scope))), expression.each, scope);
    case 'call':
      return call(expression, scope);
    case 'unary':
      return unary(expression.operator, operand(settled(evaluate(expression.operand, scope))));
    case 'binary':
      return logical(expression, scope);
    case 'conditional':
      return conditional(expression, scope);
    case 'tuple':
      return expression.items.map((item) => evaluate(item, scope));
    case 'object':
      return operand(object(expression.entries, scope));
    case 'for':
      return operand(loop(expression, scope));
  }
}

function template(parts: TemplatePart[], scope: Scope): Value {
  const [only] = parts;
  // "${x}" is x itself, whatever its type.
  if (parts.length === 1 && only?.kind === 'interpolation') return evaluate(only.value, scope);
  return render(parts, scope);
}

function render(parts: TemplatePart[], scope: Scope): string | Unknown {
  let text = '';
  let unknown: Unknown | undefined;
  const add = (value: Value) => {
    if (value instanceof Unknown) unknown ??= new Unknown(value.reason, text + value.beginning);
    else if (value === null) throw new EvaluationError('a template holds null');
    else {
      const piece = asString(value);
      mayBeLong(text.length + piece.length, piece.length);
      text += piece;
    }
  };
  for (const part of parts) {
    if (part.kind === 'text') add(part.text);
    else if (part.kind === 'interpolation') add(settled(evaluate(part.value, scope)));
    else if (part.kind === 'if') {
      const condition = settled(evaluate(part.condition, scope));
      if (condition instanceof Unknown) add(operand(condition));
      else add(render(asBoolean(condition) ? part.whenTrue : part.otherwise, scope));
    } else {
      const collection = settled(evaluate(part.collection, scope));
      if (collection instanceof Unknown) add(operand(collection));
      else
        for (const [key, value] of elements(collection))
          add(render(part.body, inner(scope, part.keyName, key, part.valueName, value)));
    }
  }
  return unknown ?? text;
}

export function member(target: Value, name: string): Value {
  if (target instanceof Unknown) return target;
  if (target instanceof LazyObject) {
    const value = target.get(name);
    if (value === undefined) throw new EvaluationError(`there is no "${name}" in it`);
    return value;
  }
  if (isObject(target)) {
    const value = target[name];
    if (value === undefined) throw new EvaluationError(`there is no "${name}" in it`);
    return value;
  }
  throw new EvaluationError(`"${name}" is asked of ${typeName(target)}`);
}

function index(target: Value, key: Exclude<Value, LazyObject>): Value {
  if (target instanceof Unknown) return target;
  if (key instanceof Unknown) return key;
  if (!Array.isArray(target)) return member(target, asString(key));
  const value = target[Number(key)];
  if (value === undefined)
    throw new EvaluationError(`there is no element ${asString(key)}; the list has ${target.length}`);
  return value;
}

function splat(target: Value, each: Expression, scope: Scope): Value {
  if (target instanceof Unknown) return target;
  if (target === null) return [];
  const items = Array.isArray(target) ? target : [target];
  return items.map((item) => evaluate(each, inner(scope, undefined, null, '*', item)));
}

function call(expression: Expression & { kind: 'call' }, scope: Scope): Value {
  const { name } = expression;
  if (name === 'try') return firstThatWorks(expression.args, scope);
  if (name === 'can') return works(expression.args[0], scope);
  const found = scope.function(name);
  const args: Value[] = [];
  expression.args.forEach((arg, position) => {
    const value = settled(evaluate(arg, scope));
    if (!expression.expandLast || position < expression.args.length - 1) args.push(value);
    else if (Array.isArray(value)) args.push(...value);
    else if (value instanceof Unknown) args.push(value);
    else throw new EvaluationError(`"..." needs a list, this is ${typeName(value)}`);
  });
  if (found === undefined) return new Unknown(`the function ${name} is not known to discovery`);
  try {
    return operand(found(args));
  } catch (error) {
    if (error instanceof EvaluationError) throw new EvaluationError(`${name}: ${error.message}`);
    throw error;
  }
}

function firstThatWorks(args: Expression[], scope: Scope): Value {
  let last: EvaluationError | undefined;
  for (const arg of args) {
    try {
      return settled(evaluate(arg, scope));
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      last = error;
    }
  }
  throw new EvaluationError(
    `try: none of its arguments has a value; the last one: ${last?.message ?? 'there is none'}`,
  );
}

function works(arg: Expression | undefined, scope: Scope): Value {
  if (arg === undefined) throw new EvaluationError('can: needs an argument');
  try {
    const value = settled(evaluate(arg, scope));
    return value instanceof Unknown ? operand(value) : true;
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}

function logical(expression: Expression & { kind: 'binary' }, scope: Scope): Value {
  const { operator } = expression;
  const left = operand(settled(evaluate(expression.left, scope)));
  const right = operand(settled(evaluate(expression.right, scope)));
  return binary(operator, left, right);
}

function conditional(expression: Expression & { kind: 'conditional' }, scope: Scope): Value {
  const condition = settled(evaluate(expression.condition, scope));
  if (!(condition instanceof Unknown))
    return evaluate(asBoolean(condition) ? expression.whenTrue : expression.otherwise, scope);
  const outcome = (branch: Expression): Value => {
    try {
      return settled(evaluate(branch, scope));
    } catch (error) {
      if (error instanceof EvaluationError) return operand(condition);
      throw error;
    }
  };
  const then = outcome(expression.whenTrue);
  const otherwise = outcome(expression.otherwise);
  if (unknownIn(then) === undefined && equalValues(then, otherwise)) return then;
  return new Unknown(condition.reason, commonBeginning(knownBeginning(then), knownBeginning(otherwise)));
}

function knownBeginning(value: Value): string {
  if (value instanceof Unknown) return value.beginning;
  return typeof value === 'string' ? value : '';
}

function commonBeginning(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

function object(entries: { key: Expression; value: Expression }[], scope: Scope): Value {
  const result = emptyObject();
  for (const entry of entries) {
    const key = settled(evaluate(entry.key, scope));
    if (key instanceof Unknown) return key;
    result[asString(key)] = evaluate(entry.value, scope);
  }
  return result;
}

function loop(expression: ForExpression, scope: Scope): Value {
  const collection = settled(evaluate(expression.collection, scope));
  if (collection instanceof Unknown) return collection;
  const list: Value[] = [];
  const map = emptyObject();
  let count = 0;
  for (const [elementKey, element] of elements(collection)) {
    const within = inner(scope, expression.keyName, elementKey, expression.valueName, element);
    if (expression.condition) {
      const wanted = settled(evaluate(expression.condition, within));
      if (wanted instanceof Unknown) return wanted;
      if (!asBoolean(wanted)) continue;
    }
    const value = evaluate(expression.value, within);
    mayHold(++count, 1);
    if (expression.key === undefined) {
      list.push(value);
      continue;
    }
    const key = settled(evaluate(expression.key, within));
    if (key instanceof Unknown) return key;
    const name = asString(key);
    if (!expression.grouped) {
      if (name in map) throw new EvaluationError(`"for" gives the key "${name}" twice`);
      map[name] = value;
    } else {
      map[name] ??= [];
      (map[name] as Value[]).push(value);
    }
  }
  return expression.key === undefined ? list : map;
}

function elements(collection: Value): [Value, Value][] {
  if (Array.isArray(collection)) return collection.map((value, position) => [position, value]);
  if (isObject(collection)) return sortedKeys(collection).map((key) => [key, collection[key] as Value]);
  throw new EvaluationError(`"for" needs a list or an object, this is ${typeName(collection)}`);
}

function inner(scope: Scope, keyName: string | undefined, key: Value, valueName: string, value: Value): Scope {
  return {
    variable: (name) => (name === valueName ? value : name === keyName ? key : scope.variable(name)),
    function: (name) => scope.function(name),
  };
}
