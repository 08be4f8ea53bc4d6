// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Repositories of Terraform in which each file may be another one, or missing, and nearly every one makes a difference to others. */
import fc from 'fast-check';
import type { TreeFiles } from '../support/memory-tree.ts';

const backend = (key: string) => `terraform {\n  backend "s3" {\n    bucket = "states"\n    key    = ${key}\n  }\n}\n`;
const call = (source: string) => `module "called" {\n  source = ${source}\n  name   = "x"\n}\n`;
const reading = (key: string) =>
  `data "terraform_remote_state" "other" {\n  backend = "s3"\n  config = {\n    bucket = "states"\n    key    = ${key}\n  }\n}\n`;
const variable = (name: string) => `variable "${name}" {\n  default = "m"\n}\n`;
const dependingOn = (path: string) =>
  `terraform {\n  source = "tfr:///a/b?version=1.0.0"\n}\ndependencies {\n  paths = ["${path}"]\n}\n`;
const provider = 'provider "aws" {}\n';

const contents: Record<string, readonly TreeFiles[string][]> = {
  'roots/a/main.tf': [
    `${backend('"a"')}${call('"../../modules/m"')}`,
    `${variable('which')}${backend('"a"')}${call('"../../modules/${var.which}"')}`,
    `${provider}${call('"../../linked/m"')}`,
    backend('"a'),
  ],
  'roots/a/terraform.tfvars': ['which = "n"\n', 'which = "other"\n', 'which = '],
  'roots/a/notes/main.tf': ['output "a" {}\n'],
  'roots/b/main.tf': [
    `${variable('key')}${backend('"b"')}${reading('var.key')}`,
    `${backend('"${basename(path.module)}"')}${reading('file("${path.module}/key.txt")')}`,
    `${provider}${reading('trimspace(file("../key.txt"))')}`,
  ],
  'roots/b/x.auto.tfvars': ['key = "a"\n', 'key = "m"\n'],
  'roots/b/key.txt': ['a', 'm'],
  'roots/key.txt': ['a', 'm'],
  'roots/b/backend.hcl': ['key = "c"\n'],
  'roots/.opentofu-version': ['1.12.0\n'],
  'modules/m/main.tf': [
    'variable "name" {}\n',
    `variable "name" {}\n${backend('"m"')}`,
    `variable "name" {}\n${call('"../n"')}`,
    `${provider}locals {\n  text = file("\${path.module}/text.txt")\n}\n`,
  ],
  'modules/m/text.txt': ['one', 'two'],
  'modules/n/main.tf': ['variable "name" {}\n', `${reading('var.name')}variable "name" {}\n`, provider],
  'modules/n/terraform.tfstate': ['{}'],
  'modules/other/main.tofu': [`${provider}${call('"../m"')}`],
  linked: [{ link: 'modules' }, { link: 'roots' }, 'a file'],
  'live/u/terragrunt.hcl': [
    'terraform {\n  source = "../../modules/m"\n}\n',
    'terraform {\n  source = "../../linked/n"\n}\ninputs = {\n  name = "a"\n}\n',
    'terraform {\n  source = "../../roots/b"\n}\n',
  ],
  'live/v/terragrunt.hcl': [dependingOn('../w'), dependingOn('../../modules/n')],
  'live/w/terragrunt.hcl': [dependingOn('../u'), dependingOn('../v')],
  '.terragrunt-excludes': ['live/u\n', 'live/v\n'],
};

export const randomTerraform: fc.Arbitrary<TreeFiles> = fc
  .record(Object.fromEntries(Object.entries(contents).map(([path, some]) => [path, fc.constantFrom(...some)])), {
    requiredKeys: [],
  })
  .map((files) => files as TreeFiles);
