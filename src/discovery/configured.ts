/** What the configuration says of units, over what their files say. */
import type { Mistake } from '../config/check.ts';
import type { Config, DiscoverySettings } from '../config/schema.ts';
import { isCode, withParents } from './code-files.ts';
import { type EvaluatedUnit, fingerprintOf } from './evaluate-unit.ts';
import { globPattern } from './glob.ts';
import type { SourceTree } from './source/source-tree.ts';
import { isUnderStage } from './stages.ts';

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

/** Settings that name units, or paths of them. Which environments and stages there are does not matter to the graph. */
export type NamingSettings = DiscoverySettings & Partial<Pick<Config, 'environments' | 'stages'>>;

interface Named {
  tree: SourceTree;
  /** Paths of all units. */
  units: ReadonlySet<string>;
  /** By unit, where it says that it depends on something: what `ignoredDependencies` takes away is in it. */
  links: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Names in the configuration that nothing has, each a sentence. */
export function namingNothing(config: NamingSettings, { tree, units, links }: Named): Mistake[] {
  const { extraReads, ignoredDependencies, environments = {}, stages = [] } = config;
  const matches = (glob: string, paths: Iterable<string>) => {
    const pattern = globPattern(glob);
    for (const path of paths) if (pattern.test(path)) return true;
    return false;
  };
  /** @param path leads to the name: to a setting, or into a list */
  const nothing = (path: Mistake['path'], name: string, what: string): Mistake => {
    const setting = path[0] === 'units' ? 'units.exclude' : path[0]?.toString();
    return {
      path,
      ofName: typeof path.at(-1) === 'string',
      message: `${setting} in the configuration names ${name}, ${what}; correct or remove it.`,
    };
  };
  const noUnit = (setting: 'extraDependencies' | 'ignoredDependencies') =>
    Object.keys(config[setting])
      .filter((path) => !units.has(path))
      .map((path) => nothing([setting, path], path, 'which is not a unit'));
  const noUnits = (setting: 'extraReads' | 'environments', patterns: string[]) =>
    patterns
      .filter((glob) => !matches(glob, units))
      .map((glob) => nothing([setting, glob], glob, 'which no unit matches'));
  return [
    ...noUnit('extraDependencies'),
    ...Object.entries(config.extraDependencies).flatMap(([path, listed]) =>
      [...listed.entries()]
        .filter(([, target]) => !units.has(target))
        .map(([index, target]) => nothing(['extraDependencies', path, index], target, 'which is not a unit')),
    ),
    ...noUnit('ignoredDependencies'),
    ...Object.entries(ignoredDependencies).flatMap(([path, listed]) =>
      [...listed.entries()]
        .filter(([, target]) => links.get(path)?.has(target) === false)
        .map(([index, target]) =>
          nothing(['ignoredDependencies', path, index], target, `on which ${path} does not depend`),
        ),
    ),
    ...noUnits('extraReads', Object.keys(extraReads)),
    ...Object.entries(extraReads).flatMap(([unit, files]) =>
      [...files.entries()]
        .filter(([, glob]) => !matches(glob, tree.files))
        .map(([index, glob]) => nothing(['extraReads', unit, index], glob, 'which no file matches')),
    ),
    ...[...config.units.exclude.entries()]
      .filter(([, glob]) => !matches(glob, units) && !matches(glob, tree.files.filter(isCode).flatMap(withParents)))
      .map(([index, glob]) => nothing(['units', 'exclude', index], glob, 'which no unit and no code matches')),
    ...noUnits('environments', Object.keys(environments)),
    ...[...stages.entries()]
      .filter(([, stage]) => ![...units].some((path) => isUnderStage(path, stage)))
      .map(([index, stage]) => nothing(['stages', index], stage, 'under which there is no unit')),
  ];
}
