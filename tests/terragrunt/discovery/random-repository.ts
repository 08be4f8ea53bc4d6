// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Random repositories without cycles, in which each dependency is written in one of many ways. */
import { posix } from 'node:path';
import fc from 'fast-check';
import type { Files } from './oracle.ts';
import { type Strategy, strategies, ways } from './ways.ts';

const environments = ['prod', 'dev', 'prod/eu', 'shared net', 'größe', 'a.b-c', 'prod/unit-0'];
const sources = ['registry', 'local', 'beside', 'of the root'] as const;
const traits = ['root', 'environment', 'file', 'variables', 'file of the root', 'excluded'] as const;

interface Edge {
  to: number;
  way: string;
  strategy: Strategy;
}

interface Drawn {
  environment: string;
  edges: Edge[];
  other: number;
  source: (typeof sources)[number];
  traits: (typeof traits)[number][];
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  environment: fc.constantFrom(...environments),
  edges: fc.array(
    fc.record({
      to: fc.nat(50),
      way: fc.constantFrom(...Object.keys(ways)),
      strategy: fc.constantFrom(...strategies),
    }),
    { maxLength: 4 },
  ),
  other: fc.nat(50),
  source: fc.constantFrom(...sources),
  traits: fc.subarray([...traits]),
});

/** Between 2 and 8 units each; unit i depends on units before it. All lie side by side in one repository, in `r0`, `r1`, … */
export function randomRepositories(count: number): fc.Arbitrary<Files> {
  const one = fc.array(drawn, { minLength: 2, maxLength: 8 });
  return fc
    .array(one, { minLength: count, maxLength: count })
    .map((repositories) => Object.assign({}, ...repositories.map((units, index) => filesOf(units, `r${index}`))));
}

/** What the units of one repository share. */
const shared = (top: string): Files => ({
  [`${top}/root.hcl`]:
    'locals {\n  names = { root = "x" }\n  tags  = yamldecode(file("tags.yaml"))\n}\ninputs = {\n  at = path_relative_to_include()\n}\n',
  [`${top}/sourced.hcl`]: 'terraform {\n  source = "${get_parent_terragrunt_dir()}/modules/thing"\n}\n',
  [`${top}/tags.yaml`]: 'team: a\n',
  [`${top}/env.hcl`]: 'locals {\n  name = "none"\n}\n',
  [`${top}/prod/env.hcl`]: 'locals {\n  name = "prod"\n}\n',
  [`${top}/common.tfvars`]: 'a = 1\n',
  [`${top}/modules/thing/main.tf`]: 'module "part" {\n  source = "../part"\n}\n',
  [`${top}/modules/part/main.tf`]: 'locals {}\n',
  [`${top}/README.md`]: 'x\n',
});

function filesOf(units: Drawn[], top: string): Files {
  const paths = units.map(({ environment }, index) => `${top}/${environment}/unit-${index}`);
  const files = shared(top);
  for (const [index, unit] of units.entries()) {
    const path = paths[index] as string;
    const parts = partsOf(unit, path, top);
    // The first unit has nothing before it to depend on.
    for (const [number, edge] of index === 0 ? [] : unit.edges.entries()) {
      const target = paths[edge.to % index] as string;
      const other = paths[unit.other % index] as string;
      const written = ways[edge.way]?.({ path, target, other, top, strategy: edge.strategy, name: `d${number}` });
      parts.blocks.push(...(written?.blocks ?? []));
      parts.locals.push(...(written?.locals ?? []));
      parts.lists.push(...(written?.lists ?? []));
      Object.assign(parts.files, written?.files);
    }
    const all = [
      ...parts.blocks,
      parts.locals.length > 0 ? `locals {\n${parts.locals.map((line) => `  ${line}\n`).join('')}}` : '',
      parts.lists.length > 0 ? `dependencies {\n  paths = concat(${parts.lists.join(', ')})\n}` : '',
    ];
    Object.assign(files, parts.files, { [`${path}/terragrunt.hcl`]: `${all.join('\n')}\n` });
  }
  return files;
}

/** What a unit is beside its dependencies. */
function partsOf({ source, traits }: Drawn, path: string, top: string) {
  const parts = { blocks: [] as string[], locals: [] as string[], lists: [] as string[], files: {} as Files };
  const up = posix.relative(path, top);
  const include = (name: string) => `include "${name}" {\n  path = find_in_parent_folders("${name}.hcl")\n}`;
  if (source === 'registry') parts.blocks.push('terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}');
  if (source === 'local') parts.blocks.push(`terraform {\n  source = "${up}/modules//thing"\n}`);
  if (source === 'beside') parts.files[`${path}/main.tf`] = 'locals {}\n';
  if (source === 'of the root') parts.blocks.push(include('sourced'));
  if (traits.includes('root')) parts.blocks.push(include('root'));
  if (traits.includes('environment'))
    parts.locals.push('env = read_terragrunt_config(find_in_parent_folders("env.hcl"))');
  if (traits.includes('file')) {
    parts.files[`${path}/names.txt`] = 'a\n';
    parts.locals.push('names = file("names.txt")');
  }
  if (traits.includes('file of the root')) parts.locals.push(`tags = yamldecode(file("${up}/tags.yaml"))`);
  if (traits.includes('variables')) parts.locals.push(`given = read_tfvars_file("${up}/common.tfvars")`);
  if (traits.includes('excluded')) parts.blocks.push('exclude {\n  if = true\n  actions = ["destroy"]\n}');

  return parts;
}
