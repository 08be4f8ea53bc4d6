// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** HCL that is written to hang whoever reads it, or that nobody meant to be so large. */
import { UnitCache } from '../../../src/discovery/cache/unit-cache.ts';
import { stepsOfEach } from '../../../src/discovery/hcl/budget.ts';
import { evaluate, type Scope } from '../../../src/discovery/hcl/evaluate.ts';
import { pureFunctions } from '../../../src/discovery/hcl/functions/pure.ts';
import { parseFile } from '../../../src/discovery/hcl/parse.ts';
import { EvaluationError, settled, Unknown, unknownIn, type Value } from '../../../src/discovery/hcl/values.ts';
import { localsOf } from '../../../src/discovery/terragrunt/configuration.ts';
import { DiscoveryError } from '../../../src/errors.ts';
import { discoverTree } from '../../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../../support/memory-tree.ts';

const million = 1_000_000;

describe('a file of any size and depth parses or is refused with its place:', () => {
  const deep = 100_000;
  const refusal = (text: string, path = 'a.hcl') => {
    try {
      parseFile(path, text);
      return undefined;
    } catch (error) {
      if (error instanceof DiscoveryError) return error.message;
      throw error;
    }
  };

  test.each([
    ...['(', '[', '{a=', '!', '-', 'f(', '"${', 'true ? ', 'b[', '[for x in ', '{for x in ', '"%{ if ', 'a ? b : '],
    ...['<<E\n${', '{(', '1 + (', 'a.*.b[', '"${[{a=(f(', '"%{ if a }${"%{ for b in c }${'],
  ])('%j again and again', (piece) => {
    expect(refusal(`a = ${piece.repeat(deep)}`)).toMatch(/^a\.hcl:\d+:\d+: .*levels of nesting/);
  });

  test.each<[string, string]>([
    ['blocks in blocks', 'a {\n'.repeat(deep)],
    ['[*] behind [*]', `a = b${'[*]'.repeat(deep)}\n`],
    ['directives in directives', `a = "${'%{ if a }'.repeat(deep)}${'%{ endif }'.repeat(deep)}"\n`],
  ])('%s', (_name, text) => {
    expect(refusal(text)).toMatch(/^a\.hcl:\d+:\d+: .*levels of nesting/);
  });

  test.each(['[', '{"a":'])('JSON with %s again and again', (piece) => {
    expect(refusal(piece.repeat(deep), 'a.hcl.json')).toMatch(/^a\.hcl\.json:1:\d+: .*levels of nesting/);
  });

  test.each<[string, string]>([
    ['name', `${'a'.repeat(10 * million)} = 1\n`],
    ['number', `a = ${'1'.repeat(10 * million)}\n`],
    ['text', `a = "${'x'.repeat(10 * million)}"\n`],
    ['text of escapes', `a = "${'\\n'.repeat(2 * million)}"\n`],
    ['text of signs that begin a template', `a = "${'$%'.repeat(million)}"\n`],
    ['text of templates', `a = "${'${b}'.repeat(million)}"\n`],
    ['heredoc of lines', `a = <<-E\n${' x\n'.repeat(million)}E\n`],
    ['heredoc of blanks', `a = <<E\n${' '.repeat(10 * million)}\nE\n`],
    ['list', `a = [${'1,'.repeat(million)}]\n`],
    ['sum', `a = 1${' + 1'.repeat(million)}\n`],
    ['traversal', `a = b${'.c'.repeat(million)}\n`],
    ['comment', `#${'x'.repeat(10 * million)}\n`],
    ['run of comments', '/**/'.repeat(8 * million)],
    ['run of blanks and lines', ' \r\n'.repeat(3 * million)],
  ])('a %s without end', (_name, text) => {
    expect(refusal(text)).toBeUndefined();
  });

  test('what it says of a name without end is short', () => {
    expect(refusal(`${'a'.repeat(10 * million)} 1\n`)?.length).toBeLessThan(3000);
  });
});

/** The value of `x`, with these locals. */
function valueIn(x: string, locals = ''): Value {
  const { body } = parseFile('a.hcl', `locals {\n${locals}}\nx = ${x}\n`);
  const scope: Scope = {
    variable: (name) => (name === 'local' ? named : undefined),
    function: (name) => pureFunctions.get(name),
  };
  const named = localsOf(body, scope);
  const attribute = body.attributes.get('x');
  if (attribute === undefined) throw new Error('no x');
  return settled(evaluate(attribute.value, scope));
}

/** With the beginning of the expression for a title. */
const titled = <T>(rows: [x: string, locals: string, expected: T][]) =>
  rows.map((row) => [row[0].slice(0, 60), ...row] as const);

/** Locals a0 ▸ a1 ▸ … ▸ a<count>, each made of the one before. */
const chain = (count: number, next: (before: string) => string, first = '"x"') =>
  `a0 = ${first}\n${Array.from({ length: count }, (_, index) => `a${index + 1} = ${next(`local.a${index}`)}\n`).join('')}`;
const doubled = (before: string) => `"\${${before}}\${${before}}"`;

describe('what is too much to compute is unknown, and says so:', () => {
  test.each(
    titled<string>([
      ['range(100000000)', '', '100000000 elements'],
      ['setproduct(range(1000), range(1000), range(1000))', '', '1000000000 elements'],
      ['[for a in range(5000) : [for b in range(5000) : a * b]]', '', 'too many steps'],
      ['{ for a in range(100000) : "${a}" => [for b in range(100) : b] }', '', 'too many steps'],
      ['"%{ for a in range(10000) }%{ for b in range(10000) }x%{ endfor }%{ endfor }"', '', 'too many steps'],
      ['[for a in range(50000) : contains(range(50000), a)]', '', 'too many steps'],
      ['format("%999999999s", "a")', '', '999999999 characters'],
      ['indent(999999999, "a")', '', '999999999 characters'],
      ['local.a60', chain(60, doubled), 'characters'],
      ['join(local.a20, range(100000))', chain(20, doubled), 'characters'],
      ['replace(local.a16, "", local.a16)', chain(16, doubled), 'characters'],
      ['replace(local.a20, "x", local.a20)', chain(20, doubled), 'characters'],
      ['replace(local.a16, "/x/", local.a16)', chain(16, doubled), 'too many steps'],
      ['formatlist("%s", split("", local.a17))', chain(17, doubled), 'elements'],
      ['jsonencode(local.a60)', chain(60, (before) => `[${before}, ${before}]`), 'too large to be looked through'],
      ['local.a60 == 1', chain(60, (before) => `[${before}, ${before}]`), 'too large to be looked through'],
      ['flatten(local.a60)', chain(60, (before) => `[${before}, ${before}]`), 'elements'],
      ['concat(local.a60)', chain(60, (before) => `concat(${before}, ${before})`, '[1]'), 'elements'],
      ['local.a10000', chain(10_000, (before) => before), 'computed from values that are computed from others'],
      [
        'local.a10000',
        chain(10_000, (before) => `join("", [for x in [${before}] : try(x, 1)])`),
        'computed from values',
      ],
      [`1${' + 1'.repeat(100_000)}`, '', 'computed from values'],
      [`jsondecode("${'['.repeat(100_000)}${']'.repeat(100_000)}")`, '', 'too large to be computed'],
      ['1e400', '', 'too large to be computed'],
      ['1e308 * 10', '', 'too large to be computed'],
      ['[for x in range(100) : sha512(local.a23)]', chain(23, doubled), 'too many steps'],
      ['try(range(100000000), "else")', '', '100000000 elements'],
      ['can(range(100000000))', '', '100000000 elements'],
      ['true ? range(100000000) : []', '', '100000000 elements'],
    ]),
  )('%s', (_title, x, locals, reason) => {
    const unknown = unknownIn(valueIn(x, locals));
    expect(unknown).toBeInstanceOf(Unknown);
    expect(unknown?.reason).toContain(reason);
  });

  test('one value of many does not take the others with it', () => {
    const value = valueIn('[for x in [3, 100000000] : length(range(x))]') as Value[];
    expect(value).toEqual([3, expect.any(Unknown)]);
  });

  test('what one evaluation spent is not missing to the next', () => {
    expect(unknownIn(valueIn('[for a in range(5000) : [for b in range(5000) : a]]'))).toBeInstanceOf(Unknown);
    expect(valueIn('length(range(100000))')).toBe(100_000);
  });
});

describe('what is large but not too large has its value, in time that grows with what is written:', () => {
  test.each(
    titled<Value>([
      // Each mention of a local would double the work, if it were evaluated anew.
      ['local.a90', chain(90, (before) => `length(${before}) > 0 ? ${before} : ""`), 'x'],
      ['length(toset([for x in range(50000) : "${x}"]))', '', 50_000],
      ['length(distinct([for x in range(50000) : "${x}"]))', '', 50_000],
      ['length(setsubtract(range(50000), range(49999)))', '', 1],
      ['length(setintersection(range(50000), range(49999)))', '', 49_999],
      ['length(matchkeys(range(50000), range(50000), range(1, 49999)))', '', 49_998],
      ['length({ for x in range(50000) : "a" => x... }["a"])', '', 50_000],
      ['length(transpose({ for x in range(50000) : "k${x}" => ["a"] })["a"])', '', 50_000],
      ['length(chomp("${local.a20}x"))', chain(20, doubled, '"\\n"'), 2 ** 20 + 1],
      ['can(regex("^(a+)+$", "${local.a12}!"))', chain(12, doubled, '"a"'), false],
      ['can(regex("(x+x+)+y", local.a16))', chain(16, doubled), false],
    ]),
  )('%s', (_title, x, locals, expected) => {
    expect(valueIn(x, locals)).toBe(expected);
  });

  test('a local that refers to itself has no value', () => {
    expect(() => valueIn('local.a', 'a = local.b\nb = local.a\n')).toThrow(new EvaluationError('a refers to itself'));
  });
});

describe('a unit whose code is too much is told of, and the others are there:', () => {
  const backend = (key: string) =>
    `terraform {\n  backend "s3" {\n    bucket = "state"\n    key    = "${key}"\n  }\n}\n`;
  const reads = (more: string, key: string) =>
    `data "terraform_remote_state" "r" {\n  ${more}\n  backend = "s3"\n  config = {\n    bucket = "state"\n    key    = ${key}\n  }\n}\n`;
  const healthy: TreeFiles = {
    'net/main.tf': backend('net'),
    'app/main.tf': backend('app') + reads('', '"net"'),
    'live/vpc/terragrunt.hcl': 'terraform {\n  source = "git::https://git.example.org/vpc.git"\n}\n',
    'live/db/terragrunt.hcl':
      'terraform {\n  source = "git::https://git.example.org/db.git"\n}\ndependency "vpc" {\n  config_path = "../vpc"\n}\n',
  };
  const others = { app: ['net'], 'live/db': ['live/vpc'], 'live/vpc': [], net: [] };
  const discovered = async (files: TreeFiles) => {
    const units = await discoverTree(memoryTree({ ...healthy, ...files }));
    return {
      dependencies: Object.fromEntries([...units].map(([path, { unit }]) => [path, unit.dependencies])),
      problems: Object.fromEntries(
        [...units].flatMap(([path, { problem }]) => (problem ? [[path, problem.message]] : [])),
      ),
    };
  };

  test.each<[string, string, RegExp]>([
    ['count', reads('count = 100000000', '"net-${count.index}"'), /can't be known: there are 100000000 of it/],
    [
      'for_each',
      reads('for_each = toset([for n in range(90000) : "n${n}"])', 'each.key'),
      /can't be known: there are 90000 of it/,
    ],
    ['a list', reads('', 'join("", range(100000000))'), /can't be known: it would have 100000000 elements/],
    [
      'nesting',
      `locals {\n  a = ${'('.repeat(100_000)}\n`,
      /main\.tf:2:\d+: expected fewer than 500 levels of nesting/,
    ],
    [
      'an escape sequence',
      'locals {\n  a = "\\U00110000"\n}\n',
      /main\.tf:2:\d+: "\\U00110000" is no character of Unicode/,
    ],
    ['a name', `${'a'.repeat(million)} 1\n`, /main\.tf:1:\d+: expected "=" or "\{"/],
  ])('%s of Terraform', async (_name, code, problem) => {
    const { dependencies, problems } = await discovered({ 'bad/backend.tf': backend('bad'), 'bad/main.tf': code });
    expect(dependencies).toEqual({ ...others, bad: [] });
    expect(Object.keys(problems)).toEqual(['bad']);
    expect(problems.bad).toMatch(problem);
  });

  test.each<[string, string, RegExp]>([
    [
      'a path',
      `dependency "x" {\n  config_path = "../\${join("", range(100000000))}"\n}\n`,
      /can't be known: it would have 100000000 elements/,
    ],
    [
      'a chain',
      `locals {\n${chain(10_000, (before) => before)}}\ndependency "x" {\n  config_path = local.a10000\n}\n`,
      /can't be known: it is computed from values/,
    ],
    ['blocks', 'inputs {\n'.repeat(100_000), /terragrunt\.hcl:\d+:\d+: expected fewer than 500 levels of nesting/],
  ])('%s of Terragrunt', async (_name, code, problem) => {
    const { dependencies, problems } = await discovered({ 'live/bad/terragrunt.hcl': code });
    expect(dependencies).toEqual({ ...others, 'live/bad': [] });
    expect(Object.keys(problems)).toEqual(['live/bad']);
    expect(problems['live/bad']).toMatch(problem);
  });
});

describe('a repository in which every unit takes much', () => {
  const source = 'terraform {\n  source = "tfr:///example/x/aws"\n}\n';
  /** Some 600,000 steps. */
  const much = 'length([for a in range(1000) : [for b in range(200) : b]])';
  const reading = (path: string) => `${source}inputs = {\n  a = file("../files/\${${path}}")\n}\n`;
  const cheap = (count: number): TreeFiles =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`cheap/${index}.tf`, '']));
  const units: TreeFiles = {
    'a/terragrunt.hcl': reading(much),
    'b/terragrunt.hcl': reading('1000'),
    'c/terragrunt.hcl': reading(much),
    'files/1000': '',
  };
  const found = async (files: TreeFiles, cache?: UnitCache) => {
    const discovered = [...(await discoverTree(memoryTree(files), cache)).values()].filter(({ tool, path }) =>
      tool === 'terragrunt' ? path !== 'cheap' : false,
    );
    return Object.fromEntries(
      discovered.map(({ path, reads, doubts }) => [
        path,
        doubts[0]?.message.replace(/^.*: /, '') ?? reads.includes('files/1000'),
      ]),
    );
  };
  const share = (steps: number) => `more than ${steps}, its share in a repository of so many files`;

  test('is bounded as a whole: what takes more than its share is unknown, whatever its place, and what takes little is not', async () => {
    expect(await found(units)).toEqual({ a: true, b: true, c: true });
    const crowded = { ...units, ...cheap(2000 - 3) };
    expect(await found(crowded)).toEqual({ a: share(500_000), b: true, c: share(500_000) });
  });

  test('leaves each what people write, however many there are', () => {
    expect([1, 200, 400, 4000, 1_000_000].map(stepsOfEach)).toEqual([
      5_000_000, 5_000_000, 2_500_000, 250_000, 250_000,
    ]);
  });

  test('has the same graph with what was kept when it was smaller', async () => {
    const cache = new UnitCache();
    const crowded = { ...units, ...cheap(2000 - 3) };
    expect(await found(units, cache)).toEqual({ a: true, b: true, c: true });
    expect(await found(crowded, cache)).toEqual(await found(crowded));
    expect(await found(units, cache)).toEqual({ a: true, b: true, c: true });
  });

  test('has the same graph whichever unit reads a configuration first that takes much', async () => {
    const reader = (own: string) =>
      `${source}locals {\n  own = ${own}\n  shared = read_terragrunt_config("../shared.hcl").locals.a\n}\ninputs = {\n  a = file("../files/\${local.own - local.own + local.shared}")\n}\n`;
    const files: TreeFiles = {
      'files/1000': '',
      'shared.hcl': `locals {\n  a = ${much}\n}\n`,
      ...cheap(1000 - 3),
    };
    const [little, most] = [reader('1'), reader(much)];
    const over = share(1_000_000);
    const foundIn = (a: string, b: string) => found({ ...files, 'a/terragrunt.hcl': a, 'b/terragrunt.hcl': b });
    expect(await foundIn(little, most)).toEqual({ a: true, b: over });
    expect(await foundIn(most, little)).toEqual({ a: over, b: true });
  });

  test('keeps of texts of millions of characters how they begin, and what tells them apart', async () => {
    const doubling = `locals {\n${chain(20, doubled)}}\n`;
    const s3 = (end: string) =>
      `${source}${doubling}remote_state {\n  backend = "s3"\n  config = {\n    bucket = "b"\n    key    = "\${local.a20}${end}"\n  }\n}\n`;
    const discovered = await discoverTree(
      memoryTree({
        'a/terragrunt.hcl': s3('a'),
        'b/terragrunt.hcl': s3('b'),
        'same/terragrunt.hcl': s3('a'),
        'd/terragrunt.hcl': `${source}${doubling}dependency "x" {\n  config_path = "../\${local.a20}"\n}\n`,
      }),
    );
    const of = (path: string) => discovered.get(path)?.states.writes[0] ?? '';
    expect(of('a')).toMatch(/^s3 bucket=b key=x+… \(\d+ characters, SHA-256 [0-9a-f]{64}\)$/);
    expect([of('a') === of('same'), of('a') === of('b')]).toEqual([true, false]);
    for (const unit of discovered.values()) expect(JSON.stringify(unit).length).toBeLessThan(12_000);
    expect(discovered.get('d')?.problem?.message.length).toBeLessThan(3000);
  });
});
