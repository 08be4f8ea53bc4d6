/**
 * Templates: quoted strings, heredocs and whole template files. All three are text with `${…}` and `%{…}` in it; they
 * differ in how they end and in what is one piece of text. First a template is cut into pieces, on which white space is taken away; then
 * directives and what stands between them become a tree.
 */
import { parseExpression, parseForNames, takeWord } from './parse-expression.ts';
import { Scanner } from './scanner.ts';
import type { Expression, TemplatePart } from './syntax.ts';

type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'interpolation'; value: Expression }
  | { kind: 'if'; at: number; condition: Expression }
  | { kind: 'for'; at: number; keyName: string | undefined; valueName: string; collection: Expression }
  | { kind: 'else' | 'endif' | 'endfor'; at: number };

interface TemplateForm {
  /** True where the text is over; takes what ends it. */
  ended(scanner: Scanner): boolean;
  /** Text without templates and escapes, as far as `~` takes white space away: in a heredoc and a file, a line. */
  plain: RegExp;
  escapes: boolean;
}

const quoted: TemplateForm = {
  escapes: true,
  plain: /[^"\\$%\r\n]+/y,
  ended(scanner) {
    if (scanner.peek('"')) {
      scanner.at++;
      return true;
    }
    if (scanner.at >= scanner.text.length || '\r\n'.includes(scanner.text[scanner.at] as string))
      scanner.fail(`expected a closing quote, found ${scanner.found()}; a string that spans lines is written <<EOT`);
    return false;
  },
};

const whole: TemplateForm = {
  escapes: false,
  plain: /[^$%\n]*\n|[^$%\n]+/y,
  ended: (scanner) => scanner.at >= scanner.text.length,
};

/** A string in quotes; without any `${` it is a literal. */
export function parseQuoted(scanner: Scanner): Expression {
  const at = scanner.at++;
  const plain = plainString(scanner);
  if (plain !== undefined) return { kind: 'literal', at, value: plain };
  return asExpression(at, parts(scanner, pieces(scanner, quoted)));
}

/** The fast way for most strings: no escape, no template. */
function plainString(scanner: Scanner): string | undefined {
  const { text } = scanner;
  for (let at = scanner.at; ; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      const value = text.slice(scanner.at, at);
      scanner.at = at + 1;
      return value;
    }
    if (code === 92 || code === 10 || code === 13 || Number.isNaN(code)) return undefined;
    if ((code === 36 || code === 37) && text.charCodeAt(at + 1) !== 34) return undefined;
  }
}

/** The text of a template file, or of a string in JSON syntax, as an expression. */
export function parseTemplate(path: string, text: string): { expression: Expression; reads: boolean } {
  const scanner = new Scanner(path, text);
  const expression = asExpression(0, parts(scanner, pieces(scanner, whole)));
  return { expression, reads: scanner.reads };
}

export function parseHeredoc(scanner: Scanner): Expression {
  const at = scanner.at;
  scanner.at += 2;
  const flush = scanner.peek('-');
  if (flush) scanner.at++;
  const marker = scanner.identifier();
  if (marker === undefined) scanner.fail(`expected the name that ends the text after "<<", found ${scanner.found()}`);
  if (scanner.peek('\r')) scanner.at++;
  if (!scanner.peek('\n')) scanner.fail(`expected a new line after "<<${marker}", found ${scanner.found()}`);
  scanner.at++;
  const found = pieces(scanner, heredoc(marker, at));
  if (flush) takeIndentationAway(found);
  return asExpression(at, parts(scanner, found));
}

/** White space that ends no line. */
const blank = '[^\\P{White_Space}\\r\\n]';

function heredoc(marker: string, start: number): TemplateForm {
  const end = new RegExp(`${blank}*${marker}${blank}*(?=\\r?\\n)`, 'uy');
  return {
    escapes: false,
    plain: /[^$%\r\n]*\r?\n|[^$%\r\n]+/y,
    ended(scanner) {
      const { text, at } = scanner;
      if (at >= text.length)
        scanner.fail(
          `the text that begins with "<<${marker}" does not end; write ${marker} on a line by itself, and a new line after it`,
          start,
        );
      if (text.charCodeAt(at - 1) !== 10) return false;
      end.lastIndex = at;
      const found = end.exec(text)?.[0];
      if (found === undefined) return false;
      scanner.at += found.length;
      return true;
    },
  };
}

/** `<<-`: the indentation that all lines share is not part of the text. Lines without anything in them don't count. */
function takeIndentationAway(found: readonly Piece[]): void {
  const indentation = (text: string) => text.length - text.trimStart().length;
  const lines: { kind: 'text'; text: string }[] = [];
  let least = Number.POSITIVE_INFINITY;
  let lineStarts = true;
  for (const piece of found) {
    if (piece.kind !== 'text') {
      if (lineStarts) least = 0;
      lineStarts = false;
      continue;
    }
    if (lineStarts && !(piece.text.endsWith('\n') && piece.text.trim() === '')) {
      least = Math.min(least, indentation(piece.text));
      lines.push(piece);
    }
    lineStarts = piece.text.endsWith('\n');
  }
  for (const line of lines) line.text = line.text.slice(least);
}

function asExpression(at: number, parts: TemplatePart[]): Expression {
  if (parts.length === 0) return { kind: 'literal', at, value: '' };
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'text') return { kind: 'literal', at, value: only.text };
  return { kind: 'template', at, parts };
}

/** The pieces up to the end of the template. */
function pieces(scanner: Scanner, form: TemplateForm): Piece[] {
  const found: Piece[] = [];
  let trimNext = false;
  const text = (piece: string) => {
    found.push({ kind: 'text', text: trimNext ? piece.trimStart() : piece });
    trimNext = false;
  };
  while (!form.ended(scanner)) {
    const { text: source, at } = scanner;
    const character = source[at] as string;
    const begins = (character === '$' || character === '%') && source[at + 1];
    if (begins === '{') {
      scanner.at += 2;
      const before = found.at(-1);
      if (scanner.peek('~')) {
        scanner.at++;
        if (before?.kind === 'text') before.text = before.text.trimEnd();
      }
      scanner.within(false, () => {
        found.push(
          character === '$' ? { kind: 'interpolation', value: parseExpression(scanner) } : directive(scanner, at),
        );
        trimNext = scanner.take('~}');
        if (!trimNext) scanner.need('}', 'to end a template sequence');
      });
    } else if (begins === character && source[at + 2] === '{') {
      scanner.at += 3;
      text(`${character}{`);
    } else if (begins !== false) {
      scanner.at++;
      text(character);
    } else {
      text(plainText(scanner, form));
    }
  }
  return found;
}

/** Text up to a template, or the end of what is one piece. */
function plainText(scanner: Scanner, form: TemplateForm): string {
  let text = '';
  for (;;) {
    form.plain.lastIndex = scanner.at;
    const run = form.plain.exec(scanner.text)?.[0] ?? '';
    scanner.at += run.length;
    text += run;
    if (!form.escapes || !scanner.peek('\\')) break;
    text += parseEscape(scanner);
  }
  if (text === '') scanner.fail('a carriage return stands only before a new line');
  return text;
}

/** After `%{`. */
function directive(scanner: Scanner, at: number): Piece {
  if (takeWord(scanner, 'if')) return { kind: 'if', at, condition: parseExpression(scanner) };
  if (takeWord(scanner, 'for')) {
    const names = parseForNames(scanner);
    return { kind: 'for', at, ...names, collection: parseExpression(scanner) };
  }
  scanner.skip();
  const keyword = scanner.identifier();
  if (keyword !== 'else' && keyword !== 'endif' && keyword !== 'endfor')
    scanner.fail(`expected "if", "for", "else", "endif" or "endfor" after "%{", found ${scanner.found()}`);
  return { kind: keyword, at };
}

type Directive = Extract<TemplatePart, { kind: 'if' | 'loop' }>;

/** Pieces as a tree: what stands between `if` or `for` and its end is inside of it. */
function parts(scanner: Scanner, found: readonly Piece[]): TemplatePart[] {
  const root: TemplatePart[] = [];
  const open: { directive: Directive; at: number; inside: TemplatePart[] }[] = [];
  const begin = (directive: Directive, at: number, inside: TemplatePart[]) => {
    scanner.deeper(at);
    open.push({ directive, at, inside });
  };
  for (const piece of found) {
    const inner = open.at(-1);
    const into = inner?.inside ?? root;
    switch (piece.kind) {
      case 'text':
        addText(into, piece.text);
        break;
      case 'interpolation':
        into.push(piece);
        break;
      case 'if': {
        const part: Directive = { kind: 'if', condition: piece.condition, whenTrue: [], otherwise: [] };
        into.push(part);
        begin(part, piece.at, part.whenTrue);
        break;
      }
      case 'for': {
        const { keyName, valueName, collection } = piece;
        const part: Directive = { kind: 'loop', keyName, valueName, collection, body: [] };
        into.push(part);
        begin(part, piece.at, part.body);
        break;
      }
      case 'else':
        if (inner?.directive.kind !== 'if' || inner.inside === inner.directive.otherwise)
          scanner.fail('"%{ else }" stands in no "%{ if }", or is its second one', piece.at);
        inner.inside = inner.directive.otherwise;
        break;
      default: {
        const begun = piece.kind === 'endif' ? 'if' : 'loop';
        if (inner?.directive.kind !== begun) scanner.fail(`"%{ ${piece.kind} }" has nothing to end`, piece.at);
        scanner.shallower();
        open.pop();
      }
    }
  }
  const unended = open.at(-1);
  if (unended)
    scanner.fail(
      `this directive does not end; write "%{ ${unended.directive.kind === 'if' ? 'endif' : 'endfor'} }"`,
      unended.at,
    );
  return root;
}

function addText(into: TemplatePart[], text: string): void {
  const last = into.at(-1);
  if (last?.kind === 'text') last.text += text;
  else into.push({ kind: 'text', text });
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

function parseEscape(scanner: Scanner): string {
  const letter = scanner.text[scanner.at + 1] ?? '';
  const known = escapes[letter];
  if (known !== undefined) {
    scanner.at += 2;
    return known;
  }
  const length = letter === 'u' ? 4 : letter === 'U' ? 8 : 0;
  const digits = scanner.text.slice(scanner.at + 2, scanner.at + 2 + length);
  if (length === 0 || !new RegExp(`^[0-9a-fA-F]{${length}}$`).test(digits))
    scanner.fail(`"\\${letter}" is no escape sequence; a backslash itself is written "\\\\"`);
  const code = Number.parseInt(digits, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    scanner.fail(`"\\${letter}${digits}" is no character of Unicode`);
  scanner.at += 2 + length;
  return String.fromCodePoint(code);
}
