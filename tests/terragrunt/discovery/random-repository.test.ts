import fc from 'fast-check';
import { describeWithTerragrunt, ourGraph, repositoryOf, terragruntGraph } from './oracle.ts';
import { randomRepositories } from './random-repository.ts';

/** So many are compared with one run of Terragrunt, which takes most of the time. */
const atOnce = 10;
const runs = process.env.CI === 'true' ? 50 : 4;

describeWithTerragrunt('the graph of random repositories', () => {
  test(`is the one of terragrunt find, for ${runs * atOnce} of them`, async () => {
    await fc.assert(
      fc.asyncProperty(randomRepositories(atOnce), async (files) => {
        using repository = repositoryOf(files);
        expect(await ourGraph(repository.directory)).toEqual(terragruntGraph(repository.directory));
      }),
      { numRuns: runs },
    );
  }, 1_200_000);
});
