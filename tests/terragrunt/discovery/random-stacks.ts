// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Random repositories with stacks in stacks, whose units depend on each other in one of many ways. */
import { posix } from 'node:path';
import fc from 'fast-check';
import type { Files } from './oracle.ts';
import type { StackRepository } from './stacks.ts';

const ways = ['value', 'local', 'autoinclude', 'value of the stack', 'relative to the root'] as const;

interface DrawnUnit {
  place: string;
  hoisted: boolean;
  literalSource: boolean;
  /** The unit before it that it depends on; none when there is no such unit. */
  to: number;
  way: (typeof ways)[number];
  value: string;
}

interface DrawnStack {
  units: DrawnUnit[];
  /** How many stacks lie above it. */
  depth: number;
}

const drawnUnit: fc.Arbitrary<DrawnUnit> = fc.record({
  place: fc.constantFrom('', 'net/', 'a b/'),
  hoisted: fc.boolean(),
  literalSource: fc.boolean(),
  to: fc.nat(6),
  way: fc.constantFrom(...ways),
  value: fc.string({ maxLength: 6, unit: fc.constantFrom('a', '"', '$', '{', '}', '%', '\\', 'é', '\n', '#') }),
});

/** Between one and three stacks under `live`. */
export const randomStacks: fc.Arbitrary<StackRepository> = fc
  .array(fc.record({ units: fc.array(drawnUnit, { minLength: 1, maxLength: 5 }), depth: fc.nat(2) }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((stacks) => ({
    files: Object.assign(
      { 'catalog/unit/terragrunt.hcl': unitCode, 'catalog/unit/main.tf': '' },
      ...stacks.map((stack, index) => filesOf(stack, `s${index}`)),
    ),
    generate: ['live'],
  }));

const unitCode = 'dependencies {\n  paths = try(values.paths, [])\n}\ninputs = {\n  text = values.text\n}\n';

/** The stack's file in the catalog where others lie above it, and each of those with nothing but the next one. */
function filesOf(stack: DrawnStack, name: string): Files {
  const own = stackText(stack.units);
  if (stack.depth === 0) return { [`live/${name}/terragrunt.stack.hcl`]: own.replaceAll('values.name', '"x"') };
  const files: Files = { [`catalog/${name}-0/terragrunt.stack.hcl`]: own };
  for (let level = 1; level <= stack.depth; level++) {
    const outermost = level === stack.depth;
    const path = outermost ? `live/${name}` : `catalog/${name}-${level}`;
    const given = outermost ? '"x"' : 'values.name';
    files[`${path}/terragrunt.stack.hcl`] =
      `stack "inner" {\n  source = "\${get_repo_root()}/catalog/${name}-${level - 1}"\n  path = "inner-${level}"\n  values = { name = ${given} }\n}\n`;
  }
  return files;
}

function stackText(units: DrawnUnit[]): string {
  const places = units.map(({ place, hoisted }, index) => `${hoisted ? '' : '.terragrunt-stack/'}${place}u${index}`);
  const locals: string[] = ['name = values.name'];
  const blocks = units.map((unit, index) => {
    const place = places[index] as string;
    const target = unit.to < index ? places[unit.to] : undefined;
    const relative = target === undefined ? undefined : JSON.stringify(posix.relative(place, target));
    let paths = relative === undefined ? '[]' : `[${relative}]`;
    let autoinclude = '';
    if (relative !== undefined && unit.way === 'local') {
      locals.push(`p${index} = [${relative}]`);
      paths = `local.p${index}`;
    } else if (relative !== undefined && unit.way === 'autoinclude') {
      paths = '[]';
      autoinclude = `  autoinclude {\n    dependency "d" {\n      config_path = unit.u${unit.to}.path\n    }\n  }\n`;
    } else if (unit.way === 'value of the stack') paths = `local.name == "x" ? ${paths} : ["../nowhere"]`;
    else if (target !== undefined && unit.way === 'relative to the root')
      paths = `["\${get_terragrunt_dir()}/${target}"]`;
    const source = unit.literalSource
      ? '"${get_repo_root()}/catalog/unit"'
      : 'format("%s//catalog/%s", get_repo_root(), "unit")';
    const text = JSON.stringify(unit.value).replace(/[$%](?=\{)/g, '$&$&');
    return `unit "u${index}" {\n  source = ${source}\n  path = "${unit.place}u${index}"\n  no_dot_terragrunt_stack = ${unit.hoisted}\n  values = { text = ${text}, paths = ${paths} }\n${autoinclude}}\n`;
  });
  return `locals {\n${locals.map((local) => `  ${local}\n`).join('')}}\n${blocks.join('')}`;
}
