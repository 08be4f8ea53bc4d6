// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** The ways in which a unit may say that it depends on another one. */
import { posix } from 'node:path';
import type { Files } from './oracle.ts';

export const strategies = ['no_merge', 'shallow', 'deep'] as const;
export type Strategy = (typeof strategies)[number];

export interface Written {
  blocks?: string[];
  locals?: string[];
  /** Expressions of lists of paths. */
  lists?: string[];
  files?: Files;
}

/** A unit, what it depends on, and names that nothing else has. */
export interface Place {
  /** Of the unit, in the repository. */
  path: string;
  target: string;
  /** Another unit that it may depend on. */
  other: string;
  /** Where what belongs to no unit lies, above all of them. */
  top: string;
  strategy: Strategy;
  /** Of the dependency. */
  name: string;
}

const near = ({ path, target }: Place) => posix.relative(path, target);
const block = ({ name }: Place, expression: string, more = '') =>
  `dependency "${name}" {\n  config_path = ${expression}\n${more}}`;
const list = (...paths: string[]) =>
  `dependencies {\n  paths = [${paths.map((path) => JSON.stringify(path)).join(', ')}]\n}`;
const merge = ({ strategy }: Place) => `  merge_strategy = "${strategy}"\n`;
/** A file beside the unit. */
const beside = (place: Place, ending: string, content: string): Files => ({
  [`${place.path}/${place.name}${ending}`]: content,
});
/** Includes a file beside the unit. */
const include = ({ name }: Place, more: string, ending = '.hcl') =>
  `include "${name}" {\n  path = "${name}${ending}"\n${more}}`;
/** Whether the unit may also declare `dependencies`, of which there is one block: then its path is in a list. */
const parent = (place: Place, content: string, ...more: string[]): Written => ({
  files: beside(place, '.hcl', `${content}\n`),
  blocks: [include(place, merge(place)), ...more],
});

export const ways: Record<string, (place: Place) => Written> = {
  relative: (place) => ({ blocks: [block(place, `"${near(place)}"`)] }),
  'with a slash and a detour': (place) => ({
    blocks: [block(place, `"./${near(place)}/../${posix.basename(place.target)}/"`)],
  }),
  absolute: (place) => ({ blocks: [block(place, `"\${get_terragrunt_dir()}/${near(place)}"`)] }),
  'from the root': (place) => ({ blocks: [block(place, `"\${get_repo_root()}/${place.target}"`)] }),
  'to the root': (place) => ({ blocks: [block(place, `"\${get_path_to_repo_root()}/${place.target}"`)] }),
  'list of paths': (place) => ({ lists: [`["${near(place)}"]`] }),
  'both kinds at once': (place) => ({ lists: [`["${near(place)}"]`], blocks: [block(place, `"${near(place)}"`)] }),
  'twice by name': (place) => ({
    blocks: [block(place, `"${near(place)}"`), block({ ...place, name: `${place.name}-again` }, `"${near(place)}"`)],
  }),
  local: (place) => ({ locals: [`${place.name} = "${near(place)}"`], blocks: [block(place, `local.${place.name}`)] }),
  'chain of locals': (place) => ({
    locals: [
      `${place.name} = join("/", local.${place.name}_parts)`,
      `${place.name}_parts = split("/", local.${place.name}_text)`,
      `${place.name}_text = "${near(place)}"`,
    ],
    blocks: [block(place, `local.${place.name}`)],
  }),
  functions: (place) => {
    const parts = place.target.split('/').map((part) => `"${part}"`);
    return { blocks: [block(place, `format("%s/%s", get_repo_root(), join("/", [${parts.join(', ')}]))`)] };
  },
  'replace and regex': (place) => ({
    blocks: [
      block(
        place,
        `"\${get_repo_root()}/\${replace(regex("^x/(?P<rest>.*)$", "x/${place.target}").rest, "/^\\\\.$/", "")}"`,
      ),
    ],
  }),
  conditional: (place) => ({
    blocks: [block(place, `length("${place.name}") > 0 ? "${near(place)}" : "../nowhere"`)],
  }),
  'list under a condition': (place) => ({
    lists: [`"${place.strategy}" == "deep" ? ["${near(place)}"] : []`],
  }),
  for: (place) => ({ lists: [`[for key, value in { a = "${near(place)}", b = "no" } : value if key == "a"]`] }),
  'nested for': (place) => ({
    lists: [
      `flatten([for group in [{ on = true, of = ["${near(place)}"] }, { on = false, of = ["no"] }] : [for path in group.of : path if group.on]])`,
    ],
  }),
  'merge and lookup': (place) => ({
    blocks: [block(place, `lookup(merge({ a = "no" }, { a = "${near(place)}" }), "a", "no")`)],
  }),
  'template with directives': (place) => ({
    blocks: [block(place, `"%{ if true }${near(place)}%{ else }no%{ endif }%{ for x in [] }\${x}%{ endfor }"`)],
  }),
  heredoc: (place) => ({
    locals: [`${place.name} = <<-EOT\n    ${near(place)}\n  EOT`],
    blocks: [block(place, `trimspace(local.${place.name})`)],
  }),
  'template file': (place) => ({
    files: beside(place, '.tftpl', '%{ for part in parts ~}\n${part}/\n%{~ endfor ~}\n'),
    blocks: [block(place, `templatefile("${place.name}.tftpl", { parts = split("/", "${near(place)}") })`)],
  }),
  yaml: (place) => ({
    files: beside(place, '.yaml', `units:\n  - path: ${JSON.stringify(near(place))}\n`),
    lists: [`yamldecode(file("${place.name}.yaml")).units[*].path`],
  }),
  'json list': (place) => ({
    files: beside(place, '.json', JSON.stringify([near(place)])),
    lists: [`jsondecode(file("${place.name}.json"))`],
  }),
  'read configuration': (place) => ({
    files: beside(place, '.hcl', `locals {\n  path = "\${get_original_terragrunt_dir()}/${near(place)}"\n}\n`),
    blocks: [block(place, `read_terragrunt_config("${place.name}.hcl").locals.path`)],
  }),
  'configuration that reads another': (place) => ({
    files: {
      ...beside(place, '.hcl', `locals {\n  inner = read_terragrunt_config("${place.name}-inner.hcl")\n}\n`),
      ...beside(place, '-inner.hcl', `inputs = {\n  path = "\${get_terragrunt_dir()}/${near(place)}"\n}\n`),
    },
    blocks: [block(place, `read_terragrunt_config("${place.name}.hcl").locals.inner.inputs.path`)],
  }),
  'nearest file above': (place) => {
    const file = `near-${posix.basename(place.path)}-${place.name}.hcl`;
    const content = (path: string) => `locals {\n  to = "${path}"\n}\n`;
    return {
      files: {
        [`${posix.dirname(place.path)}/${file}`]: content(place.target),
        // Nobody finds the farther one.
        ...(posix.dirname(place.path) === place.top ? {} : { [`${place.top}/${file}`]: content('nowhere') }),
      },
      locals: [`${place.name} = read_terragrunt_config(find_in_parent_folders("${file}"))`],
      blocks: [block(place, `"\${get_repo_root()}/\${local.${place.name}.locals.to}"`)],
    };
  },
  'directory above': (place) => ({
    blocks: [
      block(
        place,
        `"\${dirname(find_in_parent_folders("${posix.basename(place.path)}${place.strategy === 'deep' ? '/' : ''}"))}/${posix.relative(posix.dirname(place.path), place.target)}"`,
      ),
    ],
  }),
  'exposed include': (place) => ({
    files: beside(place, '.hcl', `locals {\n  path = "${near(place)}"\n}\n`),
    blocks: [include(place, `  expose = true\n${merge(place)}`), block(place, `include.${place.name}.locals.path`)],
  }),
  'parent file': (place) => parent(place, block(place, `"${near(place)}"`)),
  'parent file in JSON': (place) => ({
    files: beside(place, '.hcl.json', JSON.stringify({ dependency: { [place.name]: { config_path: near(place) } } })),
    blocks: [include(place, merge(place), '.hcl.json')],
  }),
  'parent file behind a link': (place) => ({
    files: {
      ...beside(place, '.hcl', `${block(place, `"${near(place)}"`)}\n`),
      [`${place.path}/${place.name}-link.hcl`]: { link: `${place.name}.hcl` },
    },
    blocks: [include(place, merge(place), '-link.hcl')],
  }),
  'parent file with a list': (place) => parent(place, list(near(place))),
  'overridden parent': (place) =>
    parent(place, block(place, `"${posix.relative(place.path, place.other)}"`), block(place, `"${near(place)}"`)),
  'disabled parent': (place) => parent(place, block(place, `"${near(place)}"`, '  enabled = false\n')),
  'parent that the unit disables': (place) =>
    parent(place, block(place, `"${near(place)}"`), block(place, '""', '  enabled = false\n')),
  'two parents at once': (place) => {
    const second = { ...place, name: `${place.name}-second` };
    const file = block(place, `"${posix.relative(place.path, place.other)}"`);
    return {
      files: {
        ...beside(place, '.hcl', `${block(place, `"${near(place)}"`)}\n`),
        ...beside(second, '.hcl', `${file}\n`),
      },
      blocks: [include(place, merge(place)), include(second, '  merge_strategy = "deep"\n')],
    };
  },
  'path relative to an include': (place) => ({
    files: {
      [`${place.top}/to-${posix.basename(place.path)}-${place.name}.hcl`]: `${block(place, `"\${get_parent_terragrunt_dir()}/\${path_relative_to_include()}/${near(place)}"`)}\n`,
    },
    blocks: [
      `include "${place.name}" {\n  path = find_in_parent_folders("to-${posix.basename(place.path)}-${place.name}.hcl")\n${merge(place)}}`,
    ],
  }),
  'through a link': (place) => ({
    files: {
      [`${place.top}/link-${posix.basename(place.path)}-${place.name}`]: {
        link: posix.relative(place.top, place.target),
      },
    },
    blocks: [
      block(place, `"${posix.relative(place.path, place.top)}/link-${posix.basename(place.path)}-${place.name}"`),
    ],
  }),
  disabled: (place) => ({ blocks: [block(place, `"${near(place)}"`, `  enabled = "${place.name}" == "none"\n`)] }),
  'disabled by a flag': (place) => ({
    blocks: [
      `feature "${place.name}" {\n  default = ${place.strategy === 'deep'}\n}`,
      block(place, `"${near(place)}"`, `  enabled = feature.${place.name}.value\n`),
    ],
  }),
  environment: (place) => ({
    blocks: [block(place, `"\${get_env("LIVE_CI_SURELY_NOT_SET", "${near(place)}")}"`)],
  }),
  try: (place) => ({ blocks: [block(place, `try(local.nothing, null.x, "${near(place)}")`)] }),
  'try of a file that is not there': (place) => ({
    blocks: [
      block(place, `try(read_terragrunt_config("no-${place.name}.hcl").locals.x, file("no.txt"), "${near(place)}")`),
    ],
  }),
};
