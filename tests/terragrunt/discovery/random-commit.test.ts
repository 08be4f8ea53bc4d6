import fc from 'fast-check';
import { configSchema } from '../../../src/config/schema.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { describeWithTerragrunt, ourGraph, repositoryOf, terragruntTouched } from './oracle.ts';
import { changesOf, edits } from './random-commit.ts';
import { randomRepositories } from './random-repository.ts';

const config = configSchema.parse({});
const runs = process.env.CI === 'true' ? 40 : 4;

/** Reasons that Terragrunt does not know: modules that a module calls, and what is read with `file()`. */
const onlyOurs = /^(module \S+\/modules\/part changed|reads \S+\/tags\.yaml, which changed)$/;

describeWithTerragrunt('what random commits touch', () => {
  test(`is what terragrunt's own git filter finds, or more for a reason that is written down, ${runs} times`, async () => {
    await fc.assert(
      fc.asyncProperty(randomRepositories(5), edits, async (files, edits) => {
        using repository = repositoryOf(files);
        const { directory } = repository;
        const base = repository.commit({});
        const graph = await ourGraph(directory);
        const needed = new Set(graph.flatMap(({ dependencies }) => dependencies));
        const removable = graph.map(({ path }) => path).filter((path) => !needed.has(path));
        const head = repository.commit(changesOf(files, edits, removable));
        const { touched } = await discoverTouched(directory, { base, head, config });
        const theirs = terragruntTouched(directory, base, head);
        const ours = touched.filter(
          ({ path, reasons }) => theirs.includes(path) || !reasons.every((reason) => onlyOurs.test(reason)),
        );
        expect(ours.map(({ path }) => path).sort()).toEqual(theirs);
      }),
      { numRuns: runs },
    );
  }, 1_200_000);
});
