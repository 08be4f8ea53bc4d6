import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { configSchema } from '../../../src/config/schema.ts';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { evaluate } from '../../../src/discovery/hcl/evaluate.ts';
import { parseFile } from '../../../src/discovery/hcl/parse.ts';
import { workingTree } from '../../../src/discovery/source/working-tree.ts';
import { withStacks } from '../../../src/discovery/stacks/expand.ts';
import { describeWithTerragrunt, ourGraph, repositoryOf, terragruntGraph } from './oracle.ts';
import { randomStacks } from './random-stacks.ts';
import { type StackRepository, stackRepositories } from './stacks.ts';

/** Values as data; how the file is laid out makes no difference. */
function valuesIn(text: string): unknown {
  const scope = { variable: () => undefined, function: () => undefined };
  const { attributes } = parseFile('terragrunt.values.hcl', text).body;
  return Object.fromEntries([...attributes.values()].map(({ name, value }) => [name, evaluate(value, scope)]));
}

const contentOf = (path: string, text: string | undefined) =>
  path.endsWith('/terragrunt.values.hcl') ? valuesIn(text ?? '') : text;

/** What we say that is generated, then what Terragrunt did generate: content by path. */
async function filesAndGraphs({ files, generate }: StackRepository) {
  using repository = repositoryOf(files);
  const { directory } = repository;
  const settings = { config: configSchema.parse({}), environment: process.env, parsed: new Map() };
  const tree = withStacks(await workingTree(directory), settings);
  const graph = await ourGraph(directory);
  const before = new Set((await workingTree(directory)).files);
  for (const stack of generate)
    execFileSync('terragrunt', ['stack', 'generate', '--log-level', 'error'], { cwd: join(directory, stack) });
  const written = (await workingTree(directory)).files.filter(
    // What an autoinclude becomes is Terragrunt's affair; that it says the same is seen in the graph.
    (path) => !before.has(path) && !/\/(\.terragrunt-stack-manifest|terragrunt\.autoinclude[.a-z]*\.hcl)$/.test(path),
  );
  const ours = tree.files.filter((path) => !before.has(path) && !path.endsWith('/terragrunt.autoinclude.hcl'));
  return {
    ours: { graph, files: Object.fromEntries(ours.map((path) => [path, contentOf(path, tree.read(path))])) },
    theirs: {
      graph: terragruntGraph(directory),
      files: Object.fromEntries(
        written.map((path) => [path, contentOf(path, readFileSync(join(directory, path), 'utf8'))]),
      ),
    },
  };
}

describeWithTerragrunt('what is generated, and the graph with it, is what terragrunt says for', () => {
  test.each(Object.keys(stackRepositories))('%s', async (name) => {
    const { ours, theirs } = await filesAndGraphs(stackRepositories[name] as StackRepository);
    expect(Object.keys(theirs.files)).not.toEqual([]);
    expect(ours).toEqual(theirs);
  });
});

const runs = process.env.CI === 'true' ? 30 : 8;

describeWithTerragrunt('what random stacks generate, and the graph with it', () => {
  test(`is what terragrunt says, ${runs} times`, async () => {
    await fc.assert(
      fc.asyncProperty(randomStacks, async (repository) => {
        const { ours, theirs } = await filesAndGraphs(repository);
        expect(ours).toEqual(theirs);
      }),
      { numRuns: runs },
    );
  }, 600_000);
});

describeWithTerragrunt('a unit of a stack whose source is in another repository', () => {
  test('depends on what Terragrunt says, which is asked in a checkout where the stack is generated', async () => {
    const unit = 'dependencies {\n  paths = try(values.paths, [])\n}\n';
    using catalog = committed({ 'units/any/terragrunt.hcl': unit });
    const block = (name: string, paths: string) =>
      `unit "${name}" {\n  source = "git::file://${catalog.directory}//units/any"\n  path = "${name}"\n  values = { paths = ${paths} }\n}\n`;
    using live = committed({ 'live/terragrunt.stack.hcl': block('vpc', '[]') + block('app', '["../vpc"]') });

    const graph = await discoverGraph(live.directory, { config: configSchema.parse({}), commit: 'HEAD' });

    expect(graph.map(({ path, dependencies }) => [path, dependencies])).toEqual([
      ['live/.terragrunt-stack/app', ['live/.terragrunt-stack/vpc']],
      ['live/.terragrunt-stack/vpc', []],
    ]);
  });
});

function committed(files: StackRepository['files']): ReturnType<typeof repositoryOf> {
  const repository = repositoryOf(files);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
      cwd: repository.directory,
    });
  git('add', '--all');
  git('commit', '--quiet', '--message', 'change');
  return repository;
}
