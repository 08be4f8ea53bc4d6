/** From the text of a file to its syntax tree. */
import type { HclFile } from './file.ts';
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
  if (path.endsWith('.json')) return { path, text, body: parseJson(path, text) };
  const scanner = new Scanner(path, text);
  return { path, text, body: parseBody(scanner, false) };
}

function parseBody(scanner: Scanner, nested: boolean): Body {
  const body: Body = { attributes: new Map(), blocks: [] };
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
    endOfItem(scanner, nested);
  }
}

function isAssignment(scanner: Scanner): boolean {
  scanner.skip();
  if (!scanner.peek('=') || scanner.peek('==')) return false;
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
  return { type, labels, at, body: scanner.within(true, () => parseBody(scanner, true)) };
}

function endOfItem(scanner: Scanner, nested: boolean): void {
  scanner.skip();
  if (scanner.at >= scanner.text.length || scanner.peek('\n') || (nested && scanner.peek('}'))) return;
  scanner.fail(`expected a new line, found ${scanner.found()}`);
}
