import { configSchema } from '../../../src/config/schema.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { type Changes, describeWithTerragrunt, type Files, repositoryOf, terragruntTouched } from './oracle.ts';

const module = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
const before: Files = {
  'root.hcl': 'locals {\n  tags = yamldecode(file("tags.yaml"))\n}\n',
  'tags.yaml': 'team: a\n',
  'env.hcl': 'locals {\n  name = "prod"\n}\n',
  'README.md': 'x\n',
  'plain/terragrunt.hcl': module,
  'with-root/terragrunt.hcl': `${module}include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n`,
  'with-env/terragrunt.hcl': `${module}locals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n}\n`,
  'with-file/terragrunt.hcl': `${module}locals {\n  names = file("names.txt")\n}\n`,
  'with-file/names.txt': 'a\n',
  'live/terragrunt.hcl': 'inputs = {}\n',
  'live/with-parent/terragrunt.hcl': `${module}include {\n  path = find_in_parent_folders()\n}\n`,
  'modules/thing/main.tf': 'module "part" {\n  source = "../part"\n}\n',
  'modules/thing/policy.json': '{}\n',
  'modules/part/main.tf': 'locals {}\n',
  'with-module/terragrunt.hcl':
    'terraform {\n  source = "../modules//thing"\n  extra_arguments "all" {\n    commands           = ["plan"]\n    required_var_files = ["../common.tfvars"]\n  }\n}\n',
  'common.tfvars': 'a = 1\n',
};

const commits: Record<string, Changes> = {
  'a unit': { 'plain/terragrunt.hcl': `${module}# changed\n` },
  'another file in a unit': { 'plain/policy.json': '{}' },
  'an included file': { 'root.hcl': 'locals {}\n' },
  'a file that an included file reads': { 'tags.yaml': 'team: b\n' },
  'a configuration that a unit reads': { 'env.hcl': 'locals {}\n' },
  'a file that a unit reads': { 'with-file/names.txt': 'b\n' },
  'a file that nobody reads': { 'README.md': 'y\n' },
  'an included terragrunt.hcl': { 'live/terragrunt.hcl': 'inputs = { a = 1 }\n' },
  'the module that a unit runs': { 'modules/thing/main.tf': '' },
  'a module that the module of a unit calls': { 'modules/part/main.tf': '' },
  'another file of the module that a unit runs': { 'modules/thing/policy.json': '[]\n' },
  'a file of variables that is handed to Terraform': { 'common.tfvars': 'a = 2\n' },
  'a new unit': { 'new/terragrunt.hcl': module },
  'a deleted unit': { 'plain/terragrunt.hcl': null },
  'several at once': { 'plain/terragrunt.hcl': null, 'new/terragrunt.hcl': module, 'env.hcl': 'locals {}\n' },
};

/** Terragrunt does not follow these, though what the unit gets from them changes. */
const onlyOurs: Record<string, string[]> = {
  'a file that an included file reads': ['with-root'],
  'an included terragrunt.hcl': ['live/with-parent'],
  'a module that the module of a unit calls': ['with-module'],
  'another file of the module that a unit runs': ['with-module'],
  'a file of variables that is handed to Terraform': ['with-module'],
};

/** What runs nothing itself is not delivered. */
const onlyTheirs: Record<string, string[]> = { 'an included terragrunt.hcl': ['live'] };

describeWithTerragrunt("what a commit touches is what terragrunt's own git filter finds, for", () => {
  test.each(Object.keys(commits))('%s', async (name) => {
    using repository = repositoryOf(before);
    const base = repository.commit({});
    const head = repository.commit(commits[name] ?? {});
    const { touched } = await discoverTouched(repository.directory, { base, head, config: configSchema.parse({}) });
    const theirs = terragruntTouched(repository.directory, base, head);
    const ours = touched.map(({ path }) => path);
    expect([...ours, ...(onlyTheirs[name] ?? [])].sort()).toEqual([...theirs, ...(onlyOurs[name] ?? [])].sort());
  });
});
