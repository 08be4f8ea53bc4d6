// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** How real repositories are laid out, in small, each with commits as they are made there. */
import type { Changes, Files } from './oracle.ts';

export interface Layout {
  files: Files;
  commits: Record<string, Changes>;
  /** By commit, units that Terragrunt's git filter misses: it does not follow `file()` nor symbolic links. */
  onlyOurs?: Record<string, string[]>;
}

const registry = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
const include = (file: string, label = file.replace(/\..*$/, ''), more = '') =>
  `include "${label}" {\n  path = find_in_parent_folders("${file}")\n${more}}\n`;
const dependency = (name: string, path: string) =>
  `dependency "${name}" {\n  config_path = ${path}\n  mock_outputs = {\n    id = "mock"\n  }\n  mock_outputs_allowed_terraform_commands = ["plan", "validate"]\n}\n`;
const locals = (...lines: string[]) => `locals {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
const read = (name: string, file: string) => `${name} = read_terragrunt_config(find_in_parent_folders("${file}"))`;
/** The same files below each of several directories. */
const below = (directories: readonly string[], files: Files): Files =>
  Object.fromEntries(
    directories.flatMap((directory) =>
      Object.entries(files).map(([path, content]) => [`${directory}/${path}`, content]),
    ),
  );

const remoteState =
  'remote_state {\n  backend = "s3"\n  config = {\n    bucket = "state-${local.account.locals.id}"\n    key    = "${path_relative_to_include()}/terraform.tfstate"\n    region = "us-east-1"\n  }\n  generate = {\n    path      = "backend.tf"\n    if_exists = "overwrite_terragrunt"\n  }\n}\n';
const common = (name: string, ...dependencies: string[]) =>
  [registry, ...dependencies.map((one) => dependency(one, `"../${one}"`)), `inputs = {\n  name = "${name}"\n}\n`].join(
    '',
  );
const withCommon = (name: string) =>
  `${include('root.hcl')}include "common" {\n  path   = "\${dirname(find_in_parent_folders("root.hcl"))}/_envcommon/${name}.hcl"\n  expose = true\n}\n`;

/** Accounts ▸ regions ▸ environments; what the environments share is in `_envcommon`. */
const accounts: Layout = {
  files: {
    'root.hcl': locals(read('account', 'account.hcl'), read('region', 'region.hcl')) + remoteState,
    '_envcommon/vpc.hcl': common('vpc'),
    '_envcommon/mysql.hcl': common('mysql', 'vpc'),
    '_envcommon/app.hcl': common('app', 'vpc', 'mysql'),
    'prod/account.hcl': locals('id = "123456789012"'),
    'nonprod/account.hcl': locals('id = "210987654321"'),
    ...below(['prod/us-east-1', 'nonprod/us-east-1', 'nonprod/eu-west-1'], {
      'region.hcl': locals('region = basename(get_terragrunt_dir())'),
    }),
    ...below(['prod/us-east-1/prod', 'nonprod/us-east-1/qa', 'nonprod/eu-west-1/stage'], {
      'env.hcl': locals('environment = "x"'),
      'vpc/terragrunt.hcl': withCommon('vpc'),
      'mysql/terragrunt.hcl': withCommon('mysql'),
      'app/terragrunt.hcl': `${withCommon('app')}inputs = {\n  size = include.common.inputs.name\n}\n`,
    }),
  },
  commits: {
    'a shared file': { '_envcommon/mysql.hcl': `${common('mysql', 'vpc')}# bigger\n` },
    'one account': { 'nonprod/account.hcl': locals('id = "111111111111"') },
    'one unit': { 'prod/us-east-1/prod/app/terragrunt.hcl': `${withCommon('app')}# more\n` },
    'a new region': {
      'prod/eu-west-1/region.hcl': locals('region = "eu-west-1"'),
      'prod/eu-west-1/prod/vpc/terragrunt.hcl': withCommon('vpc'),
    },
  },
};

/** Every level has a file, each reads the one above it, and the unit takes the last. */
const chain: Layout = {
  files: {
    'root.hcl': locals(read('env', 'env.hcl'), 'all = merge(local.env.locals, { root = true })'),
    'org/org.hcl': locals('prefix = "live"'),
    'org/team/team.hcl': locals(read('org', 'org.hcl'), 'name = "${local.org.locals.prefix}-team"'),
    ...below(['org/team/dev', 'org/team/prod'], {
      'env.hcl': locals(
        read('team', 'team.hcl'),
        'name = basename(get_terragrunt_dir())',
        'network = "${get_repo_root()}/org/team/${local.name}/network"',
      ),
      'network/terragrunt.hcl': registry + include('root.hcl'),
      'cluster/terragrunt.hcl':
        registry +
        include('root.hcl', 'root', '  expose = true\n') +
        dependency('network', 'include.root.locals.all.network'),
      'service/terragrunt.hcl':
        registry +
        locals(read('env', 'env.hcl'), 'needs = [for name in ["cluster", "network"] : "../${name}"]') +
        'dependencies {\n  paths = local.needs\n}\n',
    }),
  },
  commits: {
    'the top of the chain': { 'org/org.hcl': locals('prefix = "new"') },
    'one environment': {
      'org/team/dev/env.hcl': locals(read('team', 'team.hcl'), 'name = "dev"', 'network = "../network"'),
    },
    'a unit that is gone': { 'org/team/prod/service/terragrunt.hcl': null },
  },
};

/** Modules and live code in one repository; variables in `*.tfvars`. */
const monorepo: Layout = {
  files: {
    'modules/network/main.tf': 'variable "cidr" {}\n',
    'modules/app/main.tf': 'module "naming" {\n  source = "../naming"\n}\n',
    'modules/app/policy.json': '{}\n',
    'modules/naming/main.tf': 'locals {}\n',
    'live/root.hcl':
      'terraform {\n  extra_arguments "variables" {\n    commands           = get_terraform_commands_that_need_vars()\n    optional_var_files = ["${get_parent_terragrunt_dir()}/common.tfvars", "${get_terragrunt_dir()}/${get_env("LIVE_CI_ENV", "x")}.tfvars"]\n  }\n}\n',
    'live/common.tfvars': 'region = "us-east-1"\n',
    ...below(['live/dev', 'live/prod'], {
      'network/terragrunt.hcl': `${include('root.hcl', 'root', '  merge_strategy = "deep"\n')}terraform {\n  source = "\${get_repo_root()}/modules//network"\n}\n`,
      'network/terraform.tfvars': 'cidr = "10.0.0.0/16"\n',
      'app/terragrunt.hcl': `${include('root.hcl')}terraform {\n  source = "../../../modules//app"\n}\n${dependency('network', '"../network"')}`,
      'app/app.tftpl': '${name}\n',
    }),
  },
  commits: {
    'a module': { 'modules/network/main.tf': 'variable "cidr" {}\nvariable "name" {}\n' },
    'variables beside a unit': { 'live/dev/network/terraform.tfvars': 'cidr = "10.1.0.0/16"\n' },
    'a template beside a unit': { 'live/prod/app/app.tftpl': '${name}-new\n' },
    'a lock file': { 'live/prod/app/.terraform.lock.hcl': '# locked\n' },
  },
};

/** What is there, and what needs what, is written in YAML. */
const yaml: Layout = {
  files: {
    'root.hcl': 'inputs = {}\n',
    'stacks.yaml': 'network: {}\ndatabase:\n  needs: [network]\napp:\n  needs: [network, database]\n  public: yes\n',
    ...below(['network', 'database', 'app'], {
      'terragrunt.hcl':
        registry +
        include('root.hcl') +
        locals(
          'name = basename(get_terragrunt_dir())',
          'all = yamldecode(file("${get_repo_root()}/stacks.yaml"))',
          'own = lookup(local.all, local.name, {})',
        ) +
        'dependencies {\n  paths = [for name in try(local.own.needs, []) : "${get_repo_root()}/${name}"]\n}\n',
    }),
    'edge/terragrunt.hcl':
      registry +
      locals('all = yamldecode(file("../stacks.yaml"))') +
      'dependencies {\n  paths = [for name, one in local.all : "../${name}" if try(one.public, false)]\n}\n',
  },
  commits: {
    'the YAML': { 'stacks.yaml': 'network: {}\ndatabase: {}\napp:\n  needs: [database]\n' },
    'one unit': { 'network/names.txt': 'x\n' },
  },
  onlyOurs: { 'the YAML': ['app', 'database', 'edge', 'network'] },
};

/** The older style: the parent is a `terragrunt.hcl` itself, and templates are linked. */
const older: Layout = {
  files: {
    'live/terragrunt.hcl': locals('name = "x"'),
    'templates/service.hcl': dependency('network', '"${get_terragrunt_dir()}/../network"'),
    ...below(['live/dev', 'live/prod'], {
      'network/terragrunt.hcl': `${registry}include {\n  path = find_in_parent_folders()\n}\n`,
      'a/terragrunt.hcl': `${registry}include "service" {\n  path = "\${get_repo_root()}/templates/service.hcl"\n}\n`,
      'b/terragrunt.hcl': `${registry}include "service" {\n  path = "../service.hcl"\n}\n${dependency('a', 'find_in_parent_folders("a")')}`,
      'service.hcl': { link: '../../templates/service.hcl' },
    }),
    'live/dev/a/terragrunt.hcl': `${registry}dependencies {\n  paths = ["../network", "../../prod/network"]\n}\n`,
  },
  commits: {
    'the template': { 'templates/service.hcl': dependency('network', '"../network"') },
    'a renamed unit': {
      'live/prod/b/terragrunt.hcl': null,
      'live/prod/c/terragrunt.hcl': `${registry}${dependency('a', '"../a"')}`,
    },
  },
  onlyOurs: { 'the template': ['live/dev/b', 'live/prod/b'] },
};

/** Units that a stack generated, committed with their values. */
const generated: Layout = {
  files: below(['live/dev', 'live/prod'], {
    'network/terragrunt.hcl': `terraform {\n  source = "tfr:///example/\${values.module}/aws?version=1.0.0"\n}\n`,
    'network/terragrunt.values.hcl': 'module = "network"\n',
    'app/terragrunt.hcl': `terraform {\n  source = "tfr:///example/app/aws?version=\${values.version}"\n}\n${dependency('network', 'values.network_path')}`,
    'app/terragrunt.values.hcl': 'version      = "1.0.0"\nnetwork_path = "../network"\n',
  }),
  commits: {
    'values of one unit': { 'live/dev/app/terragrunt.values.hcl': 'version = "1.1.0"\nnetwork_path = "../network"\n' },
  },
};

export const layouts: Record<string, Layout> = {
  'accounts, regions and environments with shared files': accounts,
  'a chain of files that read each other': chain,
  'modules and live code side by side': monorepo,
  'a YAML file that says what needs what': yaml,
  'the older style with terragrunt.hcl as a parent': older,
  'units that a stack generated': generated,
};
