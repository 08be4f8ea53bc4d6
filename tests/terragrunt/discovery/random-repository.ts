// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Random repositories without cycles, in which each dependency is written in one of many ways. */

import { posix } from 'node:path';
import fc from 'fast-check';
import type { Files } from './oracle.ts';

const environments = ['prod', 'dev', 'prod/eu', 'shared net'];
const strategies = ['no_merge', 'shallow', 'deep'] as const;
const ways = [
  'relative',
  'absolute',
  'from the root',
  'to the root',
  'list of paths',
  'local',
  'functions',
  'conditional',
  'for',
  'yaml',
  'read configuration',
  'exposed include',
  'parent file',
  'overridden parent',
  'disabled parent',
  'disabled',
  'environment',
  'try',
  'json list',
] as const;

interface Edge {
  to: number;
  way: (typeof ways)[number];
  strategy: (typeof strategies)[number];
}

interface Drawn {
  environment: string;
  edges: Edge[];
  other: number;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  environment: fc.constantFrom(...environments),
  edges: fc.array(
    fc.record({ to: fc.nat(50), way: fc.constantFrom(...ways), strategy: fc.constantFrom(...strategies) }),
    { maxLength: 4 },
  ),
  other: fc.nat(50),
});

/** Between 2 and 8 units; unit i depends on units before it. */
export const randomRepository: fc.Arbitrary<Files> = fc
  .array(drawn, { minLength: 2, maxLength: 8 })
  .map((units) => filesOf(units));

function filesOf(units: Drawn[]): Files {
  const paths = units.map(({ environment }, index) => `${environment}/unit-${index}`);
  const files: Files = {
    'root.hcl': 'locals {\n  names = { root = "x" }\n}\ninputs = {\n  at = path_relative_to_include()\n}\n',
  };
  for (const [index, unit] of units.entries()) {
    const path = paths[index] as string;
    const lists: string[] = [];
    const locals: string[] = [];
    const blocks: string[] = [];
    // The first unit has nothing before it to depend on.
    for (const [number, edge] of index === 0 ? [] : unit.edges.entries()) {
      const target = paths[edge.to % index] as string;
      const other = paths[unit.other % index] as string;
      const written = write({ path, target, other, edge, name: `d${number}`, file: `${path}/d${number}` });
      blocks.push(...(written.blocks ?? []));
      locals.push(...(written.locals ?? []));
      lists.push(...(written.lists ?? []));
      Object.assign(files, written.files);
    }
    const all = [
      ...blocks,
      locals.length > 0 ? `locals {\n${locals.map((line) => `  ${line}\n`).join('')}}` : '',
      lists.length > 0 ? `dependencies {\n  paths = concat(${lists.join(', ')})\n}` : '',
    ];
    files[`${path}/terragrunt.hcl`] = `${all.join('\n')}\n`;
  }
  return files;
}

interface Written {
  blocks?: string[];
  locals?: string[];
  /** Expressions of lists of paths. */
  lists?: string[];
  files?: Files;
}

interface Place {
  path: string;
  target: string;
  other: string;
  edge: Edge;
  name: string;
  /** Where files beside the unit may go. */
  file: string;
}

function write({ path, target, other, edge, name, file }: Place): Written {
  const relative = posix.relative(path, target);
  const block = (expression: string, more = '') => `dependency "${name}" {\n  config_path = ${expression}\n${more}}`;
  const include = (more: string) => `include "${name}" {\n  path = "${name}.hcl"\n${more}}`;
  const merge = `  merge_strategy = "${edge.strategy}"\n`;
  switch (edge.way) {
    case 'relative':
      return { blocks: [block(`"${relative}"`)] };
    case 'absolute':
      return { blocks: [block(`"\${get_terragrunt_dir()}/${relative}"`)] };
    case 'from the root':
      return { blocks: [block(`"\${get_repo_root()}/${target}"`)] };
    case 'to the root':
      return { blocks: [block(`"\${get_path_to_repo_root()}/${target}"`)] };
    case 'list of paths':
      return { lists: [`["${relative}"]`] };
    case 'local':
      return { locals: [`${name} = "${relative}"`], blocks: [block(`local.${name}`)] };
    case 'functions': {
      const parts = target.split('/').map((part) => `"${part}"`);
      return { blocks: [block(`format("%s/%s", get_repo_root(), join("/", [${parts.join(', ')}]))`)] };
    }
    case 'conditional':
      return { blocks: [block(`length("${name}") > 0 ? "${relative}" : "../nowhere"`)] };
    case 'for':
      return { lists: [`[for key, value in { a = "${relative}", b = "no" } : value if key == "a"]`] };
    case 'yaml':
      return {
        files: { [`${file}.yaml`]: `units:\n  - path: ${JSON.stringify(relative)}\n` },
        lists: [`yamldecode(file("${name}.yaml")).units[*].path`],
      };
    case 'json list':
      return { files: { [`${file}.json`]: JSON.stringify([relative]) }, lists: [`jsondecode(file("${name}.json"))`] };
    case 'read configuration':
      return {
        files: { [`${file}.hcl`]: `locals {\n  path = "\${get_original_terragrunt_dir()}/${relative}"\n}\n` },
        blocks: [block(`read_terragrunt_config("${name}.hcl").locals.path`)],
      };
    case 'exposed include':
      return {
        files: { [`${file}.hcl`]: `locals {\n  path = "${relative}"\n}\n` },
        blocks: [include(`  expose = true\n${merge}`), block(`include.${name}.locals.path`)],
      };
    case 'parent file':
      return { files: { [`${file}.hcl`]: `${block(`"${relative}"`)}\n` }, blocks: [include(merge)] };
    case 'overridden parent':
      return {
        files: { [`${file}.hcl`]: `${block(`"${posix.relative(path, other)}"`)}\n` },
        blocks: [include(merge), block(`"${relative}"`)],
      };
    case 'disabled parent':
      return {
        files: { [`${file}.hcl`]: `${block(`"${relative}"`, '  enabled = false\n')}\n` },
        blocks: [include(merge)],
      };
    case 'disabled':
      return { blocks: [block(`"${relative}"`, `  enabled = "${name}" == "none"\n`)] };
    case 'environment':
      return { blocks: [block(`"\${get_env("LIVE_CI_SURELY_NOT_SET", "${relative}")}"`)] };
    case 'try':
      return { blocks: [block(`try(local.nothing, null.x, "${relative}")`)] };
  }
}
