// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** A generated live repository: every unit includes the root, reads its region's settings and has two dependencies. */
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

/** @param lines of inputs in each unit, to make files as large as real ones */
export function generateRepository(directory: string, units: number, lines = 0): void {
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  write('root.hcl', root);
  write('modules/thing/main.tf', 'variable "name" {}\noutput "id" {\n  value = var.name\n}\n');
  for (let region = 0; region < 10; region++)
    write(`region-${region}/region.hcl`, `locals {\n  name = "region-${region}"\n}\n`);
  for (let index = 0; index < units; index++) write(`${unitPath(index)}/terragrunt.hcl`, unitOf(index, lines));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, stdio: 'ignore' });
  git('init', '--quiet');
  git('add', '--all');
  // A collection in the background would meet the one below.
  git('config', 'gc.auto', '0');
  git('-c', 'user.name=Bench', '-c', 'user.email=bench@example.org', 'commit', '--quiet', '--message', 'all');
  git('repack', '-a', '-d', '--quiet');
}

export const unitPath = (index: number) => `region-${index % 10}/unit-${index}`;

function unitOf(index: number, lines: number): string {
  const dependencies = [...new Set([Math.floor(index / 2), Math.floor(index / 3)])].filter((other) => other < index);
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
