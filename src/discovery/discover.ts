/**
 * From one tree of files to its units: find them ▸ evaluate each, or take it from the cache ▸ ask Terragrunt about those that can't be
 * known ▸ resolve what each depends on. Everything is computed from the tree, the configuration and the environment; only the
 * asking runs something.
 */
import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Mistake } from '../config/check.ts';
import { DiscoveryError, messageOf } from '../errors.ts';
import type { Tool, Unit } from '../model.ts';
import type { AskTerragrunt } from './ask-terragrunt.ts';
import { type Kept, noCache, type UnitCache } from './cache/unit-cache.ts';
import { stepsIn } from './code-files.ts';
import { isLeftOut, type NamingSettings, namingNothing, withExtraReads } from './configured.ts';
import { fingerprintInDoubt, withoutSettledDoubts } from './doubts.ts';
import {
  type EvaluatedUnit,
  evaluateTerraform,
  evaluateTerragrunt,
  type Link,
  problemUnit,
  toolOf,
  withStackProblems,
} from './evaluate-unit.ts';
import type { ParseCache } from './parsed-files.ts';
import { type Dependencies, isWithin, resolveLinks } from './resolve-links.ts';
import { counted, openSession, type Session } from './session.ts';
import { withShortTexts } from './short-texts.ts';
import type { SourceTree } from './source/source-tree.ts';
import { perhapsRead } from './states/perhaps-read.ts';
import type { States } from './states/states.ts';
import { type Writers, writersOf, writing } from './states/writers.ts';
import { type Module, moduleClosure, readModule } from './terraform/module.ts';
import { candidateIn, rootsAmong } from './terraform/roots.ts';
import { excludesFile, listedAsExcluded } from './terragrunt/excludes-file.ts';
import { type Answers, answersAbout, type SettleOptions, settleUnknowable } from './unknowable.ts';
import { unreadFiles } from './unread.ts';

export interface DiscoverOptions {
  config: NamingSettings;
  environment: NodeJS.ProcessEnv;
  /** Parsed files, to be shared by the trees of one run. */
  parsed?: ParseCache;
  /** The same of resolved units. */
  resolved?: ResolvedUnits;
  /** Undefined: every unit is evaluated. */
  cache?: UnitCache | undefined;
  /** Undefined: Terragrunt is not asked about what can't be known. */
  ask?: AskTerragrunt | undefined;
  /** Takes a sentence about something that needs attention and stops nothing. */
  warn?: (message: string) => void;
  /** Takes names in the configuration that nothing has; undefined: each is a warning. */
  namesNothing?: (mistake: Mistake) => void;
  /** Told of each Terragrunt unit that is done. */
  progress?: (done: number, total: number) => void;
  /** Evaluate only the units below this directory. */
  within?: string;
  /** A tree that is history need not agree with today's configuration. */
  past?: boolean;
}

/** A unit and why it would change. */
export interface Discovered extends EvaluatedUnit {
  unit: Unit;
  /** Where the unit says that it depends on each of its dependencies. */
  because: Dependencies;
  /** The same for directories where there is no unit. */
  missing: Dependencies;
}

/** All units, sorted by path. One that can't be understood is there with what is known of it, and its `problem`. */
export async function discover(tree: SourceTree, options: DiscoverOptions): Promise<Map<string, Discovered>> {
  const evaluation = evaluateAll(tree, options);
  return resolveAll(tree, evaluation, await answersAbout(evaluation.evaluated, options), options);
}

/** The same at once, without asking Terragrunt anything. */
export function discoverUnasked(tree: SourceTree, options: Omit<DiscoverOptions, 'ask'>): Map<string, Discovered> {
  return resolveAll(tree, evaluateAll(tree, options), undefined, options);
}

/** More would not be read, and a delivery may have thousands. */
const longestError = 2000;

/** As a unit has it. */
export function errorOf(problem: DiscoveryError | undefined): Pick<Unit, 'error'> {
  return problem === undefined ? {} : { error: problem.message.slice(0, longestError) };
}

/** The last tree whose units were resolved. One that differs little from it takes most of them over. */
export interface ResolvedUnits {
  last?: {
    tree: SourceTree;
    evaluated: readonly EvaluatedUnit[];
    writers: Writers;
    units: ReadonlyMap<EvaluatedUnit, Discovered>;
  };
}

interface Evaluation {
  /** The units that are wanted. */
  evaluated: readonly EvaluatedUnit[];
  /** Of every unit of the tree. */
  paths: ReadonlySet<string>;
  /** Of every unit of the tree that one which is wanted may read the state of. */
  writers: Writers;
  modulesIn: SettleOptions['modulesIn'];
  /** The last tree, where what is the same in both is resolved alike. */
  alike: ResolvedUnits['last'];
}

function evaluateAll(tree: SourceTree, options: DiscoverOptions): Evaluation {
  const { within = '.', environment, parsed = new Map(), progress } = options;
  const view = options.cache?.view({ tree, environment }) ?? noCache;
  const session = openSession(tree, { parsed, recorder: view.recorder, environment, steps: stepsIn(tree) });
  const configurations = terragruntConfigurations(tree);
  const terragrunt = (path: string, file: string): EvaluatedUnit => {
    const evaluate = () => {
      const unit = attempt(session, path, 'terragrunt', () => evaluateTerragrunt(session, path, file));
      session.files.forget(file);
      return unit;
    };
    // What a stack gives to a unit is in no file of the tree.
    return tree.stacks?.files.has(file) ? evaluate() : once(session, view.units, path, evaluate);
  };
  const evaluated: EvaluatedUnit[] = [];
  for (const [path, file] of configurations) {
    progress?.(evaluated.length, configurations.size);
    if (isWithin(path, within)) evaluated.push(terragrunt(path, file));
  }
  const taken = new Set(configurations.keys());
  for (const { modules } of evaluated) for (const { directory } of modules) taken.add(directory);
  const candidates = session.codeDirectories.map((directory) =>
    once(session, view.candidates, directory, () => candidateIn(session, directory)),
  );
  const directories = new Set(rootsAmong(candidates, taken));
  const elsewhere: EvaluatedUnit[] = [];
  for (const directory of directories) {
    const unit = once(session, view.units, directory, () => terraformUnit(session, directory));
    const links = unit.links.filter(({ target }) => directories.has(target));
    const linked = links.length === unit.links.length ? unit : { ...unit, links };
    (isWithin(directory, within) ? evaluated : elsewhere).push(linked);
  }
  const last = options.resolved?.last;
  const alike = last && within === '.' && resolveAlike(last, tree, evaluated) ? last : undefined;
  let writers = alike?.writers ?? writersIn([...evaluated, ...elsewhere]);
  const readsOthers = ({ runnable, states }: EvaluatedUnit) =>
    runnable && states.reads.some(({ state }) => writing(state, writers).length === 0);
  if (within !== '.' && evaluated.some(readsOthers)) {
    for (const [path, file] of configurations) if (!isWithin(path, within)) elsewhere.push(terragrunt(path, file));
    writers = writersIn([...evaluated, ...elsewhere]);
  }
  const all = withStackProblems(tree, evaluated, { taken: new Set([...taken, ...directories]), within });
  const paths = new Set([...configurations.keys(), ...directories, ...all.map(({ path }) => path)]);
  const modulesIn = (directories: Iterable<string>) =>
    Array.from(directories, (directory) => moduleClosure(session, directory))
      .flat()
      .map(({ files }) => files);
  return { evaluated: withoutSettledDoubts(all, options.config), paths, writers, modulesIn, alike };
}

/** What is kept, else what is computed, which is kept then. */
function once<Result>({ recorder }: Session, kept: Kept<Result>, path: string, compute: () => Result): Result {
  const known = kept.find(path);
  if (known) return known;
  const { value, trace } = recorder.during(compute);
  return kept.keep(path, value, trace);
}

function terraformUnit(session: Session, directory: string): EvaluatedUnit {
  const root = readModule(session, directory) as Module;
  const unit = attempt(session, directory, toolOf(session, root), () => evaluateTerraform(session, root));
  // The values of a root are its own, and may be large.
  session.modules.delete(directory);
  return unit;
}

function writersIn(units: readonly EvaluatedUnit[]): Writers {
  return writersOf(
    units.filter(({ runnable }) => runnable).map(({ path, states }) => ({ path, writes: states.writes })),
  );
}

function resolveAll(
  tree: SourceTree,
  evaluation: Evaluation,
  answers: Answers | undefined,
  options: DiscoverOptions,
): Map<string, Discovered> {
  const { evaluated, paths, writers, modulesIn, alike } = evaluation;
  const { config, past, warn, resolved: shared } = options;
  const isListed = listedAsExcluded(tree);
  const leftOut = isLeftOut(config);
  const extra = new Map(Object.entries(config.extraDependencies));
  const ignoredBy = new Map(Object.entries(config.ignoredDependencies).map(([path, paths]) => [path, new Set(paths)]));
  const settled = settleUnknowable(tree, evaluated, answers, { ...options, modulesIn });
  const inDoubt = perhapsRead(settled, writers);
  const said = new Map<string, ReadonlySet<string>>();
  const resolve = (one: EvaluatedUnit): Discovered => {
    const links = one.states.reads.length === 0 ? one.links : [...one.links, ...linksByState(one, writers)];
    const ignored = ignoredBy.get(one.path) ?? nothing;
    const counting = ignored.size === 0 ? links : links.filter(({ target }) => !ignored.has(target));
    const resolved = resolveLinks(tree, one, counting, paths);
    const { because, missing } = resolved;
    if (ignored.size > 0) said.set(one.path, new Set([...links.map(({ target }) => target), ...because.keys()]));
    for (const path of ignored) because.delete(path);
    const listed = extra.get(one.path) ?? [];
    for (const path of listed) if (paths.has(path)) because.set(path, 'extraDependencies in the configuration');
    const problem = resolved.problem ?? (past ? undefined : listedWrongly(one.path, listed, paths));
    const excluded = one.excluded || isListed(one.path) || leftOut(one.path);
    const isPattern = one.pattern || leftOut(one.path) || tree.stacks?.sources.has(one.path) === true;
    // A stack's pattern that makes no sense where it lies is no unit there.
    const runnable = one.runnable && !excluded && !(problem && isPattern);
    const dependencies = [...because.keys()].sort();
    const more = extra.has(one.path) ? [] : inDoubt(one);
    const doubts = more.length === 0 ? one.doubts : [...one.doubts, ...more];
    const unit = {
      path: one.path,
      tool: one.tool,
      dependencies,
      fingerprint: one.fingerprint,
      ...knownStates(one.states),
    };
    return { ...one, runnable, excluded, problem: isPattern ? undefined : problem, unit, because, missing, doubts };
  };
  const units = new Map<EvaluatedUnit, Discovered>();
  for (const one of withExtraReads(tree, settled, config)) {
    const before = alike?.units.get(one);
    const isTheSame = before?.missing.size === 0 && !extra.has(one.path) && !ignoredBy.has(one.path);
    // A copy, since problems are noted in it.
    units.set(one, isTheSame ? { ...before } : resolve(one));
  }
  const fingerprint = fingerprintInDoubt(tree, () => unreadFiles(tree, units.values(), options.within ?? '.'));
  for (const [key, one] of units)
    if (one.doubts.length > 0) units.set(key, { ...one, unit: { ...one.unit, fingerprint: fingerprint(one) } });
  if (shared) shared.last = { tree, evaluated, writers, units };
  const { namesNothing = ({ message }) => warn?.(message) } = options;
  if (!past) for (const mistake of namingNothing(config, { tree, units: paths, links: said })) namesNothing(mistake);
  return new Map([...units.values()].map((one) => [one.path, one] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const nothing: ReadonlySet<string> = new Set();

/** Whether two trees make the same of a unit that is the same in both: the others are the same units with the same states. */
function resolveAlike(
  last: NonNullable<ResolvedUnits['last']>,
  tree: SourceTree,
  evaluated: readonly EvaluatedUnit[],
): boolean {
  const before = last.evaluated;
  return (
    last.tree.stacks === undefined &&
    tree.stacks === undefined &&
    last.tree.blob(excludesFile) === tree.blob(excludesFile) &&
    before.length === evaluated.length &&
    evaluated.every((one, at) => {
      const other = before[at];
      if (one === other) return true;
      const { path, runnable, states } = one;
      return path === other?.path && runnable === other.runnable && isDeepStrictEqual(states, other.states);
    })
  );
}

/** The units whose states it reads, but for its own. */
function linksByState({ path, states }: EvaluatedUnit, writers: Writers): Link[] {
  return states.reads.flatMap(({ state, place }) =>
    writing(state, writers)
      .filter((writer) => writer !== path)
      .map((target) => ({ target, place })),
  );
}

function knownStates({ writes, reads }: States): Pick<Unit, 'states'> {
  if (writes.length === 0 && reads.length === 0) return {};
  return { states: { writes: [...writes], reads: [...new Set(reads.map(({ state }) => state))] } };
}

const configurationFile = /(^|\/)(terragrunt\.hcl(\.json)?)$/;

/** Directories of Terragrunt units with the file that configures each; native syntax wins over JSON. */
function terragruntConfigurations(tree: SourceTree): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of tree.files) {
    const name = file.includes('terragrunt.hcl') ? configurationFile.exec(file)?.[2] : undefined;
    if (name === undefined) continue;
    const directory = posix.dirname(file);
    if (name === 'terragrunt.hcl' || !found.has(directory)) found.set(directory, file);
  }
  return found;
}

/** The unit, or one of which only the files and the problem are known: whatever goes wrong with one is no trouble of the others. */
function attempt(session: Session, path: string, tool: Tool, evaluate: () => EvaluatedUnit): EvaluatedUnit {
  try {
    return withShortTexts(counted(session, evaluate));
  } catch (error) {
    const problem =
      error instanceof DiscoveryError
        ? error
        : new DiscoveryError(`${path} can't be understood: ${messageOf(error)}`, { cause: error });
    return problemUnit(session, path, tool, problem);
  }
}

function listedWrongly(
  path: string,
  listed: readonly string[],
  units: ReadonlySet<string>,
): DiscoveryError | undefined {
  const wrong = listed.find((target) => !units.has(target));
  if (wrong === undefined) return undefined;
  return new DiscoveryError(
    `extraDependencies in the configuration says that ${path} depends on ${wrong}, which is not a unit; correct or remove it.`,
  );
}
