/**
 * When a unit is delivered: first by the order of its environment, then by its stage. What comes of both is a stage of the delivery, with a
 * name that tells both.
 */
import { environmentFinder } from '../config/environments.ts';
import type { Config } from '../config/schema.ts';
import { isWithin } from './resolve-links.ts';

export interface StageOrder {
  /** Position of the unit's stage in the delivery. */
  indexOf(path: string): number;
  /** Different for each position. */
  nameAt(index: number): string;
  /** A sentence about a unit that depends on one of a later stage. */
  contradiction(path: string, dependency: string): string;
}

export function stageOrder(config: Pick<Config, 'stages' | 'environments'>): StageOrder {
  const stages = configuredStages(config.stages);
  const environments = environmentOrder(config.environments);
  const known = new Map<string, number>();
  return {
    indexOf(path) {
      let index = known.get(path);
      if (index === undefined) {
        index = environments.indexOf(path) * stages.count + stages.indexOf(path);
        known.set(path, index);
      }
      return index;
    },
    nameAt(index) {
      const [environment, stage] = [Math.floor(index / stages.count), index % stages.count];
      if (environments.count === 1) return stages.nameAt(stage);
      return environments.nameAt(environment) + (stages.count === 1 ? '' : `:${stages.nameAt(stage)}`);
    },
    contradiction: (path, dependency) =>
      environments.indexOf(dependency) > environments.indexOf(path)
        ? `${path} depends on ${dependency}, whose environment (${environments.describe(dependency)}) is delivered after that of ${path} (${environments.describe(path)}); give it an "order" under "environments" in the configuration that is not larger.`
        : `${path} depends on ${dependency}, which is delivered in a later stage; move the stage of ${dependency} before that of ${path} under "stages" in the configuration, or put both under one stage.`,
  };
}

/**
 * A unit's stage is the configured parent path that is the longest prefix of its path. Without stages everything is one, `all`; units
 * under none of the configured ones come last, in `other`.
 */
function configuredStages(configured: readonly string[]) {
  if (configured.length === 0) return { count: 1, indexOf: () => 0, nameAt: () => 'all' };
  const parents = configured.map(parentOf);
  const indexOf = (path: string): number => {
    let best = configured.length;
    for (const [index, parent] of parents.entries())
      if (isWithin(path, parent || '.') && parent.length > (parents[best]?.length ?? -1)) best = index;
    return best;
  };
  const rest = configured.includes('other') ? 'other, under no stage' : 'other';
  return { count: configured.length + 1, indexOf, nameAt: (index: number) => configured[index] ?? rest };
}

/** The path that a stage names; empty for the repository's own. */
function parentOf(stage: string): string {
  return stage.replace(/^(\.\/)+|\/+$/g, '').replace(/^\.$/, '');
}

export function isUnderStage(path: string, stage: string): boolean {
  return isWithin(path, parentOf(stage) || '.');
}

/** By the numbers that environments are given. Units of an environment without one, or of none, have 0. */
function environmentOrder(configured: Config['environments']) {
  const find = environmentFinder(configured);
  const orderOf = (name: string | undefined) => (name === undefined ? 0 : (configured[name]?.order ?? 0));
  const names = Object.keys(configured);
  const orders = [...new Set([0, ...names.map(orderOf)])].sort((a, b) => a - b);
  return {
    count: orders.length,
    indexOf: (path: string) => orders.indexOf(orderOf(find(path))),
    /** Begins with the number, so that no pattern can make it another one's. */
    nameAt(index: number): string {
      const order = orders[index] ?? 0;
      return `${order}:${names.filter((name) => orderOf(name) === order).join(',') || 'elsewhere'}`;
    },
    describe(path: string): string {
      const name = find(path);
      return `${name ?? 'none'}, order ${orderOf(name)}`;
    },
  };
}
