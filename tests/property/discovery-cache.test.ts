// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Grounds } from '../../src/discovery/cache/last-answer.ts';
import { noLastAnswer } from '../../src/discovery/cache/last-answer.ts';
import { openCache, type RepositoryCache } from '../../src/discovery/cache/repository-cache.ts';
import { UnitCache } from '../../src/discovery/cache/unit-cache.ts';
import { groundsOf } from '../../src/discovery/context.ts';
import type { ResolvedUnits } from '../../src/discovery/discover.ts';
import { evaluateGraph } from '../../src/discovery/evaluate-graph.ts';
import { emptyTree } from '../../src/discovery/source/source-tree.ts';
import { withStacks } from '../../src/discovery/stacks/expand.ts';
import { compareTrees, evaluateTouched } from '../../src/discovery/touched.ts';
import { discoverTree } from '../support/discover-tree.ts';
import { memoryTree, type TreeFiles } from '../support/memory-tree.ts';
import { randomRepositories } from '../terragrunt/discovery/random-repository.ts';
import { randomStacks } from '../terragrunt/discovery/random-stacks.ts';
import { configWith } from '../unit/discovery/repository.ts';
import { randomTerraform } from './random-terraform.ts';

const repositories: fc.Arbitrary<TreeFiles> = fc.oneof(
  { weight: 3, arbitrary: randomRepositories(1) },
  { weight: 1, arbitrary: randomStacks.map(({ files }) => files) },
  { weight: 3, arbitrary: randomTerraform },
);

/** One change of a tree: a file becomes what it is in another repository, or all files below a directory move. */
type Step = { file: number } | { directory: number; to: string };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ file: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ directory: fc.nat(20), to: fc.constantFrom('moved', 'modules/n', 'roots/c') }) },
);

/** Two repositories, between which files move over one after the other, while directories get other names. */
const histories: fc.Arbitrary<TreeFiles[]> = fc
  .tuple(repositories, repositories, fc.array(steps, { minLength: 1, maxLength: 12 }))
  .map(([first, second, taken]) => {
    const trees: TreeFiles[] = [first];
    const paths = [...new Set([...Object.keys(first), ...Object.keys(second)])].sort();
    for (const step of taken) {
      const files = trees.at(-1) ?? {};
      if ('file' in step) {
        const path = paths[step.file % paths.length] as string;
        const { [path]: _, ...others } = files;
        trees.push(Object.hasOwn(second, path) ? { ...others, [path]: second[path] as TreeFiles[string] } : others);
      } else {
        const directories = [...new Set(Object.keys(files).map((path) => path.slice(0, path.lastIndexOf('/') + 1)))];
        const from = directories[step.directory % directories.length] ?? '';
        const moved = (path: string) =>
          from !== '' && path.startsWith(from) ? `${step.to}/${path.slice(from.length)}` : path;
        trees.push(Object.fromEntries(Object.entries(files).map(([path, content]) => [moved(path), content])));
      }
    }
    return trees;
  });

test('whatever changes from one tree to the next, units from the cache are those that are evaluated anew, and so is what is touched', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (trees) => {
      const cache = new UnitCache();
      let baseTree = emptyTree('/live');
      for (const files of trees) {
        const headTree = withStacks(memoryTree(files), { config: configWith(), environment: {}, parsed: new Map() });
        const both = async (kept: UnitCache | undefined, resolved: ResolvedUnits | undefined) => {
          const options = resolved ? { resolved } : {};
          const after = await discoverTree(headTree, kept, options);
          return { after, before: await discoverTree(baseTree, kept, { ...options, past: true }) };
        };
        const [found, anew] = [await both(cache, {}), await both(undefined, undefined)];
        expect(found).toEqual(anew);
        const compared = ({ before, after }: typeof anew) =>
          compareTrees({ before, after, baseTree, headTree }, { config: configWith() });
        expect(compared(found)).toEqual(compared(anew));
        baseTree = headTree;
      }
    }),
    { numRuns: 200 },
  );
});

/** What is asked besides the files; each part makes a difference to some unit. */
interface Settings {
  environment: NodeJS.ProcessEnv;
  within: string;
  extraDependencies: Record<string, string[]>;
}

const settings: fc.Arbitrary<Settings> = fc.record({
  environment: fc.record(
    {
      TARGET: fc.constantFrom('../other', '../gone'),
      TF_VAR_key: fc.constantFrom('a', 'b'),
      UNASKED: fc.constant('x'),
    },
    { requiredKeys: [] },
  ),
  within: fc.constantFrom('.', 'r0', 'asking'),
  extraDependencies: fc.constantFrom<Record<string, string[]>>({}, { other: ['roots/writer'] }, { missing: ['other'] }),
});

/** Units that ask for variables, beside the others. */
const asking: TreeFiles = {
  'asking/terragrunt.hcl':
    'terraform {\n  source = "tfr:///a/b?version=1.0.0"\n}\ndependencies {\n  paths = [get_env("TARGET", "../other")]\n}\n',
  'other/terragrunt.hcl': 'terraform {\n  source = "tfr:///a/b?version=1.0.0"\n}\n',
  'roots/writer/main.tf': 'terraform {\n  backend "s3" {\n    bucket = "states"\n    key    = "a"\n  }\n}\n',
  'roots/reader/main.tf':
    'variable "key" {\n  default = "c"\n}\nterraform {\n  backend "s3" {\n    bucket = "states"\n    key    = "reader"\n  }\n}\ndata "terraform_remote_state" "writer" {\n  backend = "s3"\n  config = {\n    bucket = "states"\n    key    = var.key\n  }\n}\n',
};

test('whatever changes from one question to the next, an answer from the cache is the one that is found anew', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'live-ci-'));
  /** Graph, changes and warnings. */
  const answers = async (files: TreeFiles, before: TreeFiles, given: Settings, cache: RepositoryCache | undefined) => {
    const { environment, within, extraDependencies } = given;
    const repository = { directory: '/live', root: '/live', bare: true, prefix: within };
    const warnings: string[] = [];
    const trees = [memoryTree(files), memoryTree(before)] as const;
    const config = configWith({ extraDependencies, unknownDependencies: 'warn' });
    const grounds = (...among: Grounds['trees']) =>
      groundsOf(among, { config, environment, warn: (message) => warnings.push(message) }, { within });
    const of = (among: Grounds) => ({ repository, cache, grounds: among, progress: undefined });
    const ofGraph = grounds(trees[0]);
    const graph = await (cache?.lastAnswer<unknown>('graph') ?? noLastAnswer).answer(ofGraph, (watched) =>
      evaluateGraph(trees[0], { ...of(ofGraph), watched, commit: undefined }),
    );
    const ofChanges = grounds(...trees);
    const changes = await (cache?.lastAnswer<unknown>('changes') ?? noLastAnswer).answer(ofChanges, (watched) =>
      evaluateTouched(trees, { ...of(ofChanges), watched, base: 'base', head: 'head', known: [] }),
    );
    return JSON.parse(JSON.stringify({ graph, changes, warnings })) as unknown;
  };
  try {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.array(settings, { minLength: 1, maxLength: 4 }),
        fc.uuid(),
        async (trees, given, name) => {
          let before: TreeFiles = {};
          for (const changed of trees) {
            const files = { ...changed, ...asking };
            for (const one of given) {
              const anew = await answers(files, before, one, undefined);
              for (const _ of ['made', 'kept'])
                expect(await answers(files, before, one, openCache(folder, name))).toEqual(anew);
            }
            before = files;
          }
        },
      ),
      { numRuns: 40 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
