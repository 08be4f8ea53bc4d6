/**
 * Putting back units that have no files to themselves: a unit that a stack generates is made of the stack's file and of a source,
 * and other units may be made of these, too. So it is tried and seen. Units that share a file that is to be put back go together:
 *
 * 1. every file that they are made of, at the delivery's head and at what is applied, becomes what it is at what is applied;
 * 2. all units are discovered before and after that;
 * 3. it stays when each unit is then made of what is applied (or gone, when nothing is), and no other unit has changed.
 *
 * Else the tree stays as it was, and it is said why.
 */
import type { DiscoverySettings } from '../config/schema.ts';
import { type Discovered, discoverUnasked } from '../discovery/discover.ts';
import { unknownIn } from '../discovery/hcl/values.ts';
import { commitTree } from '../discovery/source/commit.ts';
import { emptyTree, type SourceTree } from '../discovery/source/source-tree.ts';
import { withStacks } from '../discovery/stacks/expand.ts';
import { originsOf } from '../discovery/stacks/source.ts';

export interface OpenUnit {
  path: string;
  /** The commit whose code is applied; null when none is. */
  base: string | null;
}

export interface PutBack {
  /** The tree with the units in it that could be put back. */
  tree: string;
  back: string[];
  left: { path: string; reason: string }[];
}

export interface PutBackRequest {
  /** The tree that is changed. */
  tree: string;
  /** The commit that was delivered, and the one before it. */
  head: string;
  before: string | null;
  /** Another tree, in which some files are those of other commits (null: gone). @returns its id */
  replace(tree: string, files: ReadonlyMap<string, string | null>): Promise<string>;
}

/** A tree and its units. */
interface Discovery {
  tree: SourceTree;
  units: () => ReadonlyMap<string, Discovered>;
}

/** The units at a commit or in a tree, discovered once; null is the empty tree. */
export type Discoveries = (commit: string | null) => Promise<Discovery>;

export function discoveriesIn(
  directory: string,
  config: DiscoverySettings,
  environment: NodeJS.ProcessEnv,
): Discoveries {
  const settings = { config, environment, parsed: new Map(), past: true };
  const known = new Map<string | null, Discovery>();
  return async (commit) => {
    const before = known.get(commit);
    if (before) return before;
    const files = commit === null ? emptyTree('/repository') : await commitTree(directory, '/repository', commit);
    const tree = withStacks(files, settings);
    let units: ReadonlyMap<string, Discovered> | undefined;
    const found = { tree, units: () => (units ??= discoverUnasked(tree, settings)) };
    known.set(commit, found);
    return found;
  };
}

/** A unit that is not what is applied. */
interface Wanted {
  path: string;
  /** What its own files hold at what is applied; undefined when it is to be gone. */
  content: string | undefined;
  /** The files that differ, each with the commit from which it is to come. */
  files: ReadonlyMap<string, string | null>;
}

/** @throws GitError */
export async function putBackShared(
  units: readonly OpenUnit[],
  request: PutBackRequest,
  at: Discoveries,
): Promise<PutBack> {
  const result: PutBack = { tree: request.tree, back: [], left: [] };
  const wanted: Wanted[] = [];
  for (const unit of units) {
    const found = await wantedOf(unit, request, at);
    if (found) wanted.push(found);
    else if (![await at(request.head), await at(unit.base)].some((there) => there.units().has(unit.path)))
      result.left.push({ path: unit.path, reason: "what it is made of can't be known from the repository's files" });
  }
  for (const group of sharing(wanted)) {
    const paths = group.map(({ path }) => path);
    const tried = await tryGroup(group, { ...request, tree: result.tree }, at);
    if ('reason' in tried) result.left.push(...paths.map((path) => ({ path, reason: tried.reason })));
    else {
      result.tree = tried.tree;
      result.back.push(...paths);
    }
  }
  return result;
}

/** Undefined for a unit that is what is applied: it is in the delivery only because of what it depends on. */
async function wantedOf(
  { path, base }: OpenUnit,
  request: PutBackRequest,
  at: Discoveries,
): Promise<Wanted | undefined> {
  const [head, now, before] = [await at(request.head), await at(request.tree), await at(request.before)];
  const content = base === null ? undefined : contentOf(await at(base), path);
  if (content === contentOf(now, path)) return undefined;
  // Where it was as it is applied just before this delivery, its files tell of other units what was right then.
  const commit = base === null || content === contentOf(before, path) ? request.before : base;
  const applied = await at(commit);
  const made = new Set([...madeOf(head, path), ...madeOf(applied, path)]);
  const different = [...made].filter((file) => now.tree.blob(file) !== applied.tree.blob(file)).sort();
  return { path, content, files: new Map(different.map((file) => [file, commit])) };
}

/** Those that share a file, directly or through others, together. */
function sharing(units: readonly Wanted[]): Wanted[][] {
  let groups: Wanted[][] = [];
  for (const unit of units) {
    const shares = (group: Wanted[]) =>
      group.some(({ files }) => [...files.keys()].some((file) => unit.files.has(file)));
    groups = [...groups.filter((group) => !shares(group)), [...groups.filter(shares).flat(), unit]];
  }
  return groups;
}

async function tryGroup(
  group: readonly Wanted[],
  request: PutBackRequest,
  at: Discoveries,
): Promise<{ tree: string } | { reason: string }> {
  const [head, now] = [await at(request.head), await at(request.tree)];
  const files = new Map(group.flatMap((unit) => [...unit.files]));
  const newer = [...files.keys()].find((file) => now.tree.blob(file) !== head.tree.blob(file));
  if (newer !== undefined) return { reason: `a newer commit has changed ${newer}` };
  const tree = await request.replace(request.tree, files);
  const then = await at(tree);
  const putting = `putting back ${[...files.keys()].join(', ') || 'its files'}`;
  if (group.some(({ path, content }) => contentOf(then, path) !== content))
    return { reason: `${putting} would not make it what is applied` };
  const chosen = new Set(group.map(({ path }) => path));
  const other = [...new Set([...now.units().keys(), ...then.units().keys()])].find(
    (path) => !chosen.has(path) && stateOf(now, path) !== stateOf(then, path),
  );
  return other === undefined ? { tree } : { reason: `${putting} would change ${other}, too` };
}

/** The repository's own files that a unit is made of. */
function madeOf({ tree, units }: Discovery, path: string): string[] {
  return [...(units().get(path)?.own ?? [])].flatMap((file) => originsOf(tree, file));
}

/** What a unit's own files hold; of values that can't be known, what they are computed from. Undefined when there is no such unit. */
function contentOf({ tree, units }: Discovery, path: string): string | undefined {
  const one = units().get(path);
  if (!one?.runnable) return undefined;
  const values = tree.stacks?.values.get(path);
  const computed = values && unknownIn(values.value) ? values.from : [];
  return [...one.own, ...computed]
    .map((file) => `${file} ${tree.blob(file)}`)
    .sort()
    .join('\n');
}

/** Everything that a unit reads. */
function stateOf({ units }: Discovery, path: string): string | undefined {
  const one = units().get(path);
  return one?.runnable ? `${one.unit.fingerprint} ${one.problem?.message ?? ''}` : undefined;
}
