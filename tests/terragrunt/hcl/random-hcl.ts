// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Random HCL by its grammar, mostly valid, and what becomes of a text when parts of it are taken out, doubled, swapped or replaced. */
import type { Random } from '../../bench/random.ts';

/** Draws one of `items`; an item that is a function is called with what draws. */
export class Draw {
  readonly random: Random;
  /** How much may still be nested. */
  #budget = 40;

  constructor(random: Random) {
    this.random = random;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  text(...choices: readonly (string | (() => string))[]): string {
    const choice = this.one(choices);
    return typeof choice === 'string' ? choice : choice();
  }

  /** Between `least` and `most` texts with `separator` between them. */
  several(least: number, most: number, separator: string, make: () => string): string {
    return Array.from({ length: least + this.below(most - least + 1) }, make).join(separator);
  }

  /** `make`, or where enough is nested already `otherwise`. */
  nested(make: () => string, otherwise: string): string {
    return this.#budget-- > 0 ? make() : otherwise;
  }
}

/** A file in native syntax. */
export function randomHcl(random: Random): string {
  const draw = new Draw(random);
  const bom = draw.below(50) === 0 ? '\ufeff' : '';
  const text = bom + body(draw, 0);
  return draw.below(12) === 0 ? text.replaceAll('\n', '\r\n') : text;
}

/** A template file. */
export function randomTemplate(random: Random): string {
  const draw = new Draw(random);
  return templateParts(draw, ['text', ' ', '\n', '\r\n', '"', '\\', '$', '%', '$$', 'EOT\n', 'ü']);
}

/** A file in JSON syntax. */
export function randomJson(random: Random): string {
  const draw = new Draw(random);
  const blank = () => draw.text('', '', ' ', '\n', '\t', '\r\n');
  const string = () =>
    JSON.stringify(draw.text('a', 'locals', '', 'ü\u2028', '${a}', '${', '%{ if a }', '\u0000\n"\\', '//'));
  const value = (): string =>
    draw.nested(
      () =>
        draw.text(
          string,
          string,
          '1',
          '-0',
          '1.5e-3',
          '1E5',
          'true',
          'false',
          'null',
          () => `[${blank()}${draw.several(0, 3, `${blank()},${blank()}`, value)}${blank()}]`,
          object,
        ),
      '0',
    );
  const object = (): string =>
    `{${blank()}${draw.several(0, 4, `${blank()},${blank()}`, () => `${string()}${blank()}:${blank()}${value()}`)}${blank()}}`;
  return blank() + draw.text(object, object, object, value) + blank();
}

function body(draw: Draw, level: number): string {
  return draw.several(0, 4, '', () =>
    draw.text(
      () => `${name(draw)}${space(draw)}=${space(draw)}${expression(draw)}${end(draw)}`,
      () => `${name(draw)}${space(draw)}=${space(draw)}${expression(draw)}${end(draw)}`,
      () => (level > 3 ? '\n' : block(draw, level)),
      () => comment(draw),
      '\n',
    ),
  );
}

function block(draw: Draw, level: number): string {
  const labels = draw.several(0, 2, ' ', () => draw.text('"a"', 'b', '"a.b-c"', '"$${x}"', '"\\u00e9"'));
  const inside = draw.text(
    () => `\n${body(draw, level + 1)}`,
    () => ` ${name(draw)} = ${expression(draw)} `,
    '',
    ' ',
    () => `${comment(draw)}${body(draw, level + 1)}`,
  );
  return `${name(draw)} ${labels}${space(draw)}{${inside}}${end(draw)}`;
}

const end = (draw: Draw) => draw.text('\n', '\n', '\n', '\r\n', () => ` ${comment(draw)}`);
const comment = (draw: Draw) => draw.text('# x " ${ \n', '// x\n', '/* a\n * b */\n', '#\n', '//\r\n');
const space = (draw: Draw) => draw.text('', ' ', ' ', '  ', '\t', '/**/', ' /* x */ ');
/** Where newlines mean nothing. */
const anySpace = (draw: Draw) => draw.text('', '', ' ', '\n', '\r\n', '# c\n', '/* c */', '\t');

function name(draw: Draw): string {
  return draw.text(
    'a',
    'b',
    'c',
    'foo-bar',
    '_x',
    'größe',
    'for',
    'if',
    'in',
    'true',
    'null',
    'a1',
    'е',
    `n${draw.below(99)}`,
  );
}

function expression(draw: Draw): string {
  return draw.nested(
    () =>
      draw.text(
        () => term(draw),
        () => term(draw),
        () => `${term(draw)}${traversal(draw)}`,
        () => `${term(draw)}${traversal(draw)}`,
        () => `${expression(draw)}${space(draw)}${draw.one(operators)}${space(draw)}${expression(draw)}`,
        () =>
          `${expression(draw)}${space(draw)}?${space(draw)}${expression(draw)}${space(draw)}:${space(draw)}${expression(draw)}`,
        () => `${draw.one(['-', '!', '- ', '!!'])}${term(draw)}`,
      ),
    'x',
  );
}

const operators = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', '&&', '||'];

function term(draw: Draw): string {
  return draw.nested(
    () =>
      draw.text(
        () => number(draw),
        () => name(draw),
        () => name(draw),
        () => quoted(draw),
        () => quoted(draw),
        () => heredoc(draw),
        () => `(${anySpace(draw)}${expression(draw)}${anySpace(draw)})`,
        () =>
          `[${anySpace(draw)}${draw.several(0, 3, `${anySpace(draw)},${anySpace(draw)}`, () => expression(draw))}${draw.text('', ',')}${anySpace(draw)}]`,
        () => object(draw),
        () =>
          `${functionName(draw)}${space(draw)}(${anySpace(draw)}${draw.several(0, 3, `${anySpace(draw)},`, () => expression(draw))}${draw.text('', '', ',', '...')}${anySpace(draw)})`,
        () => loop(draw),
      ),
    '1',
  );
}

const functionName = (draw: Draw) => draw.text('f', 'max', 'provider::aws::arn', 'a :: b', 'true');

function number(draw: Draw): string {
  return draw.text(
    '0',
    '1',
    '42',
    '1.5',
    '1e3',
    '1E-3',
    '1.5e+10',
    '007',
    '1.e5',
    '1.',
    '1..2',
    '1.2.3',
    '0x1F',
    '1e',
    '1e400',
    '123456789012345678901234567890',
  );
}

function traversal(draw: Draw): string {
  return draw.several(1, 3, '', () =>
    draw.text(
      () => `.${name(draw)}`,
      () => `.${name(draw)}`,
      () => `.${draw.text('0', '12', '0.1', '1e2')}`,
      '.*',
      '[*]',
      '[ * ]',
      () => `[${anySpace(draw)}${expression(draw)}${anySpace(draw)}]`,
      () => ` . ${name(draw)}`,
      () => `["${name(draw)}"]`,
    ),
  );
}

function object(draw: Draw): string {
  const entry = () => {
    const key = draw.text(
      () => name(draw),
      () => name(draw),
      () => quoted(draw),
      () => `(${expression(draw)})`,
      () => number(draw),
      () => `${name(draw)}.${name(draw)}`,
      () => `${name(draw)} == ${name(draw)}`,
    );
    return `${key}${space(draw)}${draw.text('=', '=', ':')}${space(draw)}${expression(draw)}`;
  };
  const separator = () => draw.text(',', '\n', ',\n', '# c\n', '\r\n', ', ', '\n\n');
  const entries = draw.several(0, 3, '', () => `${entry()}${separator()}`);
  return `{${draw.text('', '\n', ' ', '# c\n')}${entries}${draw.text('', ' ', '\n')}}`;
}

function loop(draw: Draw): string {
  const names = draw.text('x', 'k, v', 'k,v', 'in');
  const head = `for ${names} in ${expression(draw)}${anySpace(draw)}:${anySpace(draw)}`;
  const condition = draw.text('', '', () => ` if ${expression(draw)}`);
  return draw.text(
    () => `[${anySpace(draw)}${head}${expression(draw)}${condition}${anySpace(draw)}]`,
    () =>
      `{${anySpace(draw)}${head}${expression(draw)} => ${expression(draw)}${draw.text('', '...')}${condition}${anySpace(draw)}}`,
  );
}

function quoted(draw: Draw): string {
  return `"${templateParts(draw, ['a', ' ', 'b c', '$', '%', '$$', '%%', "'", '#', '//', '\\n', '\\"', '\\\\', '\\u00e9', '\\U0001F600', '\\t', 'ü', '😀', '{', '}', '\\U00110000', '\\ud800', '\\q'])}"`;
}

function heredoc(draw: Draw): string {
  const marker = draw.text('EOT', 'E-T', '_', 'größe');
  const lines = draw.several(0, 3, '', () => {
    const line = templateParts(draw, ['a', '  ', '"', '\\', '$', '%', '$$', 'x y', '#', '\t', `${marker}`, 'ü']);
    return `${draw.text('', '  ', '\t')}${line}${draw.text('\n', '\n', '\n', '\r\n')}`;
  });
  return `<<${draw.text('', '-')}${marker}\n${lines}${draw.text('', '  ', '\t')}${marker}${draw.text('\n', '\n', '\n', '\r\n', ' \n', '')}`;
}

function templateParts(draw: Draw, literals: readonly string[]): string {
  const parts = (): string =>
    draw.nested(
      () =>
        draw.several(0, 3, '', () =>
          draw.text(
            () => draw.one(literals),
            () => draw.one(literals),
            () => draw.one(['$${', '%%{', '$$${', '$%{']) + draw.text('', 'x}'),
            () => `\${${strip(draw)}${anySpace(draw)}${expression(draw)}${anySpace(draw)}${strip(draw)}}`,
            () =>
              `${open(draw)}if ${expression(draw)}${close(draw)}${parts()}${draw.text('', () => `${open(draw)}else${close(draw)}${parts()}`)}${open(draw)}endif${close(draw)}`,
            () =>
              `${open(draw)}for ${draw.text('x', 'k, v')} in ${expression(draw)}${close(draw)}${parts()}${open(draw)}endfor${close(draw)}`,
          ),
        ),
      '',
    );
  return parts();
}

const strip = (draw: Draw) => draw.text('', '', '', '~');
const open = (draw: Draw) => `%{${strip(draw)}${draw.text('', ' ')}`;
const close = (draw: Draw) => `${draw.text('', ' ')}${strip(draw)}}`;

/** What makes trouble where it doesn't belong. */
const pieces = [
  ...'{}[]()"$%~<>=!&|?:.,*-+/#\\\n\r\t `\';^@\u0000\u00a0\u2028\ufeff\ufffd\u0301',
  ...[
    '${',
    '%{',
    '<<EOT\n',
    'EOT\n',
    '\r\n',
    '...',
    '=>',
    '==',
    '::',
    '~}',
    '/*',
    '*/',
    '//',
    'for ',
    ' in ',
    ' if ',
    '%{ if x }',
    '%{ endif }',
    '$${',
    '.*',
    '[*]',
    '.0',
    '1e9',
    '_',
    '😀',
  ],
];

/** The text with one to four changes: a part taken out, doubled, moved, or a piece put in. */
export function mutated(text: string, random: Random): string {
  const draw = new Draw(random);
  let result = text;
  for (let changes = 1 + draw.below(4); changes > 0; changes--) {
    const from = draw.below(result.length + 1);
    const to = Math.min(result.length, from + 1 + draw.below(draw.one([1, 3, 12])));
    const part = result.slice(from, to);
    const at = draw.below(result.length + 1);
    const change = draw.below(5);
    if (change === 0) result = result.slice(0, from) + result.slice(to);
    else if (change === 1) result = result.slice(0, to) + part + result.slice(to);
    else if (change === 2) result = result.slice(0, at) + part + result.slice(at);
    else if (change === 3) result = result.slice(0, from) + draw.one(pieces) + result.slice(to);
    else result = result.slice(0, from) + draw.one(pieces) + result.slice(from);
  }
  return result.toWellFormed();
}
