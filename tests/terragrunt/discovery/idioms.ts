// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Small repositories for what real ones do around their dependencies. */
import type { Files } from './oracle.ts';

const unit = 'terraform {\n  source = "git::https://example.org/modules.git//thing"\n}\n';
const two: Files = { 'vpc/terragrunt.hcl': unit, 'dns/terragrunt.hcl': unit };
const withApp = (app: string, more: Files = {}): Files => ({ ...two, 'app/terragrunt.hcl': app, ...more });
const on = (path: string, name = 'vpc') => `dependency "${name}" {\n  config_path = ${path}\n}\n`;
const include = (label: string, more = '') =>
  `include "${label}" {\n  path = find_in_parent_folders("${label}.hcl")\n${more}}\n`;
const exposed = '  expose = true\n';

export const idioms: Record<string, Files> = {
  'the name of a directory in a parent': {
    'vpc/eu/terragrunt.hcl': unit,
    'app/eu/terragrunt.hcl': include('root'),
    'root.hcl': on('"${get_parent_terragrunt_dir()}/vpc/${basename(get_terragrunt_dir())}"'),
  },
  'the first part of the path to an include': {
    'prod/vpc/terragrunt.hcl': unit,
    'prod/app/terragrunt.hcl': include('root'),
    'root.hcl': `locals {\n  env = split("/", path_relative_to_include())[0]\n}\n${on('"${get_repo_root()}/${local.env}/vpc"')}`,
  },
  'path_relative_to_include with a label, for several includes': {
    ...two,
    'a/a.hcl': '',
    'a/app/terragrunt.hcl': `${include('a')}include "b" {\n  path = "../../b.hcl"\n}\n${on('"../../vpc/${path_relative_to_include("a")}/.."')}`,
    'b.hcl': '',
  },
  'an exposed include that reads files of its own': withApp(
    include('root', exposed) + on('"../${include.root.locals.account.locals.network}"'),
    {
      'root.hcl': 'locals {\n  account = read_terragrunt_config(find_in_parent_folders("account.hcl"))\n}\n',
      'account.hcl': 'locals {\n  network = "vpc"\n}\n',
    },
  ),
  'two exposed includes merged by the unit': withApp(
    `${include('a', exposed)}${include('b', `${exposed}  merge_strategy = "deep"\n`)}locals {\n  all = merge(include.a.locals, include.b.inputs)\n}\n${on('"../${local.all.network}"')}`,
    { 'a.hcl': 'locals {\n  network = "no"\n}\n', 'b.hcl': 'inputs = {\n  network = "vpc"\n}\n' },
  ),
  'read_terragrunt_config of the directory of a unit': withApp(
    `locals {\n  other = read_terragrunt_config("../dns")\n}\n${on('"../${local.other.inputs.network}"')}`,
    { 'dns/terragrunt.hcl': `${unit}inputs = {\n  network = "vpc"\n}\n` },
  ),
  'read_terragrunt_config of what a unit depends on': withApp(
    `locals {\n  other = read_terragrunt_config("../dns/terragrunt.hcl")\n}\n${on('"../dns/${local.other.dependency.vpc.config_path}"')}`,
    { 'dns/terragrunt.hcl': unit + on('"../vpc"') },
  ),
  'read_terragrunt_config of a remote state': withApp(
    `locals {\n  root = read_terragrunt_config("../root.hcl")\n}\n${on('"../${local.root.remote_state.config.network}"')}`,
    {
      'root.hcl':
        'remote_state {\n  backend = "s3"\n  config = {\n    network = "vpc"\n    bucket  = "state"\n    key     = "x"\n    region  = "us-east-1"\n  }\n}\n',
    },
  ),
  read_tfvars_file: withApp(
    `locals {\n  given = jsondecode(read_tfvars_file("../common.tfvars"))\n}\n${on('"../${local.given.network}"')}`,
    { 'common.tfvars': 'network = "vpc"\nlist = [1, 2]\n' },
  ),
  'fileset and dirname': withApp(
    'dependencies {\n  paths = [for file in fileset("${get_repo_root()}/live", "*/terragrunt.hcl") : "../live/${dirname(file)}"]\n}\n',
    { 'live/a/terragrunt.hcl': unit, 'live/b/terragrunt.hcl': unit, 'live/c/other.hcl': '' },
  ),
  'find_in_parent_folders of a directory with a slash': withApp(on('find_in_parent_folders("vpc/")'), {
    'app/inner/terragrunt.hcl': on('find_in_parent_folders("./dns//", "no")', 'dns'),
  }),
  'YAML that says yes and no': withApp(
    `locals {\n  flags = yamldecode(file("../flags.yaml"))\n}\n${on('local.flags.private ? "../vpc" : "../dns"')}`,
    { 'flags.yaml': 'private: no\n' },
  ),
  'a feature flag of an include': withApp(`${include('root')}${on('"../${feature.network.value}"')}`, {
    'root.hcl': 'feature "network" {\n  default = "dns"\n}\n',
  }),
  'a feature flag that the unit overrules': withApp(
    `${include('root')}feature "network" {\n  default = "vpc"\n}\n${on('"../${feature.network.value}"')}`,
    { 'root.hcl': 'feature "network" {\n  default = "dns"\n}\n' },
  ),
  'a list with nothing in it': withApp('dependencies {\n  paths = []\n}\n'),
  'the older skip': withApp(`skip = true\n${on('"../vpc"')}`),
  'an exclusion that is inherited': withApp(include('root') + on('"../vpc"'), {
    'root.hcl': 'exclude {\n  if = true\n  actions = ["all"]\n  exclude_dependencies = true\n}\n',
  }),
  'a hidden directory': {
    ...two,
    '.hidden/app/terragrunt.hcl': on('"../../vpc"'),
  },
  'names with dots and dashes': {
    'example.org/v1.2/terragrunt.hcl': unit,
    'a-b_c/terragrunt.hcl': on('"../example.org/v1.2"', 'example-org'),
  },
  'files with another kind of line end, and a byte order mark': withApp(
    `\ufefflocals {\r\n  text = <<EOT\r\n../vpc\r\nEOT\r\n}\r\n${on('trimspace(local.text)').replaceAll('\n', '\r\n')}`,
  ),
  'everything else that may stand in a configuration': withApp(
    `${unit}${on('"../vpc"')}terragrunt_version_constraint = ">= 0.1"\nprevent_destroy = true\niam_role = "arn:aws:iam::123456789012:role/x"\ndownload_dir = "/tmp/x"\nerrors {\n  retry "x" {\n    retryable_errors = get_default_retryable_errors()\n    max_attempts = 1\n    sleep_interval_sec = 1\n  }\n}\ngenerate "x" {\n  path = "x.tf"\n  if_exists = "overwrite"\n  contents = "# \${path_relative_to_include()}"\n}\n`,
  ),
  'a local that can not be computed, beside the one that is needed': withApp(
    `locals {\n  account = try(get_env("LIVE_CI_SURELY_NOT_SET"), run_cmd("--terragrunt-quiet", "echo", "x"))\n  path = "../vpc"\n}\n${on('local.path')}`,
  ),
  'mock outputs and inputs that use functions of the outputs': withApp(
    `dependency "vpc" {\n  config_path = "../vpc"\n  mock_outputs = { ids = ["a"] }\n  mock_outputs_merge_strategy_with_state = "deep_map_only"\n  mock_outputs_allowed_terraform_commands = ["plan"]\n}\ninputs = merge({ a = 1 }, { ids = [for id in dependency.vpc.outputs.ids : upper(id)] })\n`,
  ),
  'a parent two levels up beside one that is nearer': {
    'root.hcl': on('"${get_terragrunt_dir()}/../../../vpc"'),
    'vpc/terragrunt.hcl': unit,
    'prod/env.hcl': 'locals {\n  x = 1\n}\n',
    'prod/eu/env.hcl': 'locals {\n  x = 2\n}\n',
    'prod/eu/app/terragrunt.hcl': `${include('root')}${include('env', '  merge_strategy = "no_merge"\n')}`,
  },
  'no merge of a parent whose locals the unit uses': withApp(
    `${include('root', `${exposed}  merge_strategy = "no_merge"\n`)}${on('include.root.locals.path')}`,
    { 'root.hcl': `locals {\n  path = "../vpc"\n}\n${on('"../dns"', 'dns')}` },
  ),
};
