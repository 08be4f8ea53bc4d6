import { constructs } from './constructs.ts';
import { describeWithTerragrunt, ourGraph, repositoryOf, terragruntGraph } from './oracle.ts';

describeWithTerragrunt('the graph is the one of terragrunt find for', () => {
  test.each(Object.keys(constructs))('%s', async (name) => {
    using repository = repositoryOf(constructs[name] ?? {});
    expect(await ourGraph(repository.directory)).toEqual(terragruntGraph(repository.directory));
  });
});
