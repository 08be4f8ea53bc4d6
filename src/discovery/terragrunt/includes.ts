/** `include` blocks: which files, how they are merged, and what `include.<label>` shows of them. */
import { blocksOf, errorAt, unknowableAt } from '../hcl/file.ts';
import type { Block } from '../hcl/syntax.ts';
import { asBoolean, asString, EvaluationError, LazyObject, Unknown, type Value } from '../hcl/values.ts';
import { directoryOf, repositoryPath } from '../repository-path.ts';
import { attempt, type Configuration, includedConfiguration, valueAt } from './configuration.ts';
import { configurationValue } from './configuration-value.ts';

const mergeStrategies = ['no_merge', 'shallow', 'deep'] as const;
export type MergeStrategy = (typeof mergeStrategies)[number];

export interface Include {
  /** Empty for an include without a label. */
  label: string;
  /** Of the included file, in the repository. */
  path: string;
  expose: boolean;
  strategy: MergeStrategy;
  /** Set when the file is first needed. */
  loaded?: Configuration;
}

/** Without those whose path can't be known or leads nowhere: they are among the `problems`. */
export function includesOf(own: Configuration): Include[] {
  const { file, place } = own;
  const blocks = blocksOf(file.body, 'include');
  const [first] = blocks;
  if (first && place.includedAs !== undefined) {
    const message = `${place.config} includes this file, so it can't include another; Terragrunt allows one level.`;
    own.problems.push(errorAt(file, first.at, message));
    return [];
  }
  return blocks.flatMap((block) => attempt(own, block.at, () => includeOf(own, block)) ?? []);
}

/** @throws DiscoveryError */
function includeOf(own: Configuration, block: Block): Include {
  const { file, place, session } = own;
  const label = block.labels[0] ?? '';
  const attribute = (name: string) => block.body.attributes.get(name);
  const path = attribute('path');
  if (path === undefined) throw errorAt(file, block.at, `the include "${label}" has no path.`);
  const value = valueAt(own, path.value, 'the path of the include');
  if (value instanceof Unknown)
    throw unknowableAt(file, path.at, `the path of the include can't be known: ${value.reason}`);
  const text = asString(value);
  const target = repositoryPath(session.tree, directoryOf(place.config), text);
  if (target === undefined) throw errorAt(file, path.at, `the include "${text}" lies outside of the repository.`);
  if (!session.tree.has(target)) throw errorAt(file, path.at, `the included file ${target} does not exist.`);
  session.files.parse(target);
  const expose = attribute('expose');
  const strategy = attribute('merge_strategy');
  return {
    label,
    path: target,
    expose: expose !== undefined && asBoolean(valueAt(own, expose.value, 'expose')),
    strategy: strategy ? parseStrategy(own, valueAt(own, strategy.value, 'merge_strategy'), strategy.at) : 'shallow',
  };
}

function parseStrategy(own: Configuration, value: Value, at: number): MergeStrategy {
  const found = mergeStrategies.find((strategy) => strategy === value);
  if (found === undefined) throw errorAt(own.file, at, `merge_strategy must be one of ${mergeStrategies.join(', ')}.`);
  return found;
}

/** What the variable `include` is: the file itself for a single include without a label, else one attribute for each label. */
export function includeVariable(own: Configuration): Value | undefined {
  const { includes } = own;
  const [only] = includes;
  if (only === undefined) return undefined;
  const shown = (include: Include): LazyObject => {
    if (!include.expose)
      throw new EvaluationError(`the include "${include.label}" is not exposed; add "expose = true" to its block`);
    return configurationValue(includedConfiguration(own, include));
  };
  if (includes.length === 1 && only.label === '')
    return new LazyObject(
      () => [],
      (name) => shown(only).get(name),
    );
  return new LazyObject(
    () => includes.filter((include) => include.expose).map((include) => include.label),
    (name) => {
      const include = includes.find(({ label }) => label === name);
      return include && shown(include);
    },
  );
}
