/**
 * From what a commit touches to what is delivered: touched and carried units ▸ their dependencies and dependents, as
 * configured ▸ an environment and a stage for each ▸ what each waits for ▸ an order. Pure.
 */
import { environmentFinder } from '../config/environments.ts';
import type { Config } from '../config/schema.ts';
import { DiscoveryError } from '../errors.ts';
import type { Change, DeliveryUnit, TouchedUnit, Unit } from '../model.ts';
import { nearestChosen } from './graph/nearest-chosen.ts';
import { reachable } from './graph/reachable.ts';
import { reversed } from './graph/reversed.ts';
import { topologicalOrder } from './graph/topological-order.ts';
import { type StageOrder, stageOrder } from './stages.ts';

export interface Selection {
  /** Every unit of the repository at the head commit. */
  graph: readonly Unit[];
  touched: readonly TouchedUnit[];
  /** Units that an earlier delivery left unapplied; with what was known of it when the unit is deleted. */
  carried: readonly { path: string; reason: string; deleted?: TouchedUnit }[];
  /** The commit whose code is applied now; null when nothing is. */
  appliedCommit: (path: string) => string | null;
  config: Config;
}

type Chosen = Pick<
  DeliveryUnit,
  'path' | 'change' | 'reasons' | 'tool' | 'dependencies' | 'deleted' | 'error' | StateOfIt
> & {
  /** Of a deleted unit, what reads it. */
  dependents: readonly string[];
};

type StateOfIt = 'writes' | 'movedFrom' | 'stateBefore';

/** A unit of a delivery, as far as the repository tells. */
export type SelectedUnit = Omit<DeliveryUnit, 'seconds' | 'ours' | 'readBefore'>;

/**
 * The units of a delivery; each comes after everything in its `after`, earlier stages first, otherwise by path. One with an error comes after
 * nothing: it is not going to be planned, and what comes after it isn't either.
 * @throws DiscoveryError when they can't be put in an order
 */
export function selectUnits(selection: Selection): SelectedUnit[] {
  const { graph, config, appliedCommit } = selection;
  const edges = new Map(graph.map((unit) => [unit.path, unit.dependencies]));
  const chosen = ownChoice(selection);
  addRelated(chosen, edges, selection);
  const stages = stageOrder(config);
  const environmentOf = environmentFinder(config.environments);
  for (const unit of chosen.values()) unit.error ??= contradiction(unit, edges, stages);
  const after = nearestChosen(waiting(edges, chosen), new Set(chosen.keys()));
  const stage = stagesOf(chosen, after, stages.indexOf);
  const order = topologicalOrder(after, (a, b) => (stage.get(a) ?? 0) - (stage.get(b) ?? 0) || (a < b ? -1 : 1));
  // Units of a circle have an error each, and so come after nothing; what is deleted may yet wait for what waits for it.
  if (order === undefined)
    throw new DiscoveryError(
      'The units wait for each other in a circle; `live-ci graph` shows it. Remove one of the dependencies.',
    );
  return order.map((path) => {
    const { dependents: _, error, ...unit } = chosen.get(path) as Chosen;
    const environment = environmentOf(path);
    return {
      ...unit,
      ...(error === undefined ? {} : { error }),
      ...(environment === undefined ? {} : { environment }),
      after: after.get(path) ?? [],
      base: appliedCommit(path),
      stage: stages.nameAt(stage.get(path) ?? 0),
    };
  });
}

/** A row of `live-ci changes --json`. */
export interface ChangeRow {
  path: string;
  change: Change;
  reasons: string[];
  dependencies: string[];
  /** Absent for a unit of no environment. */
  environment?: string | undefined;
  /** The directory that is gone and whose state the unit has now. */
  movedFrom?: string | undefined;
  /** The state that it had, when it has another one now. */
  stateBefore?: string | undefined;
  /** Why it can't be understood: it fails, and what depends on it is cancelled. */
  error?: string | undefined;
}

export function changeRows(units: readonly SelectedUnit[]): ChangeRow[] {
  return units
    .map(({ path, change, reasons, dependencies, environment, movedFrom, stateBefore, error }) => ({
      path,
      change,
      reasons,
      dependencies,
      ...(environment === undefined ? {} : { environment }),
      ...(movedFrom === undefined ? {} : { movedFrom }),
      ...(stateBefore === undefined ? {} : { stateBefore }),
      ...(error === undefined ? {} : { error }),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What the commit touches and what was left from before. */
function ownChoice({ graph, touched, carried }: Selection): Map<string, Chosen> {
  const units = new Map(graph.map((unit) => [unit.path, unit]));
  const chosen = new Map<string, Chosen>();
  for (const { dependenciesBefore: _, ...unit } of touched)
    chosen.set(unit.path, { ...unit, reasons: [...unit.reasons], deleted: unit.change === 'deleted' });
  for (const { path, reason, deleted } of carried) {
    const already = chosen.get(path);
    const unit = units.get(path) ?? deleted;
    if (already) already.reasons.push(reason);
    else if (unit)
      chosen.set(path, {
        path,
        change: 'carried',
        reasons: [reason],
        tool: unit.tool,
        dependencies: unit.dependencies,
        dependents: units.has(path) ? [] : (deleted?.dependents ?? []),
        ...(units.has(path) || deleted?.writes === undefined ? {} : { writes: deleted.writes }),
        deleted: !units.has(path),
        error: unit.error,
      });
  }
  return chosen;
}

/** At most so many units are named as reasons for one; the page has to stay readable. */
const mostReasons = 5;

/**
 * One with an error brings nothing with it: it stays as it is, and so does what reads it. It comes itself where it reads what may change, to be told
 * of; what is only read, and left alone, is read as it is.
 */
function addRelated(chosen: Map<string, Chosen>, edges: Map<string, string[]>, { graph, config }: Selection): void {
  const broken = new Set(graph.filter(({ error }) => error !== undefined).map(({ path }) => path));
  const isSound = (path: string) => !broken.has(path) && chosen.get(path)?.error === undefined;
  const back = reversed(edges);
  const forward = new Map([...edges].map(([path, read]) => [path, read.filter(isSound)]));
  const backward = new Map([...back].filter(([path]) => isSound(path)));
  const seeds = [...chosen.values()].filter(({ path, deleted }) => !deleted && isSound(path)).map(({ path }) => path);
  const above = config.dependencies === 'include' ? reachable(forward, seeds) : new Set<string>();
  const below = config.dependents === 'include' ? reachable(backward, seeds) : new Set<string>();
  const named = (paths: readonly string[], among: ReadonlySet<string>, sentence: (path: string) => string) =>
    paths
      .filter((path) => among.has(path))
      .slice(0, mostReasons)
      .map(sentence);
  const aboveAndSeeds = new Set([...seeds, ...above]);
  const belowAndSeeds = new Set([...seeds, ...below]);
  for (const unit of graph) {
    const { path } = unit;
    if (chosen.has(path) || !(above.has(path) || below.has(path))) continue;
    const reasons = [
      ...(above.has(path) ? named(back.get(path) ?? [], aboveAndSeeds, (reader) => `${reader} reads its outputs`) : []),
      ...(below.has(path) ? named(unit.dependencies, belowAndSeeds, (read) => `reads outputs of ${read}`) : []),
    ];
    const change = above.has(path) ? 'dependency' : 'dependent';
    const { tool, dependencies, error } = unit;
    chosen.set(path, { path, change, reasons, tool, dependencies, dependents: [], deleted: false, error });
  }
}

/** Who waits for whom: a unit for its dependencies; a deleted one for those that depend on it as they are applied; one with an error for none. */
function waiting(
  edges: ReadonlyMap<string, string[]>,
  chosen: ReadonlyMap<string, Chosen>,
): Map<string, readonly string[]> {
  const graph = new Map<string, readonly string[]>(edges);
  for (const unit of chosen.values()) graph.set(unit.path, waitsFor(unit, chosen));
  return graph;
}

function waitsFor(unit: Chosen, chosen: ReadonlyMap<string, Chosen>): readonly string[] {
  if (unit.error !== undefined) return [];
  return unit.deleted ? unit.dependents.filter((path) => chosen.has(path)) : unit.dependencies;
}

/** A deleted unit can't go before what let go of it, so it may move to a later stage than its path says. */
function stagesOf(
  chosen: ReadonlyMap<string, Chosen>,
  after: ReadonlyMap<string, readonly string[]>,
  indexOf: (path: string) => number,
): Map<string, number> {
  const stages = new Map<string, number>();
  const stageOf = (path: string): number => {
    const known = stages.get(path);
    if (known !== undefined) return known;
    let stage = indexOf(path);
    stages.set(path, stage);
    if (chosen.get(path)?.deleted) for (const other of after.get(path) ?? []) stage = Math.max(stage, stageOf(other));
    stages.set(path, stage);
    return stage;
  };
  for (const path of chosen.keys()) stageOf(path);
  return stages;
}

function contradiction(
  { path, deleted }: Chosen,
  edges: ReadonlyMap<string, readonly string[]>,
  stages: StageOrder,
): string | undefined {
  if (deleted) return undefined;
  const later = edges.get(path)?.find((read) => edges.has(read) && stages.indexOf(read) > stages.indexOf(path));
  return later === undefined ? undefined : stages.contradiction(path, later);
}
