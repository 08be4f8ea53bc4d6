// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Small repositories, one for each way in which real ones say what depends on what. */
import type { Files } from './oracle.ts';

const unit = 'terraform {\n  source = "git::https://example.org/modules.git//thing"\n}\n';
const two = { 'vpc/terragrunt.hcl': unit, 'dns/terragrunt.hcl': unit };
const withApp = (app: string, more: Files = {}): Files => ({ ...two, 'app/terragrunt.hcl': app, ...more });
const dependency = (path: string, more = '') => `dependency "vpc" {\n  config_path = ${path}\n${more}}\n`;
const include = (label: string, file: string, more = '') =>
  `include "${label}" {\n  path = find_in_parent_folders("${file}")\n${more}}\n`;
/** A child and its parent file, which both may declare dependencies, in each merge strategy. */
const merged = (strategy: string, parent: string, child: string): Files => ({
  ...two,
  'old/terragrunt.hcl': unit,
  'parent.hcl': parent,
  'app/terragrunt.hcl': include('parent', 'parent.hcl', `  merge_strategy = "${strategy}"\n`) + child,
});

export const constructs: Record<string, Files> = {
  'a dependency with a relative path': withApp(dependency('"../vpc"')),
  'a dependency on the configuration file itself is left alone': withApp(dependency('"../vpc/"')),
  'several dependencies with the same target': withApp(
    `${dependency('"../vpc"')}dependency "again" {\n  config_path = "../vpc"\n}\n`,
  ),
  'a disabled dependency': withApp(dependency('"../vpc"', '  enabled = false\n')),
  'a dependency that a local disables': withApp(
    `locals {\n  on = false\n}\n${dependency('"../vpc"', '  enabled = local.on\n')}`,
  ),
  'a dependency without outputs': withApp(
    dependency('"../vpc"', '  skip_outputs = true\n  mock_outputs = { id = 1 }\n'),
  ),
  'dependencies as a list of paths': withApp('dependencies {\n  paths = ["../vpc", "../dns"]\n}\n'),
  'both kinds together': withApp(`${dependency('"../vpc"')}dependencies {\n  paths = ["../dns"]\n}\n`),
  'inputs that use outputs': withApp(`${dependency('"../vpc"')}inputs = {\n  id = dependency.vpc.outputs.id\n}\n`),
  'an include whose parent has the dependency': {
    ...two,
    'parent.hcl': dependency('"${get_terragrunt_dir()}/../vpc"'),
    'app/terragrunt.hcl': include('parent', 'parent.hcl'),
  },
  'a relative path in a parent starts at the unit': {
    ...two,
    'common/parent.hcl': dependency('"../vpc"'),
    'app/terragrunt.hcl': 'include {\n  path = "../common/parent.hcl"\n}\n',
  },
  'get_parent_terragrunt_dir in a parent': {
    ...two,
    'parent.hcl': dependency('"${get_parent_terragrunt_dir()}/vpc"'),
    'app/terragrunt.hcl': include('parent', 'parent.hcl'),
  },
  'get_parent_terragrunt_dir with a label': withApp(
    `${include('a', 'a.hcl')}${include('b', 'b.hcl')}${dependency('"${get_parent_terragrunt_dir("b")}/vpc"')}`,
    { 'a.hcl': '', 'b.hcl': '' },
  ),
  'a shallow merge overrides a dependency by name': merged('shallow', dependency('"../old"'), dependency('"../vpc"')),
  'a deep merge overrides a dependency by name': merged('deep', dependency('"../old"'), dependency('"../vpc"')),
  'no merge leaves the dependencies of the parent out': merged(
    'no_merge',
    dependency('"../old"'),
    dependency('"../vpc"'),
  ),
  'a deep merge disables the dependency of the parent': merged(
    'deep',
    dependency('"../old"'),
    dependency('""', '  enabled = false\n'),
  ),
  'a shallow merge of lists of paths': merged(
    'shallow',
    'dependencies {\n  paths = ["../old"]\n}\n',
    'dependencies {\n  paths = ["../vpc"]\n}\n',
  ),
  'a deep merge of lists of paths': merged(
    'deep',
    'dependencies {\n  paths = ["../old"]\n}\n',
    'dependencies {\n  paths = ["../vpc"]\n}\n',
  ),
  'a deep merge of a list in the parent with a block in the child': merged(
    'deep',
    'dependencies {\n  paths = ["../old"]\n}\n',
    dependency('"../vpc"'),
  ),
  'a parent with a disabled dependency under a deep merge': merged(
    'deep',
    'dependency "other" {\n  config_path = "../old"\n  enabled = false\n}\n',
    dependency('"../vpc"'),
  ),
  'several includes with different strategies': withApp(
    `${include('a', 'a.hcl')}${include('b', 'b.hcl', '  merge_strategy = "deep"\n')}${include('c', 'c.hcl', '  merge_strategy = "no_merge"\n')}`,
    {
      'a.hcl': dependency('"../vpc"'),
      'b.hcl': 'dependency "dns" {\n  config_path = "../dns"\n}\n',
      'c.hcl': 'dependency "more" {\n  config_path = "../more"\n}\n',
      'more/terragrunt.hcl': unit,
    },
  ),
  'an exposed include': withApp(
    include('root', 'root.hcl', '  expose = true\n') + dependency('"../${include.root.locals.network}"'),
    { 'root.hcl': 'locals {\n  network = "vpc"\n}\n' },
  ),
  'an exposed include without a label': withApp(
    `include {\n  path = find_in_parent_folders("root.hcl")\n  expose = true\n}\n${dependency('"../${include.inputs.network}"')}`,
    { 'root.hcl': 'inputs = {\n  network = "vpc"\n}\n' },
  ),
  'find_in_parent_folders with a default': withApp(dependency('"../${find_in_parent_folders("nowhere.hcl", "vpc")}"')),
  'find_in_parent_folders of a directory': withApp(dependency('"${find_in_parent_folders("region")}/../vpc"'), {
    'region/terragrunt.hcl': unit,
  }),
  'find_in_parent_folders without a name': {
    'terragrunt.hcl': 'locals {\n  a = 1\n}\n',
    'vpc/terragrunt.hcl': `include {\n  path = find_in_parent_folders()\n}\n`,
    'app/terragrunt.hcl': `include {\n  path = find_in_parent_folders()\n}\n${dependency('"../vpc"')}`,
  },
  'read_terragrunt_config of a parent file': withApp(
    `locals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n}\n${dependency('"../${local.env.locals.network}"')}`,
    { 'env.hcl': 'locals {\n  network = "vpc"\n}\n' },
  ),
  'read_terragrunt_config with a default': withApp(
    `locals {\n  env = read_terragrunt_config("nowhere.hcl", { locals = { network = "vpc" } })\n}\n${dependency('"../${local.env.locals.network}"')}`,
  ),
  'read_terragrunt_config of a file that reads another': withApp(
    `locals {\n  env = read_terragrunt_config("../a.hcl")\n}\n${dependency('"../${local.env.locals.b.inputs.network}"')}`,
    {
      'a.hcl': 'locals {\n  b = read_terragrunt_config("b.hcl")\n}\n',
      'b.hcl': 'inputs = {\n  network = "vpc"\n}\n',
    },
  ),
  'get_original_terragrunt_dir in a file that is read': withApp(
    `locals {\n  env = read_terragrunt_config("../common/env.hcl")\n}\n${dependency('local.env.locals.path')}`,
    { 'common/env.hcl': 'locals {\n  path = "${get_original_terragrunt_dir()}/../vpc"\n}\n' },
  ),
  'get_terragrunt_dir in a file that is read': withApp(
    `locals {\n  env = read_terragrunt_config("../common/env.hcl")\n}\n${dependency('local.env.locals.path')}`,
    { 'common/env.hcl': 'locals {\n  path = "${get_terragrunt_dir()}/../vpc"\n}\n' },
  ),
  'an include in a file that is read': withApp(
    `locals {\n  env = read_terragrunt_config("../common/env.hcl")\n}\n${dependency('"../${local.env.inputs.network}"')}`,
    {
      'common/env.hcl': 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n',
      'root.hcl': 'inputs = {\n  network = "vpc"\n}\n',
    },
  ),
  'get_repo_root and get_path_to_repo_root': withApp(
    `${dependency('"${get_repo_root()}/vpc"')}dependencies {\n  paths = ["${'${get_path_to_repo_root()}'}/dns"]\n}\n`,
  ),
  'path_relative_to_include in a parent': {
    'live/vpc/terragrunt.hcl': unit,
    'network/live/app/terragrunt.hcl': unit,
    'root.hcl': dependency('"${get_repo_root()}/network/${path_relative_to_include()}"'),
    'live/app/terragrunt.hcl': include('root', 'root.hcl'),
  },
  'path_relative_from_include in a unit': withApp(
    include('root', 'root.hcl') + dependency('"${path_relative_from_include()}/vpc"'),
    { 'root.hcl': '' },
  ),
  get_path_from_repo_root: {
    'vpc/live/app/terragrunt.hcl': unit,
    'live/app/terragrunt.hcl': dependency('"../../vpc/${get_path_from_repo_root()}"'),
  },
  'locals in any order': withApp(
    `locals {\n  path = "../${'${local.name}'}"\n  name = lower(local.upper)\n  upper = "VPC"\n}\n${dependency('local.path')}`,
  ),
  'conditions and null': withApp(
    `locals {\n  env = null\n  name = local.env == null ? "vpc" : local.env\n}\n${dependency('"../${local.name}"')}`,
  ),
  'for expressions over lists and maps': withApp(
    `locals {\n  names = { a = "vpc", b = "dns", c = "no" }\n}\ndependencies {\n  paths = [for key, name in local.names : "../${'${name}'}" if key != "c"]\n}\n`,
  ),
  'a for expression that makes a map, and splats': withApp(
    `locals {\n  units = [{ name = "vpc" }, { name = "dns" }]\n  paths = { for unit in local.units : unit.name => "../${'${unit.name}'}" }\n}\ndependencies {\n  paths = concat([local.paths["vpc"]], formatlist("../%s", local.units[*].name))\n}\n`,
  ),
  'string functions in paths': withApp(
    dependency('"../${trimsuffix(replace(join("-", reverse(split("/", "c/p/v"))), "/v-p-c/", "vpc-old"), "-old")}"'),
  ),
  'functions on paths': withApp(
    dependency('"${dirname(get_terragrunt_dir())}/${format("%s", basename("${get_repo_root()}/x/vpc"))}"'),
  ),
  'lookup, merge, element and try': withApp(
    `locals {\n  all = merge({ a = "no" }, { b = ["vpc"] })\n}\n${dependency('"../${try(local.all.c, element(lookup(local.all, "b", []), 0))}"')}`,
  ),
  'files in YAML and JSON': withApp(
    `locals {\n  a = yamldecode(file("names.yaml"))\n  b = jsondecode(file("${'${get_terragrunt_dir()}'}/names.json"))\n}\ndependencies {\n  paths = ["../${'${local.a.network}'}", "../${'${local.b["dns"]}'}"]\n}\n`,
    { 'app/names.yaml': 'network: vpc\n', 'app/names.json': '{"dns": "dns"}' },
  ),
  'file() in an included file starts at that file': {
    ...two,
    'common/parent.hcl': `locals {\n  name = trimspace(file("name.txt"))\n}\n${dependency('"../${local.name}"')}`,
    'common/name.txt': 'vpc\n',
    'app/terragrunt.hcl': 'include {\n  path = "../common/parent.hcl"\n}\n',
  },
  'fileexists and get_env': withApp(
    dependency('fileexists("nothing.txt") ? "../dns" : "../${get_env("LIVE_CI_SURELY_NOT_SET", "vpc")}"'),
  ),
  'templatefile with a directive': withApp(dependency('trimspace(templatefile("path.tftpl", { name = "vpc" }))'), {
    'app/path.tftpl': '%{ if name != "" ~}\n../${name}\n%{ endif ~}\n',
  }),
  'a heredoc': withApp(`locals {\n  path = <<-EOT\n    ../vpc\n  EOT\n}\n${dependency('trimspace(local.path)')}`),
  'feature flags': withApp(`feature "network" {\n  default = "vpc"\n}\n${dependency('"../${feature.network.value}"')}`),
  'a feature flag decides whether a dependency is enabled': withApp(
    `feature "on" {\n  default = false\n}\n${dependency('"../vpc"', '  enabled = feature.on.value\n')}`,
  ),
  'an excluded unit is still in the graph': withApp(
    `${dependency('"../vpc"')}exclude {\n  if = true\n  actions = ["all"]\n}\n`,
  ),
  'values beside a unit': withApp(dependency('"../${values.network}"'), {
    'app/terragrunt.values.hcl': 'network = "vpc"\n',
  }),
  'caches are left out': withApp(dependency('"../vpc"'), {
    'app/.terragrunt-cache/x/terragrunt.hcl': unit,
    'app/.terraform/modules/terragrunt.hcl': unit,
  }),
  'a symbolic link to an included file': withApp(include('root', 'root.hcl'), {
    'shared/real.hcl': dependency('"../vpc"'),
    'root.hcl': { link: 'shared/real.hcl' },
  }),
  'a symbolic link to a directory is no unit, and a dependency through it is one on its target': withApp(
    dependency('"../network"'),
    { network: { link: 'vpc' } },
  ),
  'a unit inside of a unit': withApp(dependency('"./inner"'), { 'app/inner/terragrunt.hcl': unit }),
  'a dependency on the parent directory': {
    'app/terragrunt.hcl': unit,
    'app/inner/terragrunt.hcl': dependency('".."'),
  },
  'names with spaces and other letters': {
    'größe/my vpc/terragrunt.hcl': unit,
    'größe/app/terragrunt.hcl': dependency('"../my vpc"'),
  },
  'comments and an odd layout': withApp(
    `# one\n// two\n/* three\n */\ndependency "vpc" { config_path = "../vpc" } // end\nlocals { a = [ 1,\n 2, ] }\n`,
  ),
  'remote_state and generate blocks in a parent': {
    ...two,
    'root.hcl':
      'remote_state {\n  backend = "s3"\n  config = {\n    key = "${path_relative_to_include()}/terraform.tfstate"\n  }\n}\ngenerate "provider" {\n  path = "provider.tf"\n  if_exists = "overwrite"\n  contents = <<EOF\nprovider "aws" {\n  region = "${get_env("REGION", "x")}"\n}\nEOF\n}\n',
    'app/terragrunt.hcl': include('root', 'root.hcl') + dependency('"../vpc"'),
  },
};
