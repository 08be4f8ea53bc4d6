import { configSchema } from '../../../src/config/schema.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { layouts } from './layouts.ts';
import { describeWithTerragrunt, ourGraph, repositoryOf, terragruntGraph, terragruntTouched } from './oracle.ts';

const config = configSchema.parse({});

describeWithTerragrunt('the layout of real repositories:', () => {
  test.each(Object.entries(layouts))('%s has the graph of terragrunt find', async (_, { files }) => {
    using repository = repositoryOf(files);
    const graph = await ourGraph(repository.directory);
    expect(graph).toEqual(terragruntGraph(repository.directory));
    expect(graph.flatMap(({ dependencies }) => dependencies)).not.toEqual([]);
  });

  const commits = Object.entries(layouts).flatMap(([name, { files, commits, onlyOurs = {} }]) =>
    Object.entries(commits).map(([what, changes]) => ({ name, what, files, changes, onlyOurs: onlyOurs[what] ?? [] })),
  );
  test.each(commits)(
    "$name: $what touches what terragrunt's own git filter finds",
    async ({ files, changes, onlyOurs }) => {
      using repository = repositoryOf(files);
      const base = repository.commit({});
      const head = repository.commit(changes);
      const { touched } = await discoverTouched(repository.directory, { base, head, config });
      const theirs = terragruntTouched(repository.directory, base, head);
      expect(touched.map(({ path }) => path)).toEqual([...theirs, ...onlyOurs].sort());
    },
  );
});
