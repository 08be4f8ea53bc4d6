import { constructs } from './constructs.ts';
import { idioms } from './idioms.ts';
import { describeWithTerragrunt, ourGraph, repositoryOf, terragruntGraph } from './oracle.ts';

describeWithTerragrunt('the graph is the one of terragrunt find for', () => {
  test.each(Object.entries({ ...constructs, ...idioms }))('%s', async (_, files) => {
    using repository = repositoryOf(files);
    expect(await ourGraph(repository.directory)).toEqual(terragruntGraph(repository.directory));
  });
});
