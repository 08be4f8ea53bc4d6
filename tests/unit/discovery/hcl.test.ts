// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import fc from 'fast-check';
import { evaluate, type Scope } from '../../../src/discovery/hcl/evaluate.ts';
import { pureFunctions } from '../../../src/discovery/hcl/functions/pure.ts';
import { parseFile } from '../../../src/discovery/hcl/parse.ts';
import { EvaluationError, fromData, settled, Unknown, type Value } from '../../../src/discovery/hcl/values.ts';

const variables: Record<string, Value> = {
  local: fromData({ name: 'vpc', list: [1, 2, 3], map: { b: 2, a: 1 }, units: [{ id: 'x' }, { id: 'y' }], none: null }),
  unknown: new Unknown('only a run can tell'),
};
const scope: Scope = { variable: (name) => variables[name], function: (name) => pureFunctions.get(name) };
const evaluated = (text: string) => {
  const attribute = parseFile('a.hcl', `x = ${text}\n`).body.attributes.get('x');
  if (attribute === undefined) throw new Error('no attribute');
  return settled(evaluate(attribute.value, scope));
};

describe('an expression has the value that Terraform gives it:', () => {
  test.each<[string, unknown]>([
    ['1 + 2 * 3 - 4 / 2', 5],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['-2 + 5 % 3', 0],
    ['1 < 2 && !(2 >= 3) || false', true],
    ['1 == 1 ? "a" : "b"', 'a'],
    ['"1" == 1', false],
    ['[1, "a", true, null,]', [1, 'a', true, null]],
    ['{ a = 1, "b" : 2, (local.name) = 3 }', { a: 1, b: 2, vpc: 3 }],
    ['{\n  a = 1\n  b = [\n    2,\n  ]\n}', { a: 1, b: [2] }],
    ['"../${local.name}/$${x}%%{y}\\t\\u00e9"', '../vpc/${x}%{y}\té'],
    ['"${local.list}"', [1, 2, 3]],
    ['"${1}${true}"', '1true'],
    ['"%{ if local.name == "vpc" }yes%{ else }no%{ endif }"', 'yes'],
    ['"%{ for k, v in local.map ~} ${k}=${v} %{~ endfor }"', 'a=1b=2'],
    ['local.list[1]', 2],
    ['local.map["b"]', 2],
    ['local.list.0', 1],
    ['local.units[*].id', ['x', 'y']],
    ['local.units.*.id', ['x', 'y']],
    ['[for n in local.list : n * 2 if n > 1]', [4, 6]],
    ['{ for k, v in local.map : v => k }', { 1: 'a', 2: 'b' }],
    ['{ for u in local.units : "all" => u.id... }', { all: ['x', 'y'] }],
    ['<<EOT\na\n  b\nEOT', 'a\n  b\n'],
    ['<<-EOT\n    a\n      ${local.name}\n    EOT', 'a\n  vpc\n'],
    ['max(local.list...)', 3],
    ['try(local.map.zzz, local.none.x, "default")', 'default'],
    ['can(local.map.zzz)', false],
    ['join("-", sort(["b", "a"]))', 'a-b'],
    ['split(",", "a,b")', ['a', 'b']],
    ['replace("a1b2", "/[0-9]/", "-")', 'a-b-'],
    ['replace("a.b", ".", "")', 'ab'],
    ['format("%s-%03d-%v", "a", 7, true)', 'a-007-true'],
    ['formatlist("%s.%s", ["a", "b"], "c")', ['a.c', 'b.c']],
    ['regex("(?P<env>[a-z]+)-", "prod-1").env', 'prod'],
    ['regex("[0-9]+", "ab12")', '12'],
    ['merge({ a = 1 }, { b = 2 }, { a = 3 })', { a: 3, b: 2 }],
    ['lookup(local.map, "zzz", 9)', 9],
    ['element(["a", "b"], 3)', 'b'],
    ['keys(local.map)', ['a', 'b']],
    ['flatten([[1, [2]], 3])', [1, 2, 3]],
    ['distinct([1, 2, 1])', [1, 2]],
    [
      'setproduct(["a"], ["b", "c"])',
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
    ],
    ['toset(["b", "a", "b"])', ['a', 'b']],
    ['range(3)', [0, 1, 2]],
    ['zipmap(["a"], [1])', { a: 1 }],
    ['coalesce(null, "", "x")', 'x'],
    ['compact(["a", "", "b"])', ['a', 'b']],
    ['trimsuffix(trimprefix("xay", "x"), "y")', 'a'],
    ['basename("/a/b")', 'b'],
    ['dirname("/a/b")', '/a'],
    ['jsonencode({ b = 1, a = "<" })', '{"a":"\\u003c","b":1}'],
    ['jsondecode("{\\"a\\": [1]}").a[0]', 1],
    ['yamldecode("a: {b: yes}").a.b', true],
    ['base64decode(base64encode("ü"))', 'ü'],
    ['substr("hello", 1, 3)', 'ell'],
    ['title("hello big world")', 'Hello Big World'],
    ['deep_merge({ a = { b = 1 } }, { a = { c = 2 } })', { a: { b: 1, c: 2 } }],
  ])('%s', (text, expected) => {
    expect(JSON.parse(JSON.stringify(evaluated(text)))).toEqual(expected);
  });
});

describe('what can not be known', () => {
  test.each([
    'unknown',
    'unknown.a[0]',
    '"../${unknown}"',
    'unknown ? 1 : 2',
    'join("", [unknown])',
    'unknown == 1',
    '!unknown',
  ])('makes %s unknown, with its reason', (text) => {
    expect(evaluated(text)).toMatchObject({ reason: 'only a run can tell' });
  });

  test.each<[string, unknown]>([
    ['false && unknown', false],
    ['unknown || true', true],
    ['unknown ? "a" : "a"', 'a'],
    ['merge({ a = unknown }, { b = 1 }).b', 1],
    ['try(unknown.a, 1) == 1 ? 2 : 2', 2],
  ])('leaves %s known', (text, expected) => {
    expect(evaluated(text)).toEqual(expected);
  });
});

test.each([
  'local.zzz',
  'local.list[7]',
  'local.name.x',
  'nothing',
  '1 + "a"',
  'lookup(local.map, "zzz")',
  'jsondecode("{")',
])('%s has no value', (text) => {
  expect(() => evaluated(text)).toThrow(EvaluationError);
});

describe('of a text that is known in part, the beginning is kept', () => {
  test.each([
    ['"../modules/${unknown}/app"', '../modules/'],
    ['"${"../${unknown}"}/${local.name}"', '../'],
    ['"${local.name}%{ if true }/${unknown}%{ endif }"', 'vpc/'],
    ['unknown ? "../modules/a" : "../modules/b"', '../modules/'],
    ['unknown == "x" ? "../a/${unknown}" : "../b"', '../'],
    ['try("a/${unknown}", "b")', 'a/'],
    ['{ a = "a/${unknown}" }.a', 'a/'],
  ])('%s', (text, beginning) => {
    expect(evaluated(text)).toEqual(new Unknown('only a run can tell', beginning));
  });

  test.each([
    'upper("a/${unknown}")',
    '"a${unknown}" == "b"',
    '"${"a${unknown}" == "b"}/c"',
    '"x${unknown}" ? "a" : "b"',
    '{ (unknown) = 1 }["a${unknown}"]',
    'local.map["a${unknown}"]',
    '"%{ if "a${unknown}" }x%{ endif }"',
    '[for x in "a${unknown}" : x]',
    'unknown ? 1 : "a"',
  ])('but not through what makes another value of it: %s', (text) => {
    expect(evaluated(text)).toEqual(new Unknown('only a run can tell'));
  });
});

describe('HCL that does not parse is named with its place and what was expected:', () => {
  test.each([
    ['a = \n', 'a.hcl:1:5: expected a value, found the end of the line'],
    ['a = "x\n', 'a.hcl:1:7: expected a closing quote, found the end of the line'],
    ['a "b" {\n  c = 1\n', 'a.hcl:3:1: expected "}" to end the block, found the end of the file'],
    ['a = 1 b = 2\n', 'a.hcl:1:7: expected a new line, found "b"'],
    ['a = 1\na = 2\n', 'a.hcl:2:1: "a" is set twice'],
    ['a = <<EOT\nx\n', 'a.hcl:1:5: the text that begins with "<<EOT" does not end'],
    ['a = "\\q"\n', 'a.hcl:1:6: "\\q" is no escape sequence'],
    ['a = [1\n  2]\n', 'a.hcl:2:3: expected "]" or "," in a list, found "2"'],
    ['/* x', 'a.hcl:1:1: a comment begins'],
    ['$ = 1\n', 'a.hcl:1:1: expected the name of an attribute or a block, found "$"'],
  ])('%j', (text, message) => {
    expect(() => parseFile('a.hcl', text)).toThrow(message);
  });
});

test.each(['(', '[', '{a=', '!', '-', 'f(', '"${', 'true ? '])('HCL with %s nested without end is refused', (piece) => {
  expect(() => parseFile('a.hcl', `a = ${piece.repeat(50_000)}`)).toThrow('levels of nesting');
});

test('any text either parses or is refused with a place, and never anything else', () => {
  const piece = fc.constantFrom(
    ...'{}[]()"$%~<>=!&|?:.,*-+/#\\\n\t ab1',
    '${',
    '%{ if ',
    '<<EOT\n',
    'EOT',
    'for x in ',
    '...',
    '=>',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      try {
        parseFile('a.hcl', pieces.join(''));
      } catch (error) {
        expect(String(error)).toMatch(/^DiscoveryError: a\.hcl:\d+:\d+: /);
      }
    }),
    { numRuns: 2000 },
  );
});
