/** The real Terragrunt as the judge: the same repository, its graph and ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { configSchema } from '../../../src/config/schema.ts';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { type Changes, newRepository, type TestRepository } from '../../unit/discovery/repository.ts';

export type { Changes };

/** Contents by path; `{ link }` is a symbolic link. */
export type Files = Record<string, string | { link: string }>;

export interface Edges {
  path: string;
  dependencies: string[];
}

/** A git repository in a new directory, removed when it goes out of scope. Nothing is committed yet. */
export function repositoryOf(files: Files): TestRepository {
  const repository = newRepository();
  // Terragrunt's git filter does not understand the quotes that git puts around some paths.
  repository.git('config', 'core.quotePath', 'false');
  repository.write(files);
  return repository;
}

export async function ourGraph(directory: string): Promise<Edges[]> {
  const units = await discoverGraph(directory, { config: configSchema.parse({}) });
  return units.map(({ path, dependencies }) => ({ path, dependencies }));
}

export function terragruntGraph(directory: string): Edges[] {
  const output = execFileSync('terragrunt', ['find', '--dag', '--json', '--dependencies'], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 256 * 1024 * 1024,
  });
  const found = JSON.parse(output) as { type: string; path: string; dependencies?: string[] }[];
  return found
    .filter(({ type }) => type === 'unit')
    .map(({ path, dependencies = [] }) => ({ path, dependencies: dependencies.sort() }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The units that Terragrunt's git filter finds between two commits, sorted; deleted ones are found at the base. */
export function terragruntTouched(directory: string, base: string, head: string): string[] {
  const output = execFileSync('terragrunt', ['find', '--json', '--filter', `[${base}...${head}]`], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (JSON.parse(output) as { path: string }[]).map(({ path }) => path).sort();
}

const version = spawnSync('terragrunt', ['--version'], { encoding: 'utf8' });
const missing = version.error ? 'no terragrunt is on the PATH' : undefined;

/** `describe` where Terragrunt is there; a failure in CI and a skip with the reason elsewhere when it isn't. */
export function describeWithTerragrunt(name: string, tests: () => void): void {
  if (missing === undefined) describe(name, tests);
  else if (process.env.CI === 'true')
    describe(name, () => {
      test(`needs terragrunt, but ${missing}`, () => expect(missing).toBeUndefined());
    });
  else describe.skip(`${name} (skipped: ${missing})`, tests);
}
