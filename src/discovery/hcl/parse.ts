/** From the text of a file to its syntax tree. */
import { errorAt, type HclFile } from './file.ts';
import { parseExpression } from './parse-expression.ts';
import { parseJson } from './parse-json.ts';
import { parseQuoted } from './parse-template.ts';
import { Scanner } from './scanner.ts';
import type { Block, Body } from './syntax.ts';

/**
 * Parses native syntax, or JSON syntax when the name ends in `.json`.
 * @throws DiscoveryError `file:line:column: what was expected`
 */
export function parseFile(path: string, text: string): HclFile {
  try {
    const body = path.endsWith('.json') ? parseJson(path, text) : parseBody(new Scanner(path, text), false);
    return { path, text, body };
  } catch (error) {
    // The stack or an expression's memory: what takes so much is no configuration.
    if (error instanceof RangeError) throw errorAt({ path, text }, 0, `is too large to be read (${error.message}).`);
    throw error;
  }
}

function emptyBody(): Body {
  return { attributes: new Map(), blocks: [] };
}

function parseBody(scanner: Scanner, nested: boolean): Body {
  const body = emptyBody();
  for (;;) {
    scanner.skipAll();
    const at = scanner.at;
    if (nested ? scanner.take('}') : at >= scanner.text.length) return body;
    const name = scanner.identifier();
    if (name === undefined)
      scanner.fail(
        at >= scanner.text.length
          ? 'expected "}" to end the block, found the end of the file'
          : `expected the name of an attribute or a block, found ${scanner.found()}`,
      );
    if (isAssignment(scanner)) parseAttribute(scanner, body, name, at);
    else body.blocks.push(parseBlock(scanner, name, at));
    endOfItem(scanner);
  }
}

function isAssignment(scanner: Scanner): boolean {
  scanner.skip();
  if (!scanner.peek('=') || scanner.peek('==') || scanner.peek('=>')) return false;
  scanner.at++;
  return true;
}

function parseAttribute(scanner: Scanner, body: Body, name: string, at: number): void {
  if (body.attributes.has(name)) scanner.fail(`"${name}" is set twice in the same block; remove one of them`, at);
  scanner.reads = false;
  const value = parseExpression(scanner);
  body.attributes.set(name, { name, at, value, reads: scanner.reads });
}

function parseBlock(scanner: Scanner, type: string, at: number): Block {
  const labels: string[] = [];
  for (;;) {
    scanner.skip();
    if (scanner.peek('{')) break;
    if (scanner.peek('"')) {
      const label = parseQuoted(scanner);
      if (label.kind !== 'literal') scanner.fail('a label of a block must be a plain string', label.at);
      labels.push(String(label.value));
      continue;
    }
    const label = scanner.identifier();
    if (label === undefined) scanner.fail(`expected "=" or "{" after "${type}", found ${scanner.found()}`);
    labels.push(label);
  }
  scanner.at++;
  return { type, labels, at, body: scanner.within(true, () => parseBlockBody(scanner)) };
}

/** After the brace: lines of attributes and blocks, or one attribute and the closing brace in the same line. */
function parseBlockBody(scanner: Scanner): Body {
  scanner.skip();
  if (scanner.peek('}') || scanner.lineEnds()) return parseBody(scanner, true);
  const body = emptyBody();
  const at = scanner.at;
  const name = scanner.identifier();
  if (name === undefined) scanner.fail(`expected the name of an attribute, found ${scanner.found()}`);
  if (!isAssignment(scanner))
    scanner.fail(
      `expected "=" after "${name}", found ${scanner.found()}; a block within a block stands on lines of its own`,
    );
  parseAttribute(scanner, body, name, at);
  scanner.need('}', 'to end the block: in one line it has one attribute');
  return body;
}

function endOfItem(scanner: Scanner): void {
  scanner.skip();
  if (!scanner.lineEnds()) scanner.fail(`expected a new line, found ${scanner.found()}`);
}
