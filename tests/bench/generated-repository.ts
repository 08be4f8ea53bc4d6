// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Generated repositories. In `regions` every unit includes the root, reads its region's settings and has two dependencies. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = `locals {
  region = read_terragrunt_config(find_in_parent_folders("region.hcl"))
  name   = local.region.locals.name
}

remote_state {
  backend = "s3"
  config = {
    bucket = "state-\${local.name}"
    key    = "\${path_relative_to_include()}/terraform.tfstate"
  }
}

inputs = {
  region = local.name
}
`;

/** A repository of some shape: contents by path, the units in order. */
export interface Shape {
  files: Record<string, string>;
  units: readonly string[];
}

/** @param lines of inputs in each unit, to make files as large as real ones */
export function regions(units: number, lines = 0): Shape {
  const paths = Array.from({ length: units }, (_, index) => `${unitPath(index)}/terragrunt.hcl`);
  return {
    files: {
      'root.hcl': root,
      'modules/thing/main.tf': thing,
      ...Object.fromEntries(
        Array.from({ length: 10 }, (_, region) => [
          `region-${region}/region.hcl`,
          `locals {\n  name = "region-${region}"\n}\n`,
        ]),
      ),
      ...Object.fromEntries(paths.map((path, index) => [path, unitOf(index, lines)])),
    },
    units: paths,
  };
}

const thing = 'variable "name" {}\noutput "id" {\n  value = var.name\n}\n';

/** Units that say little: a root include, two dependencies, one input. */
export function sayingLittle(units: number): Shape {
  const place = (index: number) => `e${index % 10}/g${Math.floor(index / 10) % 40}/u${index}`;
  const paths = Array.from({ length: units }, (_, index) => `live/${place(index)}/terragrunt.hcl`);
  const content = (index: number) => `include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "../../../../modules/thing"
}
${before(index)
  .map((other, number) => `dependency "d${number}" {\n  config_path = "../../../${place(other)}"\n}\n`)
  .join('')}inputs = {
  name = "u${index}"
}
`;
  return {
    files: {
      'root.hcl':
        'remote_state {\n  backend = "s3"\n  config = {\n    bucket = "states"\n    key    = "${path_relative_to_include()}/terraform.tfstate"\n  }\n}\n',
      'modules/thing/main.tf': thing,
      ...Object.fromEntries(paths.map((path, index) => [path, content(index)])),
    },
    units: paths,
  };
}

/** Terraform's root modules, each of one file with a state of its own, that read the states of two others. */
export function remoteStates(roots: number): Shape {
  const state = (index: number) => `    bucket = "states"\n    key    = "root-${index}.tfstate"\n`;
  const paths = Array.from({ length: roots }, (_, index) => `area-${index % 10}/root-${index}/main.tf`);
  const content = (index: number) => `terraform {
  backend "s3" {
${state(index)}  }
}
${before(index)
  .map(
    (other) => `data "terraform_remote_state" "r${other}" {\n  backend = "s3"\n  config = {\n${state(other)}  }\n}\n`,
  )
  .join('')}resource "null_resource" "this" {
  triggers = {
    name = "root-${index}"
  }
}
`;
  return { files: Object.fromEntries(paths.map((path, index) => [path, content(index)])), units: paths };
}

/** Root modules above a tree of modules, each of which calls two of the next level. */
export function deepModules(roots: number, levels: number): Shape {
  const width = 20;
  const call = (number: number, source: string) => `module "m${number}" {\n  source = "${source}"\n  name   = "x"\n}\n`;
  const modules = Array.from({ length: levels * width }, (_, index) => {
    const [level, place] = [Math.floor(index / width), index % width];
    const called = level + 1 === levels ? [] : [place, (place + 1) % width];
    const calls = called.map((other, number) => call(number, `../../level-${level + 1}/module-${other}`));
    return [`modules/level-${level}/module-${place}/main.tf`, `variable "name" {}\n${calls.join('')}`] as const;
  });
  const paths = Array.from({ length: roots }, (_, index) => `roots/root-${index}/main.tf`);
  const content = (index: number) =>
    `terraform {\n  backend "s3" {\n    bucket = "states"\n    key    = "root-${index}.tfstate"\n  }\n}\n${call(0, `../../modules/level-0/module-${index % width}`)}`;
  return {
    files: Object.fromEntries([...modules, ...paths.map((path, index) => [path, content(index)] as const)]),
    units: paths,
  };
}

/** A repository of which everything is committed. */
export function generateRepository(directory: string, { files }: Shape): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, stdio: 'ignore' });
  git('init', '--quiet');
  git('add', '--all');
  // A collection in the background would meet the one below.
  git('config', 'gc.auto', '0');
  git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', 'commit', '--quiet', '--message', 'all');
  git('repack', '-a', '-d', '--quiet');
}

/** Two others that come before it. */
const before = (index: number) =>
  [...new Set([Math.floor(index / 2), Math.floor(index / 3)])].filter((other) => other < index);

const unitPath = (index: number) => `region-${index % 10}/unit-${index}`;

function unitOf(index: number, lines: number): string {
  const dependencies = before(index);
  const blocks = dependencies.map(
    (other) => `
dependency "unit_${other}" {
  config_path = "../../${unitPath(other)}"
  mock_outputs = {
    id = "mock"
  }
}
`,
  );
  const inputs = [
    `  name = "unit-${index}"`,
    ...dependencies.map((other) => `  from_${other} = dependency.unit_${other}.outputs.id`),
    ...Array.from(
      { length: lines },
      (_, line) => `  setting_${line} = { name = "s-${line}", tags = ["a", "b-${index}"], on = true }`,
    ),
  ];
  return `include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "\${get_repo_root()}/modules/thing"
}
${blocks.join('')}
inputs = {
${inputs.join('\n')}
}
`;
}
