/** What the configuration says of units, over what their files say. */
import type { DiscoverySettings } from '../config/schema.ts';
import { type EvaluatedUnit, fingerprintOf } from './evaluate-unit.ts';
import { globPattern } from './glob.ts';
import type { SourceTree } from './source/source-tree.ts';

/** Whether a directory is left out, however much it looks like a unit. */
export function isLeftOut({ units }: DiscoverySettings): (path: string) => boolean {
  const patterns = units.exclude.map(globPattern);
  return (path) => patterns.some((pattern) => pattern.test(path));
}

/** The same units, with the files that `extraReads` says they read. Of what such a unit reads there is no doubt any more. */
export function withExtraReads(
  tree: SourceTree,
  units: readonly EvaluatedUnit[],
  { extraReads }: DiscoverySettings,
): readonly EvaluatedUnit[] {
  const listed = Object.entries(extraReads).map(([unit, files]) => ({
    unit: globPattern(unit),
    files: files.flatMap((file) => matching(tree, file)),
  }));
  if (listed.length === 0) return units;
  return units.map((one) => {
    const own = listed.filter(({ unit }) => unit.test(one.path));
    if (own.length === 0) return one;
    const reads = [...new Set([...one.reads, ...own.flatMap(({ files }) => files)])].sort();
    return { ...one, reads, fingerprint: fingerprintOf(tree, reads) };
  });
}

function matching(tree: SourceTree, glob: string): string[] {
  const pattern = globPattern(glob);
  return tree.files.filter((file) => pattern.test(file));
}

/**
 * Sentences about names in the configuration that nothing has.
 * @param units paths of all units
 * @param links by unit, where it says that it depends on something: what `ignoredDependencies` takes away is in it
 */
export function namingNothing(
  tree: SourceTree,
  { extraDependencies, extraReads, ignoredDependencies, units: { exclude } }: DiscoverySettings,
  { units, links }: { units: ReadonlySet<string>; links: ReadonlyMap<string, ReadonlySet<string>> },
): string[] {
  const paths = [...units];
  const nothing = (setting: string, name: string, what: string) =>
    `${setting} in the configuration names ${name}, ${what}; correct or remove it.`;
  const noUnit = (setting: string, named: string[]) =>
    named.filter((path) => !units.has(path)).map((path) => nothing(setting, path, 'which is not a unit'));
  const noUnits = (setting: string, patterns: string[]) =>
    patterns
      .filter((glob) => {
        const pattern = globPattern(glob);
        return !paths.some((path) => pattern.test(path));
      })
      .map((glob) => nothing(setting, glob, 'which no unit matches'));
  return [
    ...noUnit('extraDependencies', Object.keys(extraDependencies)),
    ...noUnit('ignoredDependencies', Object.keys(ignoredDependencies)),
    ...Object.entries(ignoredDependencies).flatMap(([path, listed]) =>
      listed
        .filter((target) => links.get(path)?.has(target) === false)
        .map((target) => nothing('ignoredDependencies', target, `on which ${path} does not depend`)),
    ),
    ...noUnits('extraReads', Object.keys(extraReads)),
    ...Object.values(extraReads).flatMap((files) =>
      files
        .filter((glob) => matching(tree, glob).length === 0)
        .map((glob) => nothing('extraReads', glob, 'which no file matches')),
    ),
    ...noUnits('units.exclude', exclude),
  ];
}
