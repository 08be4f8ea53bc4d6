import fc from 'fast-check';
import { describeWithTerragrunt, ourGraph, repositoryOf, terragruntGraph } from './oracle.ts';
import { randomRepository } from './random-repository.ts';

const runs = process.env.CI === 'true' ? 500 : 25;

describeWithTerragrunt('the graph of random repositories', () => {
  test(`is the one of terragrunt find, ${runs} times`, async () => {
    await fc.assert(
      fc.asyncProperty(randomRepository, async (files) => {
        using repository = repositoryOf(files);
        expect(await ourGraph(repository.directory)).toEqual(terragruntGraph(repository.directory));
      }),
      { numRuns: runs },
    );
  }, 1_200_000);
});
