/**
 * Templates: quoted strings, heredocs and whole template files. All three are text with `${…}` and `%{…}` in it; they
 * differ in how they end and whether a backslash escapes.
 */
import { parseExpression, parseForNames, takeWord } from './parse-expression.ts';
import { Scanner } from './scanner.ts';
import type { Expression, TemplatePart } from './syntax.ts';

interface TemplateForm {
  /** True where the text is over; takes what ends it. */
  ended(scanner: Scanner): boolean;
  escapes: boolean;
}

const quoted: TemplateForm = {
  escapes: true,
  ended(scanner) {
    const code = scanner.text.charCodeAt(scanner.at);
    if (code === 34) {
      scanner.at++;
      return true;
    }
    if (code === 10 || Number.isNaN(code))
      scanner.fail(`expected a closing quote, found ${scanner.found()}; a string that spans lines is written <<EOT`);
    return false;
  },
};

const whole: TemplateForm = { escapes: false, ended: (scanner) => scanner.at >= scanner.text.length };

/** A string in quotes; without any `${` it is a literal. */
export function parseQuoted(scanner: Scanner): Expression {
  const at = scanner.at++;
  const plain = plainString(scanner);
  if (plain !== undefined) return { kind: 'literal', at, value: plain };
  return asExpression(at, parseParts(scanner, quoted));
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
    if (code === 92 || code === 10 || Number.isNaN(code)) return undefined;
    if ((code === 36 || code === 37) && text.charCodeAt(at + 1) !== 34) return undefined;
  }
}

/** The text of a template file, or of a string in JSON syntax, as an expression. */
export function parseTemplate(path: string, text: string): { expression: Expression; reads: boolean } {
  const scanner = new Scanner(path, text);
  const expression = asExpression(0, parseParts(scanner, whole));
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
  const parts = parseParts(scanner, heredoc(marker, at));
  return asExpression(at, flush ? withoutIndentation(parts) : parts);
}

function heredoc(marker: string, start: number): TemplateForm {
  const end = new RegExp(`[ \\t]*${marker}[ \\t]*(?=\\r?\\n|$)`, 'y');
  return {
    escapes: false,
    ended(scanner) {
      const { text, at } = scanner;
      if (at >= text.length)
        scanner.fail(
          `the text that begins with "<<${marker}" does not end; write ${marker} on a line by itself`,
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

/** `<<-`: the indentation that all lines share is not part of the text. */
function withoutIndentation(parts: TemplatePart[]): TemplatePart[] {
  let least = Number.POSITIVE_INFINITY;
  const eachLine = (change: (line: string) => string) => {
    let lineStart = true;
    return parts.map((part): TemplatePart => {
      const starts = lineStart;
      lineStart = part.kind === 'text' && part.text.endsWith('\n');
      if (part.kind !== 'text') return part;
      const text = part.text
        .split(/(?<=\n)/)
        .map((line, index) => (index > 0 || starts ? change(line) : line))
        .join('');
      return { kind: 'text', text };
    });
  };
  eachLine((line) => {
    if (line.trim() !== '') least = Math.min(least, line.length - line.trimStart().length);
    return line;
  });
  return eachLine((line) => line.slice(Math.min(least, line.length - line.trimStart().length)));
}

function asExpression(at: number, parts: TemplatePart[]): Expression {
  if (parts.length === 0) return { kind: 'literal', at, value: '' };
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'text') return { kind: 'literal', at, value: only.text };
  return { kind: 'template', at, parts };
}

/** Parts up to the end of the text. */
function parseParts(scanner: Scanner, form: TemplateForm): TemplatePart[] {
  const { parts, keyword } = parseUntil(scanner, form, { stripNext: false });
  if (keyword !== undefined) scanner.fail(`"%{ ${keyword} }" has nothing to end`);
  return parts;
}

/** Parts up to the end, or up to a directive that ends or splits the one around it. `strip.stripNext` lives on across levels. */
function parseUntil(
  scanner: Scanner,
  form: TemplateForm,
  strip: { stripNext: boolean },
): { parts: TemplatePart[]; keyword: string | undefined } {
  const parts: TemplatePart[] = [];
  let text = '';
  const flush = () => {
    if (strip.stripNext) {
      const kept = text.trimStart();
      if (kept !== '') strip.stripNext = false;
      text = kept;
    }
    if (text !== '') parts.push({ kind: 'text', text });
    text = '';
  };
  const open = () => {
    scanner.at += 2;
    if (scanner.peek('~')) {
      scanner.at++;
      text = text.trimEnd();
    }
    flush();
    strip.stripNext = false;
  };
  const close = () => {
    scanner.within(false, () => {
      strip.stripNext = scanner.take('~');
      scanner.need('}', 'to end a template sequence');
    });
  };
  while (!form.ended(scanner)) {
    const character = scanner.text[scanner.at];
    if (
      (character === '$' || character === '%') &&
      scanner.text[scanner.at + 1] === character &&
      scanner.text[scanner.at + 2] === '{'
    ) {
      text += `${character}{`;
      scanner.at += 3;
    } else if (character === '$' && scanner.text[scanner.at + 1] === '{') {
      open();
      const value = scanner.within(false, () => parseExpression(scanner));
      parts.push({ kind: 'interpolation', value });
      close();
    } else if (character === '%' && scanner.text[scanner.at + 1] === '{') {
      open();
      const keyword = parseDirective(scanner, form, strip, parts, close);
      if (keyword !== undefined) return { parts, keyword };
    } else if (character === '\\' && form.escapes) {
      text += parseEscape(scanner);
    } else {
      text += character;
      scanner.at++;
    }
  }
  flush();
  return { parts, keyword: undefined };
}

/** After `%{`: pushes an `if` or a `for` with its body, or returns the keyword that belongs to the level above. */
function parseDirective(
  scanner: Scanner,
  form: TemplateForm,
  strip: { stripNext: boolean },
  parts: TemplatePart[],
  close: () => void,
): string | undefined {
  const lines = scanner.lines;
  scanner.lines = false;
  const bodyUntil = (...ends: string[]) => {
    scanner.lines = lines;
    scanner.deeper();
    const body = parseUntil(scanner, form, strip);
    scanner.shallower();
    if (body.keyword === undefined || !ends.includes(body.keyword))
      scanner.fail(`expected "%{ ${ends.join(' }" or "%{ ')} }"`);
    return body;
  };
  try {
    if (takeWord(scanner, 'if')) {
      const condition = parseExpression(scanner);
      close();
      const whenTrue = bodyUntil('else', 'endif');
      const otherwise = whenTrue.keyword === 'else' ? bodyUntil('endif').parts : [];
      parts.push({ kind: 'if', condition, whenTrue: whenTrue.parts, otherwise });
      return undefined;
    }
    if (takeWord(scanner, 'for')) {
      const names = parseForNames(scanner);
      const collection = parseExpression(scanner);
      close();
      parts.push({ kind: 'loop', ...names, collection, body: bodyUntil('endfor').parts });
      return undefined;
    }
    scanner.skip();
    const keyword = scanner.identifier();
    if (keyword !== 'else' && keyword !== 'endif' && keyword !== 'endfor')
      scanner.fail(`expected "if", "for", "else", "endif" or "endfor" after "%{", found ${scanner.found()}`);
    close();
    return keyword;
  } finally {
    scanner.lines = lines;
  }
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
  scanner.at += 2 + length;
  return String.fromCodePoint(Number.parseInt(digits, 16));
}
