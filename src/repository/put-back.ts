/**
 * Putting units back in a tree of files: each is to be what is applied of it again. A unit is made of more than its own directory:
 * modules, included configurations, files that links lead to, a stack's file, the commits of submodules. Other units may be made of these, too,
 * so it is tried and seen:
 *
 * 1. For each unit, the files that it is made of, now or as it is applied, and that differ: they are to become what they were at what
 *    is applied. Units that share such a file go together, as a group.
 * 2. All groups are put back at once, and every unit is discovered before and after that.
 * 3. What is right when each unit that was to be put back is understood as it was at what is applied (or gone, when nothing is), and
 *    no other unit has changed, neither its code nor what it depends on. Where that isn't so, the groups whose fault it is are left out,
 *    and it is said why; then the rest is tried again.
 *
 * So nothing is put back that could not be planned, and a unit that can't be put back alone stays as it is in git.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Config, DiscoverySettings } from '../config/schema.ts';
import { noteCycles } from '../discovery/cycles.ts';
import { type Discovered, discoverUnasked } from '../discovery/discover.ts';
import { unknownIn } from '../discovery/hcl/values.ts';
import { isWithin } from '../discovery/resolve-links.ts';
import { commitTree } from '../discovery/source/commit.ts';
import { emptyTree, resolveInside, type SourceTree } from '../discovery/source/source-tree.ts';
import { withStacks } from '../discovery/stacks/expand.ts';
import { originsIn } from '../discovery/stacks/source.ts';
import { named } from '../named.ts';
import { NoSourceError, type Source, sourcesAt } from './submodules.ts';
import { type Change, isSameFile, type TreeFiles, treeFiles } from './tree-files.ts';

/** A unit that git and what is applied may not agree about. */
export interface OpenUnit {
  path: string;
  /** The commit whose code is applied; null when none is. */
  base: string | null;
  /** The unit that goes back with it, or not at all. */
  together?: string;
}

export interface Left {
  path: string;
  /** Why it could not be put back: a clause. */
  reason: string;
}

export interface PutBack {
  /** The tree with the units in it that could be put back; of no meaning where none could be. */
  tree: string;
  /** Their paths. */
  back: string[];
  /** Those that could not be. A unit that is what is applied already is in neither. */
  left: Left[];
}

export interface PutBackRequest {
  /** The tree that is changed. */
  tree: string;
  /** The commit that was delivered before: what it says of the units beside is newer than what a unit's base says. */
  before: string | null;
  /** Another tree, in which some files have become others. @returns its id */
  change(tree: string, changes: readonly Change[]): Promise<string>;
}

/** A tree and its units. */
interface Discovery {
  tree: SourceTree;
  files: TreeFiles;
  /** Of each submodule, by its path. */
  sources: ReadonlyMap<string, Source>;
  units: () => ReadonlyMap<string, Discovered>;
}

/** The units at a commit or in a tree, discovered once; null is the empty tree. */
export type Discoveries = (commit: string | null) => Promise<Discovery>;

export function discoveriesIn(
  directory: string,
  config: DiscoverySettings & Pick<Config, 'github'>,
  environment: NodeJS.ProcessEnv,
): Discoveries {
  const settings = { config, environment, parsed: new Map(), past: true };
  const known = new Map<string | null, Discovery>();
  return async (commit) => {
    const before = known.get(commit);
    if (before) return before;
    const { submodules } = config.github;
    const committed =
      commit === null ? emptyTree('/repository') : await commitTree(directory, '/repository', commit, submodules);
    const tree = withStacks(committed, settings);
    let units: Map<string, Discovered> | undefined;
    const discovered = () => {
      if (units) return units;
      units = discoverUnasked(tree, settings);
      noteCycles(units);
      return units;
    };
    const files = await treeFiles(directory, commit);
    const sources = commit === null ? new Map<string, Source>() : await sourcesAt(directory, commit);
    const found = { tree, files, sources, units: discovered };
    known.set(commit, found);
    return found;
  };
}

/** Says where each submodule comes from. */
const gitmodules = '.gitmodules';

/** A unit that is not what is applied. */
interface Wanted extends OpenUnit {
  /** Its code as it is applied; undefined when it is to be gone. */
  code: string | undefined;
  /** What is to become of files that differ, each with the commit from which it is to come. */
  files: ReadonlyMap<string, string | null>;
}

/** Units that share a file which is to be put back, directly or through others. */
type Group = readonly Wanted[];

/** @throws GitError */
export async function putBack(units: readonly OpenUnit[], request: PutBackRequest, at: Discoveries): Promise<PutBack> {
  const found = new Map<string, Wanted>();
  const left: Left[] = [];
  for (const unit of units) {
    const one = await wantedOf(unit, request, at);
    if (typeof one === 'string') left.push({ path: unit.path, reason: one });
    else if (one) found.set(unit.path, one);
  }
  const wanted = [...found.values()].filter(({ together }) => together === undefined || found.has(together));
  for (const { path, together } of found.values())
    if (together !== undefined && !found.has(together))
      left.push({ path, reason: `it can't be put back without ${together}` });
  let tree = request.tree;
  const kept = await largestThatFits(sharing(wanted), async (groups) => {
    tree = await changed(groups, request, at);
    try {
      return misfits(groups, await at(request.tree), await at(tree), at);
    } catch (error) {
      if (!(error instanceof NoSourceError)) throw error;
      return withoutSource(groups, error.path);
    }
  });
  for (const [group, reason] of kept.misfits) left.push(...group.map(({ path }) => ({ path, reason })));
  const back = kept.groups.flatMap((group) => group.map(({ path }) => path));
  return { tree, back, left };
}

/**
 * Leaves out what does not fit, and tries again with the rest, until all of the rest fits.
 * @param attempt those of the groups that don't fit beside the others, with the reason
 */
export async function largestThatFits<Group>(
  groups: readonly Group[],
  attempt: (groups: readonly Group[]) => Promise<ReadonlyMap<Group, string>>,
): Promise<{ groups: readonly Group[]; misfits: ReadonlyMap<Group, string> }> {
  const misfits = new Map<Group, string>();
  let rest = groups;
  while (rest.length > 0) {
    const found = await attempt(rest);
    if (found.size === 0) break;
    for (const [group, reason] of found) misfits.set(group, reason);
    rest = rest.filter((group) => !found.has(group));
  }
  return { groups: rest, misfits };
}

/** Undefined for a unit that is what is applied: it is open only because of what it depends on. A sentence where it can't be known. */
async function wantedOf(
  { path, base, together }: OpenUnit,
  request: PutBackRequest,
  at: Discoveries,
): Promise<Wanted | string | undefined> {
  const [now, applied, before] = [await at(request.tree), await at(base), await at(request.before)];
  const code = codeOf(applied, path);
  if (code === undefined && base !== null) return `${base.slice(0, 12)}, which is applied, has no such unit`;
  if (code === codeOf(now, path)) return undefined;
  // Where it was as it is applied just before this delivery, its files tell of other units what was right then.
  const source = code === codeOf(before, path) ? request.before : base;
  const then = await at(source);
  const files = new Map<string, string | null>();
  if (code === undefined && !isGenerated(now, path) && submoduleOf(now, path) === undefined) {
    for (const file of belongingTo(now, path)) files.set(file, null);
  } else {
    const made = [now, then].flatMap((there) => [...madeOf(there, path), ...belongingTo(there, path)]);
    for (const file of new Set(made))
      if (!isSameFile(now.files.get(file), then.files.get(file))) files.set(file, source);
    const comesFrom = ({ sources }: Discovery) => [...files.keys()].map((file) => sources.get(file));
    if (!isDeepStrictEqual(comesFrom(now), comesFrom(then))) files.set(gitmodules, source);
  }
  return { path, base, code, files, ...(together === undefined ? {} : { together }) };
}

/** Those that share a file, directly or through others, together. */
function sharing(units: readonly Wanted[]): Group[] {
  let groups: Wanted[][] = [];
  for (const unit of units) {
    const shares = (group: Wanted[]) =>
      group.some((one) => one.together === unit.path || [...one.files.keys()].some((file) => unit.files.has(file)));
    groups = [...groups.filter((group) => !shares(group)), [...groups.filter(shares).flat(), unit]];
  }
  return groups;
}

async function changed(groups: readonly Group[], { tree, change }: PutBackRequest, at: Discoveries): Promise<string> {
  const now = await at(tree);
  const changes: Change[] = [];
  for (const { files } of groups.flat())
    for (const [file, commit] of files) changes.push([file, now.files.get(file), (await at(commit)).files.get(file)]);
  return change(tree, changes);
}

/** The groups through which something is not as it should be, each with what that is. */
async function misfits(
  groups: readonly Group[],
  now: Discovery,
  then: Discovery,
  at: Discoveries,
): Promise<Map<Group, string>> {
  const found = new Map<Group, string>();
  const chosen = new Map(groups.flatMap((group) => group.map((unit) => [unit.path, { unit, group }] as const)));
  for (const path of new Set([...chosen.keys(), ...now.units().keys(), ...then.units().keys()])) {
    const own = chosen.get(path);
    const right = own ? await isAsApplied(own.unit, then, at) : stateOf(now, path) === stateOf(then, path);
    if (right) continue;
    const others = groups.filter((group) => group !== own?.group && concerns(group, path, [now, then]));
    const guilty = others.length > 0 ? others : own ? [own.group] : groups;
    for (const group of guilty) {
      const putting = `putting back ${filesOf(group)}`;
      const told =
        group === own?.group ? `${putting} would not make it what is applied` : `${putting} would change ${path}, too`;
      found.set(group, told);
    }
  }
  return found;
}

/** What says where a submodule comes from would say it no longer of one that stays. */
function withoutSource(groups: readonly Group[], path: string): Map<Group, string> {
  const guilty = groups.filter((group) => group.some(({ files }) => files.has(gitmodules)));
  return new Map(
    guilty.map((group) => [group, `putting back ${filesOf(group)} would not say where ${path} comes from any more`]),
  );
}

async function isAsApplied({ path, base }: Wanted, then: Discovery, at: Discoveries): Promise<boolean> {
  return stateOf(then, path) === stateOf(await at(base), path);
}

/** Whether a unit reads a file that the group puts back, or depends on one of its units. */
function concerns(group: Group, path: string, trees: readonly Discovery[]): boolean {
  const reads = new Set(trees.flatMap((there) => madeOf(there, path)));
  const needs = new Set(trees.flatMap(({ units }) => units().get(path)?.unit.dependencies ?? []));
  return group.some((unit) => needs.has(unit.path) || [...unit.files.keys()].some((file) => reads.has(file)));
}

function filesOf(group: Group): string {
  const files = [...new Set(group.flatMap((unit) => [...unit.files.keys()]))].sort();
  return files.length === 0 ? 'its files' : named(files);
}

/** The repository's own files that a unit is made of, the links on the way to them among them; for the files of a submodule, that. */
function madeOf(there: Discovery, path: string): string[] {
  const { tree, units } = there;
  const places = originsIn(tree, units().get(path)?.reads ?? []).flatMap((file) => placesOf(tree, file));
  return places.map((place) => submoduleOf(there, place) ?? place);
}

/** The submodule in which a path lies: the one that is an entry of the repository's own tree. */
function submoduleOf({ tree }: Discovery, path: string): string | undefined {
  return prefixIn(tree.submodules, path);
}

/** The links through which a path leads, and where it ends. */
function placesOf(tree: SourceTree, path: string): string[] {
  const places: string[] = [];
  let at: string | undefined = path;
  while (at !== undefined && !places.includes(at)) {
    const link = prefixIn(tree.links, at);
    places.push(link ?? at);
    if (link === undefined) break;
    at = resolveInside(`${link}/../${tree.links.get(link)}${at.slice(link.length)}`);
  }
  return places;
}

/** The shortest beginning of a path, or all of it, that is among the known ones. */
function prefixIn(known: Pick<ReadonlySet<string>, 'size' | 'has'>, path: string): string | undefined {
  if (known.size === 0) return undefined;
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/')).find((prefix) => known.has(prefix));
}

/** The files below a unit's directory that are no other unit's; of the repository's own directory, those that it reads. */
function belongingTo({ tree, files, units }: Discovery, path: string): string[] {
  const all = units();
  const one = all.get(path);
  if (one === undefined) return [];
  if (path === '.') return originsIn(tree, one.own);
  const deeper = [...all.keys()].filter((other) => other !== path && isWithin(other, path));
  const below = [...files.keys()].filter(
    (file) => file.startsWith(`${path}/`) && !deeper.some((other) => isWithin(file, other)),
  );
  if (below.length === 0) return below;
  const elsewhere = new Set([...all.values()].flatMap((other) => (other === one ? [] : originsIn(tree, other.reads))));
  return below.filter((file) => !elsewhere.has(file));
}

function isGenerated({ tree }: Discovery, path: string): boolean {
  return tree.stacks?.generatedBy.has(path) === true;
}

/** What a unit runs; of values that can't be known, what they are computed from. Undefined when there is no such unit. */
function codeOf({ tree, units }: Discovery, path: string): string | undefined {
  const one = units().get(path);
  if (!one?.runnable) return undefined;
  const values = tree.stacks?.values.get(path);
  const computed = values && unknownIn(values.value) ? values.from : [];
  return [one.fingerprint, ...computed.map((file) => `${file} ${tree.blob(file)}`)].join('\n');
}

/** That, with how it is understood: what it depends on, and what can't be understood of it. */
function stateOf(there: Discovery, path: string): string | undefined {
  const code = codeOf(there, path);
  const one = there.units().get(path);
  if (code === undefined || one === undefined) return undefined;
  return [code, ...one.unit.dependencies, one.problem?.message ?? ''].join('\n');
}
