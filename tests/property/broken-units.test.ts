/** Random repositories in which random units are broken, each in one of the ways in which people break them. */
import fc from 'fast-check';
import { withoutProspect } from '../../src/delivery/without-prospect.ts';
import { reachable } from '../../src/discovery/graph/reachable.ts';
import { reversed } from '../../src/discovery/graph/reversed.ts';
import { selectUnits } from '../../src/discovery/select.ts';
import { withStacks } from '../../src/discovery/stacks/expand.ts';
import { compareTrees } from '../../src/discovery/touched.ts';
import { discoverTree } from '../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../support/memory-tree.ts';
import { configWith } from '../unit/discovery/repository.ts';

const runs = process.env.CI === 'true' ? 1000 : 100;

const ways = [
  'does not parse',
  'reads what is not there',
  'is lost',
  'has values that do not parse',
  'circle',
] as const;

interface UnitSeed {
  terragrunt: boolean;
  /** Units that it reads, as numbers of units before it. */
  reads: number[];
  touched: boolean;
  broken: (typeof ways)[number] | undefined;
}

const unitSeed = (index: number): fc.Arbitrary<UnitSeed> =>
  fc.record({
    terragrunt: fc.boolean(),
    reads: index === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(index - 1), { maxLength: 3 }),
    touched: fc.boolean(),
    broken: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...ways) },
    ),
  });

const seeds: fc.Arbitrary<UnitSeed[]> = fc
  .integer({ min: 1, max: 10 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => unitSeed(index))));

const path = (index: number) => `units/u${index}`;
const backend = (key: string) => `terraform {\n  backend "s3" {\n    bucket = "states"\n    key = "${key}"\n  }\n}\n`;
const remoteState = (index: number) =>
  `data "terraform_remote_state" "u${index}" {\n  backend = "s3"\n  config = {\n    bucket = "states"\n    key = "u${index}"\n  }\n}\n`;
const dependency = (index: number) => `dependency "u${index}" {\n  config_path = "../u${index}"\n}\n`;
const generatedBackend = (key: string) =>
  `remote_state {\n  backend = "s3"\n  config = {\n    bucket = "states"\n    key = "${key}"\n  }\n}\n`;

/** The files of one unit. @param circle another unit that it reads besides */
function filesOf(all: readonly UnitSeed[], index: number, broken: UnitSeed['broken'], circle?: number): TreeFiles {
  const { terragrunt, reads } = all[index] as UnitSeed;
  const [own, state] = [path(index), `u${index}`];
  const from = circle === undefined ? reads : [...new Set([...reads, circle])];
  const byBlock = from.filter((other) => terragrunt && all[other]?.terragrunt);
  const byState = from.filter((other) => !byBlock.includes(other));
  const code = byState.map(remoteState).join('');
  const lost = broken === 'is lost';
  const files: TreeFiles = terragrunt
    ? {
        [`${own}/terragrunt.hcl`]: generatedBackend(state) + byBlock.map(dependency).join(''),
        ...(lost ? {} : { [`${own}/main.tf`]: `# ${state}\n${code}` }),
      }
    : { [`${own}/main.tf`]: (lost ? 'locals {}\n' : backend(state)) + code };
  const configuration = terragrunt ? `${own}/terragrunt.hcl` : `${own}/main.tf`;
  switch (broken) {
    case 'does not parse':
      return { ...files, [configuration]: `${files[configuration]}locals {\n` };
    case 'reads what is not there':
      return terragrunt
        ? { ...files, [configuration]: `${files[configuration]}dependency "gone" {\n  config_path = "../gone"\n}\n` }
        : { ...files, [configuration]: `${files[configuration]}module {\n` };
    case 'has values that do not parse':
      return {
        ...files,
        [`${own}/main.tf`]: `${files[`${own}/main.tf`]}variable "doc" {}\noutput "p" {\n  value = file("\${path.module}/\${var.doc}")\n}\n`,
        [`${own}/terraform.tfvars`]: '\0GITCRYPT\0',
      };
    default:
      return files;
  }
}

interface Trees {
  base: TreeFiles;
  /** With what the commit touches and breaks. */
  head: TreeFiles;
  /** With what it touches, where nothing is broken: those units are as they were. */
  sound: TreeFiles;
  broken: string[];
}

function treesOf(all: readonly UnitSeed[]): Trees {
  const base: TreeFiles = {};
  const head: TreeFiles = {};
  const sound: TreeFiles = {};
  const broken: string[] = [];
  for (const [index, seed] of all.entries()) {
    const before = filesOf(all, index, undefined);
    const touched = seed.touched ? { [`${path(index)}/note.txt`]: 'touched' } : {};
    Object.assign(base, before);
    // A circle needs something to read that reads it, and says so.
    const closes = ({ reads, broken }: UnitSeed) => broken === undefined && reads.includes(index);
    const circle = seed.broken === 'circle' ? all.findIndex(closes) : -1;
    if (seed.broken === undefined || (seed.broken === 'circle' && circle === -1)) {
      Object.assign(head, before, touched);
      Object.assign(sound, before, touched);
    } else {
      Object.assign(head, filesOf(all, index, seed.broken, circle === -1 ? undefined : circle), touched);
      Object.assign(sound, before);
      broken.push(path(index));
    }
  }
  return { base, head, sound, broken };
}

async function delivered(base: TreeFiles, head: TreeFiles) {
  const config = configWith({ dependencies: 'exclude', dependents: 'include' });
  const trees = [base, head].map((files) =>
    withStacks(memoryTree(files), { config, environment: {}, parsed: new Map() }),
  );
  const [baseTree, headTree] = trees as [(typeof trees)[0], (typeof trees)[0]];
  const [before, after] = [await discoverTree(baseTree, undefined, { past: true }), await discoverTree(headTree)];
  const { touched, graph } = compareTrees({ before, after, baseTree, headTree }, { config });
  const units = selectUnits({ graph, touched, carried: [], appliedCommit: () => null, config });
  return { units, graph };
}

test('what is delivered of the others is what it would be without the broken ones, but for what depends on them', async () => {
  let brokenInAll = 0;
  await fc.assert(
    fc.asyncProperty(seeds, async (all) => {
      const { base, head, sound, broken } = treesOf(all);
      const found = await delivered(base, head);
      const errors = new Set(found.units.filter(({ error }) => error !== undefined).map((unit) => unit.path));
      brokenInAll += errors.size;
      // Whatever was broken fails, and nothing does but what was, or is in a circle with it.
      for (const one of broken) expect(errors).toContain(one);
      for (const { path, error } of found.units)
        if (error !== undefined && !broken.includes(path)) expect(error).toContain('in a circle');
      for (const { path, after, error } of found.units)
        if (error !== undefined) expect([path, after]).toEqual([path, []]);

      const reference = await delivered(base, sound);
      const readers = reversed(new Map(reference.graph.map((unit) => [unit.path, unit.dependencies])));
      const gone = new Set([...errors, ...reachable(readers, errors)]);
      const ignored = withoutProspect(found.units);
      const seen = (units: typeof found.units, without: ReadonlySet<string>) =>
        units
          .filter((unit) => !without.has(unit.path))
          .map((unit) => ({
            path: unit.path,
            change: unit.change,
            after: unit.after.filter((one) => !without.has(one)),
          }))
          .sort((one, other) => (one.path < other.path ? -1 : 1));
      expect(seen(found.units, ignored)).toEqual(seen(reference.units, gone));
    }),
    { numRuns: runs },
  );
  expect(brokenInAll).toBeGreaterThan(runs / 10);
}, 300_000);
