/** Expressions, by recursive descent: conditional ▸ binary operators ▸ unary ▸ postfix ▸ primary. */
import { parseHeredoc, parseQuoted } from './parse-template.ts';
import type { Scanner } from './scanner.ts';
import { type BinaryOperator, type Expression, readingFunctions } from './syntax.ts';

export function parseExpression(scanner: Scanner): Expression {
  const condition = parseBinary(scanner, 1);
  if (!scanner.take('?')) return condition;
  scanner.deeper();
  // The HCL specification lets a conditional go on after a newline only inside brackets; both branches follow its rule.
  const whenTrue = parseExpression(scanner);
  scanner.need(':', 'between the two results of a condition');
  const otherwise = parseExpression(scanner);
  scanner.shallower();
  return { kind: 'conditional', at: condition.at, condition, whenTrue, otherwise };
}

/** How tightly each operator binds. */
const bindings: Record<BinaryOperator, number> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

/** Operators that bind at least as tightly as `least`; those of equal strength group to the left. */
function parseBinary(scanner: Scanner, least: number): Expression {
  let left = parseUnary(scanner);
  for (;;) {
    const operator = operatorHere(scanner);
    if (operator === undefined) return left;
    const binding = bindings[operator];
    if (binding < least) return left;
    scanner.at += operator.length;
    const right = parseBinary(scanner, binding + 1);
    left = { kind: 'binary', at: left.at, operator, left, right };
  }
}

function operatorHere(scanner: Scanner): BinaryOperator | undefined {
  scanner.skip();
  const character = scanner.text[scanner.at];
  switch (character) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return character;
    case '<':
    case '>':
      return scanner.text[scanner.at + 1] === '=' ? `${character}=` : character;
    case '=':
    case '!':
      return scanner.text[scanner.at + 1] === '=' ? `${character}=` : undefined;
    case '&':
    case '|':
      return scanner.text[scanner.at + 1] === character ? (character === '&' ? '&&' : '||') : undefined;
    default:
      return undefined;
  }
}

function parseUnary(scanner: Scanner): Expression {
  scanner.skip();
  const at = scanner.at;
  const operator = scanner.text[at];
  if (operator !== '-' && operator !== '!') return parsePostfix(scanner, parsePrimary(scanner));
  scanner.at++;
  scanner.deeper();
  const operand = parseUnary(scanner);
  scanner.shallower();
  return { kind: 'unary', at, operator, operand };
}

function parsePostfix(scanner: Scanner, primary: Expression): Expression {
  let target = primary;
  for (;;) {
    // A call or a traversal goes on where it stands; white space before "." and "[" is allowed, a newline is not.
    scanner.skip();
    const at = scanner.at;
    if (takeDot(scanner)) {
      scanner.skip();
      target = scanner.take('*') ? attributesSplat(scanner, target, at) : dotted(scanner, target, at);
    } else if (scanner.text.charCodeAt(at) === 91) {
      scanner.at++;
      target = scanner.take('*') ? fullSplat(scanner, target, at) : indexed(scanner, target, at);
    } else {
      return target;
    }
  }
}

/** A dot that is not part of "...". */
function takeDot(scanner: Scanner): boolean {
  const { text, at } = scanner;
  if (text.charCodeAt(at) !== 46 || text.charCodeAt(at + 1) === 46) return false;
  scanner.at++;
  return true;
}

function dotted(scanner: Scanner, target: Expression, at: number): Expression {
  const name = scanner.identifier();
  if (name !== undefined) return { kind: 'attribute', at, target, name };
  const index = scanner.number();
  if (index === undefined) scanner.fail(`expected the name of an attribute after ".", found ${scanner.found()}`);
  if (index.includes('.')) scanner.fail(`two indexes after a dot are written [${index.replace('.', '][')}]`, at);
  return { kind: 'index', at, target, key: { kind: 'literal', at, value: Number(index) } };
}

/** `.*`: what follows belongs to each element as long as it is attributes, and `[…]` to the list that comes of it. */
function attributesSplat(scanner: Scanner, target: Expression, at: number): Expression {
  let each: Expression = { kind: 'variable', at, name: '*' };
  for (;;) {
    scanner.skip();
    const dot = scanner.at;
    if (!takeDot(scanner)) return { kind: 'splat', at, target, each };
    scanner.skip();
    each = dotted(scanner, each, dot);
  }
}

/** `[*]`: all that follows belongs to each element. */
function fullSplat(scanner: Scanner, target: Expression, at: number): Expression {
  scanner.need(']', 'after "[*"');
  scanner.deeper();
  const each = parsePostfix(scanner, { kind: 'variable', at, name: '*' });
  scanner.shallower();
  return { kind: 'splat', at, target, each };
}

function indexed(scanner: Scanner, target: Expression, at: number): Expression {
  return scanner.within(false, () => {
    const key = parseExpression(scanner);
    scanner.need(']', 'after an index');
    return { kind: 'index', at, target, key };
  });
}

function parsePrimary(scanner: Scanner): Expression {
  const at = scanner.at;
  const character = scanner.text[at];
  switch (character) {
    case '"':
      return parseQuoted(scanner);
    case '(':
      scanner.at++;
      return scanner.within(false, () => {
        const inner = parseExpression(scanner);
        scanner.need(')', 'to close "("');
        return inner;
      });
    case '[':
      return parseTuple(scanner);
    case '{':
      return parseObject(scanner);
    case '<':
      if (scanner.peek('<<')) return parseHeredoc(scanner);
      break;
    default: {
      const number = scanner.number();
      if (number !== undefined) return { kind: 'literal', at, value: Number(number) };
      const name = scanner.identifier();
      if (name !== undefined) return parseNamed(scanner, name, at);
    }
  }
  scanner.fail(`expected a value, found ${scanner.found()}`);
}

function parseNamed(scanner: Scanner, name: string, at: number): Expression {
  const end = scanner.at;
  let called = name;
  scanner.skip();
  // Namespaced functions: provider::aws::arn_parse(…).
  while (scanner.peek('::')) {
    scanner.at += 2;
    scanner.skip();
    called += `::${scanner.identifier() ?? scanner.fail('expected a name after "::"')}`;
    scanner.skip();
  }
  if (scanner.peek('(')) {
    scanner.at++;
    if (readingFunctions.has(called)) scanner.reads = true;
    return scanner.within(false, () => parseArguments(scanner, called, at));
  }
  if (called !== name) scanner.fail(`expected "(" after ${called}, found ${scanner.found()}`);
  scanner.at = end;
  if (name === 'true' || name === 'false') return { kind: 'literal', at, value: name === 'true' };
  return name === 'null' ? { kind: 'literal', at, value: null } : { kind: 'variable', at, name };
}

function parseArguments(scanner: Scanner, name: string, at: number): Expression {
  const args: Expression[] = [];
  let expandLast = false;
  while (!scanner.take(')')) {
    args.push(parseExpression(scanner));
    if (scanner.take('...')) {
      expandLast = true;
      scanner.need(')', `after "..." in the call of ${name}`);
      break;
    }
    if (scanner.take(',')) continue;
    scanner.need(')', `or "," in the call of ${name}`);
    break;
  }
  return { kind: 'call', at, name, args, expandLast };
}

function parseTuple(scanner: Scanner): Expression {
  const at = scanner.at++;
  return scanner.within(false, () => {
    const loop = parseFor(scanner, at, ']');
    if (loop) return loop;
    const items: Expression[] = [];
    while (!scanner.take(']')) {
      items.push(parseExpression(scanner));
      if (scanner.take(',')) continue;
      scanner.need(']', 'or "," in a list');
      break;
    }
    return { kind: 'tuple', at, items };
  });
}

function parseObject(scanner: Scanner): Expression {
  const at = scanner.at++;
  const loop = scanner.within(false, () => parseFor(scanner, at, '}'));
  if (loop) return loop;
  return scanner.within(true, () => {
    const entries: { key: Expression; value: Expression }[] = [];
    for (;;) {
      scanner.skipAll();
      if (scanner.take('}')) return { kind: 'object', at, entries };
      const key = parseKey(scanner);
      if (!takeAssignment(scanner)) scanner.fail(`expected "=" after a key, found ${scanner.found()}`);
      entries.push({ key, value: parseExpression(scanner) });
      if (scanner.take(',')) continue;
      scanner.skip();
      if (scanner.lineEnds() || scanner.peek('}')) continue;
      scanner.fail(`expected a new line, "," or "}" after a value, found ${scanner.found()}`);
    }
  });
}

/** A bare name is a string; anything else is an expression. */
function parseKey(scanner: Scanner): Expression {
  const at = scanner.at;
  const name = scanner.identifier();
  if (name !== undefined && isAssignment(scanner)) return { kind: 'literal', at, value: name };
  scanner.at = at;
  return parseExpression(scanner);
}

function takeAssignment(scanner: Scanner): boolean {
  if (!isAssignment(scanner)) return false;
  scanner.at++;
  return true;
}

/** Whether "=" or ":" stands here and is no part of "==", "=>" or "::". */
function isAssignment(scanner: Scanner): boolean {
  scanner.skip();
  if (scanner.peek(':')) return !scanner.peek('::');
  return scanner.peek('=') && !scanner.peek('==') && !scanner.peek('=>');
}

function parseFor(scanner: Scanner, at: number, end: ']' | '}'): Expression | undefined {
  scanner.skip();
  const start = scanner.at;
  if (scanner.identifier() !== 'for') {
    scanner.at = start;
    return undefined;
  }
  const { keyName, valueName } = parseForNames(scanner);
  const collection = parseExpression(scanner);
  scanner.need(':', 'after the collection of "for"');
  const first = parseExpression(scanner);
  let key: Expression | undefined;
  let value = first;
  if (end === '}') {
    scanner.need('=>', 'after the key of "for"');
    key = first;
    value = parseExpression(scanner);
  }
  const grouped = end === '}' && scanner.take('...');
  const condition = takeWord(scanner, 'if') ? parseExpression(scanner) : undefined;
  scanner.need(end, 'after "for"');
  return { kind: 'for', at, keyName, valueName, collection, key, value, condition, grouped };
}

/** `name in` or `key, value in`. */
export function parseForNames(scanner: Scanner): { keyName: string | undefined; valueName: string } {
  const name = () => {
    scanner.skip();
    return scanner.identifier() ?? scanner.fail(`expected a name after "for", found ${scanner.found()}`);
  };
  const first = name();
  const second = scanner.take(',') ? name() : undefined;
  if (!takeWord(scanner, 'in')) scanner.fail(`expected "in" after the names of "for", found ${scanner.found()}`);
  return second === undefined ? { keyName: undefined, valueName: first } : { keyName: first, valueName: second };
}

export function takeWord(scanner: Scanner, word: string): boolean {
  scanner.skip();
  const start = scanner.at;
  if (scanner.identifier() === word) return true;
  scanner.at = start;
  return false;
}
