/**
 * The repository of a world, made by code and the same on every machine: its files, authors and dates are fixed, so that its commits have ids that
 * the command and the builds both come to, and nothing is carried from one to the other.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from '../repository/git.ts';
import { type Case, caseNamed, type UnitCode } from './cases.ts';
import { folderOf, type World } from './world.ts';

export interface SelfTestRepository extends AsyncDisposable {
  /** Of a bare repository, with the branch `main`. */
  directory: string;
  /** The one commit that there is. */
  head: string;
}

/** @param bucket the artifact bucket's name: its units' states lie there. */
export async function makeRepository(world: World, bucket: string, environments: number): Promise<SelfTestRepository> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-selftest-'));
  await git(directory, ['init', '--quiet', '--bare', '--object-format=sha1', '--initial-branch=main', '.']);
  for (const [path, text] of Object.entries(filesOf(world, bucket, environments))) {
    const blob = await git(directory, ['hash-object', '-w', '--no-filters', '--stdin'], { input: text });
    await git(directory, ['update-index', '--add', '--cacheinfo', `100644,${blob.trim()},${path}`]);
  }
  const tree = (await git(directory, ['write-tree'])).trim();
  const written = ['-c', 'i18n.commitEncoding=UTF-8', 'commit-tree', '--no-gpg-sign', tree];
  const input = `Self test of live-ci: ${caseNamed(world.name).tries}\n`;
  const head = (await git(directory, written, { input, environment: author })).trim();
  await git(directory, ['update-ref', 'refs/heads/main', head]);
  return {
    directory,
    head,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

const [who, when] = [{ NAME: 'live-ci selftest', EMAIL: 'selftest@live-ci.invalid' }, '2026-01-01T00:00:00Z'];
const author = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    ...Object.entries(who).map(([what, value]) => [`GIT_${role}_${what}`, value]),
    [`GIT_${role}_DATE`, when],
  ]),
);

function filesOf(world: World, bucket: string, environments: number): Record<string, string> {
  const units = unitsOf(caseNamed(world.name), environments);
  const file = world.tool === 'opentofu' ? 'main.tofu' : 'main.tf';
  return Object.fromEntries(
    Object.entries(units).map(([path, code]) => [`${path}/${file}`, codeOf(path, code, folderOf(world), bucket)]),
  );
}

/** By path. Of the case that tries roles, one for each environment that has any. */
export function unitsOf({ units, eachEnvironment }: Case, environments: number): Record<string, UnitCode> {
  if (!eachEnvironment) return units;
  return Object.fromEntries(Array.from({ length: environments }, (_, index) => [environmentUnit(index), {}]));
}

export const environmentUnit = (index: number) => `selftest/environment-${index + 1}`;

/** Its state is encrypted as the bucket is by itself, with the deployment's key. */
function codeOf(path: string, { reads, command }: UnitCode, folder: string, bucket: string): string {
  const state = (unit: string) => `
    bucket                      = ${JSON.stringify(bucket)}
    key                         = ${JSON.stringify(`${folder}${unit}.tfstate`)}
    use_path_style              = true
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
    skip_requesting_account_id  = true
`;
  const read = reads
    ? `
data "terraform_remote_state" "read" {
  backend = "s3"
  config = {${state(reads)}  }
}
`
    : '';
  const provisioner = command
    ? `

  provisioner "local-exec" {
    command = ${JSON.stringify(command)}
  }`
    : '';
  return `# A unit of a self test of live-ci. It makes nothing in AWS but its state.
terraform {
  backend "s3" {${state(path)}    use_lockfile                = true
  }
}
${read}
resource "terraform_data" "unit" {
  input = ${reads ? 'data.terraform_remote_state.read.outputs.value' : JSON.stringify(path)}${provisioner}
}

output "value" {
  value = terraform_data.unit.output
}
`;
}
