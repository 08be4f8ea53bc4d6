/**
 * Which units a Terragrunt unit depends on: its own `dependency` and `dependencies` blocks and those of what it includes, merged by
 * Terragrunt's rules. Two lists are merged side by side, blocks by name and paths as they are, and in the end both
 * count; a parent's block that the child overrides by name therefore still counts after a shallow merge.
 */

import type { HclFile } from '../hcl/file.ts';
import { blocksOf, errorAt, unknowableAt } from '../hcl/file.ts';
import type { Block } from '../hcl/syntax.ts';
import { asBoolean, asList, asString, settled, Unknown, type Value } from '../hcl/values.ts';
import { attempt, type Configuration, includedConfiguration, valueAt } from './configuration.ts';
import type { MergeStrategy } from './includes.ts';

/** A path as it is written, and where. */
export interface WrittenLink {
  path: string | Unknown;
  file: HclFile;
  at: number;
}

interface NamedLink extends WrittenLink {
  name: string;
  /** Undefined when the block doesn't say. */
  enabled: boolean | undefined;
}

interface Declared {
  blocks: NamedLink[];
  /** Undefined when there is neither a `dependency` nor a `dependencies` block. */
  paths: WrittenLink[] | undefined;
}

/**
 * Everything that the unit depends on; paths are relative to the unit's directory, or absolute. What has no value is a problem of the unit.
 * @param over the configuration that is merged over the unit's: its autoinclude
 */
export function dependenciesOf(unit: Configuration, over: Configuration | undefined): WrittenLink[] {
  let merged = declaredIn(unit);
  for (const include of unit.includes.toReversed())
    if (include.strategy !== 'no_merge')
      merged = merge(include.strategy, declaredIn(includedConfiguration(unit, include)), merged);
  if (over) merged = overridden(merged, declaredIn(over));
  const links = [...merged.blocks.filter((block) => block.enabled !== false), ...(merged.paths ?? [])];
  const empty = merged.blocks.find((block) => block.enabled !== false && block.path === '');
  if (empty)
    unit.problems.push(errorAt(empty.file, empty.at, `the config_path of the dependency "${empty.name}" is empty.`));
  // An empty path among the others comes from an include's block that the unit completes.
  return links.filter((link) => link.path !== '');
}

function declaredIn(one: Configuration): Declared {
  const declared = blocksOf(one.file.body, 'dependency');
  const blocks = declared.flatMap((block) => attempt(one, block.at, () => declaredBlock(one, block)) ?? []);
  const lists = blocksOf(one.file.body, 'dependencies');
  const paths = lists.flatMap((block) => attempt(one, block.at, () => declaredPaths(one, block)) ?? []);
  if (declared.length === 0 && lists.length === 0) return { blocks, paths: undefined };
  return {
    blocks,
    paths: [...paths, ...blocks.filter((block) => block.enabled !== false && !(block.path instanceof Unknown))],
  };
}

function declaredBlock(one: Configuration, block: Block): NamedLink {
  const path = block.body.attributes.get('config_path');
  const name = block.labels[0] ?? '';
  if (path === undefined) throw errorAt(one.file, block.at, `the dependency "${name}" has no config_path.`);
  const enabled = block.body.attributes.get('enabled');
  const on = enabled && valueAt(one, enabled.value, 'enabled');
  if (on instanceof Unknown && enabled)
    throw unknowableAt(
      one.file,
      enabled.at,
      `whether the dependency "${name}" is enabled can't be known: ${on.reason}`,
    );
  return {
    name,
    path: pathOf(valueAt(one, path.value, 'config_path')),
    enabled: on === undefined || on === null ? undefined : asBoolean(on),
    file: one.file,
    at: path.at,
  };
}

function declaredPaths(one: Configuration, block: Block): WrittenLink[] {
  const attribute = block.body.attributes.get('paths');
  if (attribute === undefined) return [];
  const value = valueAt(one, attribute.value, 'paths');
  return (value instanceof Unknown ? [value] : asList(value)).map((item) => ({
    path: pathOf(settled(item)),
    file: one.file,
    at: attribute.at,
  }));
}

function pathOf(value: Value): string | Unknown {
  return value instanceof Unknown ? value : asString(value);
}

function merge(strategy: Exclude<MergeStrategy, 'no_merge'>, parent: Declared, child: Declared): Declared {
  const byName = new Map(parent.blocks.map((block) => [block.name, block]));
  for (const block of child.blocks) {
    const before = byName.get(block.name);
    byName.set(block.name, strategy === 'deep' && before ? overlaid(before, block) : block);
  }
  const paths = strategy === 'shallow' ? bothPaths(parent, child) : deepPaths(parent, child);
  return { blocks: [...byName.values()], paths };
}

function overlaid(parent: NamedLink, child: NamedLink): NamedLink {
  const place = child.path === '' ? parent : child;
  return { ...place, name: child.name, enabled: child.enabled ?? parent.enabled };
}

function bothPaths(parent: Declared, child: Declared): WrittenLink[] | undefined {
  if (child.paths === undefined) return parent.paths;
  return [...(parent.paths ?? []), ...child.paths];
}

/** An autoinclude takes the place of blocks of the same name, here without a trace of what they said. */
function overridden(unit: Declared, over: Declared): Declared {
  const blocks = [...new Map([...unit.blocks, ...over.blocks].map((block) => [block.name, block])).values()];
  const paths = [unit, over].flatMap((side) => {
    const ofBlocks = new Set(side.blocks.filter(({ enabled }) => enabled !== false).map(({ path }) => path));
    return (side.paths ?? []).filter(({ path }) => !ofBlocks.has(path));
  });
  return { blocks, paths };
}

/** The parent's blocks that the child doesn't override (enabled or not), the parent's other paths, the child's paths. */
function deepPaths(parent: Declared, child: Declared): WrittenLink[] | undefined {
  if (child.paths === undefined) return parent.paths;
  if (parent.paths === undefined) return child.paths;
  const overridden = new Set(child.blocks.map((block) => block.name));
  const ofBlocks = new Set(parent.blocks.map((block) => block.path));
  return [
    ...parent.blocks.filter((block) => !overridden.has(block.name)),
    ...parent.paths.filter((link) => !ofBlocks.has(link.path)),
    ...child.paths,
  ];
}
