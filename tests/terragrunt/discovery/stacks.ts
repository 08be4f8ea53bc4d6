// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Small repositories with stacks, one for each way in which real ones use them. */
import type { Files } from './oracle.ts';

export interface StackRepository {
  files: Files;
  /** Where `terragrunt stack generate` is run. */
  generate: string[];
}

const module = 'terraform {\n  source = "git::https://example.org/modules.git//thing"\n}\n';
const dependency = (path: string, name = 'it') => `dependency "${name}" {\n  config_path = ${path}\n}\n`;
const block = (kind: 'unit' | 'stack', name: string, source: string, more = '', path = `"${name}"`) =>
  `${kind} "${name}" {\n  source = ${source}\n  path   = ${path}\n${more}}\n`;
const unit = (name: string, more = '', source = `"\${get_repo_root()}/catalog/units/${name}"`) =>
  block('unit', name, source, more);
const root = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n';

const catalog: Files = {
  'root.hcl': 'inputs = {\n  key = path_relative_to_include()\n}\n',
  'catalog/units/vpc/terragrunt.hcl': `${root}${module}inputs = {\n  cidr = values.cidr\n}\n`,
  'catalog/units/vpc/policies/a.json': '{}\n',
  'catalog/units/vpc/.terraform.lock.hcl': '',
  'catalog/units/app/terragrunt.hcl': `${root}${module}${dependency('"../vpc"')}`,
  'catalog/units/any/terragrunt.hcl': `${module}dependencies {\n  paths = try(values.paths, [])\n}\n`,
};
const live = (stack: string, more: Files = {}): StackRepository => ({
  files: { ...catalog, 'live/prod/terragrunt.stack.hcl': stack, ...more },
  generate: ['live/prod'],
});
const vpc = unit('vpc', '  values = { cidr = "10.0.0.0/16" }\n');

export const stackRepositories: Record<string, StackRepository> = {
  'one stack': live(vpc + unit('app')),
  'a source that is relative to the stack': live(vpc + unit('app', '', '"../../catalog/units/app"')),
  'a source with // in it': live(vpc + unit('app', '', '"../../catalog//units/app"')),
  'a unit deep below the stack': live(block('unit', 'vpc', '"../../catalog/units/any"', '', '"network/eu/vpc"')),
  'nested stacks, whose values come from above': live(
    block('stack', 'eu', '"../../catalog/stacks/net"', '  values = { cidr = "10.1.0.0/16", name = "eu" }\n') +
      block('stack', 'us', '"../../catalog/stacks/net"', '  values = { cidr = "10.2.0.0/16", name = "us" }\n'),
    {
      'catalog/stacks/net/terragrunt.stack.hcl': `locals {\n  name = values.name\n}\n${unit('vpc', '  values = { cidr = values.cidr }\n')}${block('unit', 'app', '"${get_repo_root()}/catalog/units/app"', '', '"${local.name}/../app"')}`,
    },
  ),
  'a stack in a stack in a stack': live(block('stack', 'a', '"../../catalog/stacks/a"'), {
    'catalog/stacks/a/terragrunt.stack.hcl': block('stack', 'b', '"${get_repo_root()}/catalog/stacks/b"'),
    'catalog/stacks/b/terragrunt.stack.hcl': vpc + unit('app'),
  }),
  'a stack that brings its units along': live(block('stack', 'net', '"../../catalog/stacks/net"'), {
    'catalog/stacks/net/terragrunt.stack.hcl': block(
      'unit',
      'vpc',
      '"./units/vpc"',
      '  values = { cidr = "10.0.0.0/8" }\n',
    ),
    'catalog/stacks/net/units/vpc/terragrunt.hcl': `${module}inputs = {\n  cidr = values.cidr\n}\n`,
  }),
  'values from locals, functions and files': live(
    `locals {\n  env   = read_terragrunt_config(find_in_parent_folders("env.hcl")).locals.name\n  all   = yamldecode(file("units.yaml"))\n  paths = [for name in local.all.names : "../\${name}"]\n}\n${vpc}${unit('app')}${unit('any', '  values = { paths = local.paths, env = upper(local.env), text = "a \\"b\\" $${c} %%{d}\\n", list = [1, null, { "x y" = true }] }\n')}`,
    { 'live/env.hcl': 'locals {\n  name = "prod"\n}\n', 'live/prod/units.yaml': 'names: [vpc, app]\n' },
  ),
  'two stacks with the same source and other values': {
    files: {
      ...catalog,
      'live/prod/terragrunt.stack.hcl': vpc + unit('any', '  values = { paths = ["../vpc"] }\n'),
      'live/dev/terragrunt.stack.hcl': vpc + unit('any', '  values = { paths = [] }\n'),
    },
    generate: ['live'],
  },
  'units outside of .terragrunt-stack': live(
    unit('vpc', '  values = { cidr = "10.0.0.0/16" }\n  no_dot_terragrunt_stack = true\n') +
      unit('app', '  no_dot_terragrunt_stack = true\n') +
      unit('any', '  values = { paths = ["../../vpc"] }\n'),
  ),
  'a nested stack outside of .terragrunt-stack': live(
    block('stack', 'net', '"../../catalog/stacks/net"', '  no_dot_terragrunt_stack = true\n'),
    { 'catalog/stacks/net/terragrunt.stack.hcl': vpc + unit('app') },
  ),
  'a directory of units that is not checked': live(
    block('unit', 'all', '"../../catalog/units"', '  no_validation = true\n'),
    { 'catalog/units/app/terragrunt.hcl': module, 'catalog/units/vpc/terragrunt.hcl': module },
  ),
  'units that depend on a generated unit and on a stack': live(vpc + unit('app'), {
    'dns/terragrunt.hcl': module + dependency('"../live/prod/.terragrunt-stack/vpc"'),
    'monitoring/terragrunt.hcl': module + dependency('"../live/prod"'),
    'live/prod/other/terragrunt.hcl': module,
  }),
  'a unit that depends on a stack with nested ones': live(vpc + block('stack', 'more', '"../../catalog/stacks/more"'), {
    'catalog/stacks/more/terragrunt.stack.hcl': unit('any'),
    'monitoring/terragrunt.hcl': module + dependency('"../live/prod"'),
  }),
  'generated units that depend on units of the repository': live(
    unit('any', '  values = { paths = ["${get_repo_root()}/dns", "../../../../dns2"] }\n'),
    { 'dns/terragrunt.hcl': module, 'dns2/terragrunt.hcl': module },
  ),
  'a stack far below the file that its units look for': {
    files: {
      ...catalog,
      'env.hcl': 'locals {\n  on = true\n}\n',
      'live/eu/prod/net/terragrunt.stack.hcl': vpc + unit('by-env'),
      'catalog/units/by-env/terragrunt.hcl': `${module}locals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n}\ndependencies {\n  paths = local.env.locals.on ? ["../vpc"] : []\n}\n`,
    },
    generate: ['.'],
  },
  'a unit that reads its values as a file': live(
    vpc + block('unit', 'reader', '"../../catalog/units/reader"', '  values = { to = "../vpc" }\n'),
    {
      'catalog/units/reader/terragrunt.hcl': `${module}locals {\n  given = read_terragrunt_config("terragrunt.values.hcl")\n}\n${dependency('local.given.to')}`,
    },
  ),
  'paths of other units as values': live(
    `${vpc}${unit('any', '  values = { paths = [unit.vpc.path] }\n')}${block('stack', 'more', '"../../catalog/stacks/more"', '  values = { paths = [unit.vpc.path] }\n')}`,
    { 'catalog/stacks/more/terragrunt.stack.hcl': unit('any', '  values = { paths = values.paths }\n') },
  ),
  'an autoinclude with dependencies': live(
    `${vpc}${unit('any', `  autoinclude {\n${dependency('unit.vpc.path')}    inputs = {\n      id = dependency.it.outputs.id\n    }\n  }\n`)}`,
  ),
  'an autoinclude that overrides a dependency by name': live(
    `${vpc}${unit('any')}${unit('app', `  autoinclude {\n${dependency('unit.any.path')}  }\n`)}`,
  ),
  'an autoinclude that switches a dependency off': live(
    `${vpc}${unit('app', '  autoinclude {\n    dependency "it" {\n      config_path = unit.vpc.path\n      enabled = false\n    }\n  }\n')}`,
  ),
  'an autoinclude that depends on a stack': live(
    `${block('stack', 'net', '"../../catalog/stacks/net"')}${unit('any', `  autoinclude {\n${dependency('stack.net.path')}  }\n`)}`,
    { 'catalog/stacks/net/terragrunt.stack.hcl': vpc + unit('app') },
  ),
  'an autoinclude of a stack, which adds units and replaces one': live(
    block(
      'stack',
      'net',
      '"../../catalog/stacks/net"',
      `  autoinclude {\n${unit('any', '  values = { paths = ["../vpc"] }\n')}${block('unit', 'app', '"${get_repo_root()}/catalog/units/any"')}  }\n`,
    ),
    { 'catalog/stacks/net/terragrunt.stack.hcl': vpc + unit('app') },
  ),
  'a file that a stack includes': live(`include "shared" {\n  path = "../shared.hcl"\n}\n${vpc}`, {
    'live/shared.hcl': unit('app'),
  }),
  'links in a source': live(block('unit', 'linked', '"../../catalog/units/linked"'), {
    'catalog/units/linked/terragrunt.hcl': { link: '../plain.hcl' },
    'catalog/units/linked/more': { link: '../vpc/policies' },
    'catalog/units/plain.hcl': module,
  }),
  'a stack at the root of the repository': {
    files: { ...catalog, 'terragrunt.stack.hcl': vpc + unit('app') },
    generate: ['.'],
  },
};
