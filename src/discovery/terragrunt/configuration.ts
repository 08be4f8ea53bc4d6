/**
 * One Terragrunt file, evaluated. Two paths say where: the file's own, to which `file()` is relative, and that of the unit's
 * `terragrunt.hcl`, which is what `get_terragrunt_dir()` and `find_in_parent_folders()` start from; in an included file they differ.
 * Everything is evaluated when it is asked for, so `locals` may stand in any order.
 */
import { DiscoveryError, UnknowableError } from '../../errors.ts';
import { type Doubt, placed } from '../doubts.ts';
import { fileFunction } from '../file-functions.ts';
import { payFor, shareable } from '../hcl/budget.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import { blocksOf, errorAt, type HclFile } from '../hcl/file.ts';
import type { Body, Expression } from '../hcl/syntax.ts';
import { EvaluationError, LazyObject, objectOf, settled, Unknown, unknownIn, type Value } from '../hcl/values.ts';
import { Reads } from '../reads.ts';
import { directoryOf, fileIn } from '../repository-path.ts';
import type { Session } from '../session.ts';
import { valuesFile } from '../stacks/values-file.ts';
import { configurationValue } from './configuration-value.ts';
import { terragruntFunction } from './functions.ts';
import { type Include, includesOf, includeVariable } from './includes.ts';

/** Where a file is evaluated. Paths are relative to the repository. */
export interface Place {
  /** The configuration that the tool was pointed at: the unit's, or that of `read_terragrunt_config`. */
  config: string;
  /** The unit's own, also inside of `read_terragrunt_config`. */
  original: string;
  /** The included file, when this is one. */
  includedAs: string | undefined;
  /** Files that `read_terragrunt_config` is reading, to end a circle. */
  reading: readonly string[];
}

export interface Configuration {
  session: Session;
  file: HclFile;
  place: Place;
  scope: Scope;
  /** In the order of the file. */
  includes: Include[];
  locals: LazyObject;
  reads: Reads;
  /** What can't be understood and does not keep the rest from being: an include, a dependency. */
  problems: DiscoveryError[];
  /** Names of functions that make the result differ from unit to unit. */
  usesOriginal: { value: boolean };
}

/**
 * @throws DiscoveryError when the file is not there or does not parse
 */
export function configuration(
  session: Session,
  path: string,
  place: Place,
  reads: Reads,
  problems: DiscoveryError[] = [],
): Configuration {
  const file = session.files.parse(path);
  if (file === undefined)
    throw new DiscoveryError(`${place.config}: there is no file ${path} to read; create it or correct the path.`);
  reads.add(path);
  const body = file.body;
  const usesOriginal = { value: false };
  const readingPlace = { tree: session.tree, directory: directoryOf(path), reads };
  const variables = new Map<string, Value>();
  const scope: Scope = {
    variable: (name) => variables.get(name),
    function: (name) => terragruntFunction(result, name) ?? fileFunction(readingPlace, name),
  };
  const locals = localsOf(body, scope);
  const result: Configuration = { session, file, place, scope, includes: [], locals, reads, problems, usesOriginal };
  const values = valuesOf(result, readingPlace.directory);
  if (values) variables.set('values', values);
  variables.set('dependency', new Unknown('it depends on the outputs of a dependency'));
  // Paths of includes are evaluated before there are locals and includes to speak of.
  result.includes.push(...includesOf(result));
  variables.set('local', locals);
  variables.set('feature', featuresOf(result));
  const include = includeVariable(result);
  if (include) variables.set('include', include);
  return result;
}

/** The configuration of an included file, as the unit sees it. */
export function includedConfiguration(parent: Configuration, include: Include): Configuration {
  include.loaded ??= configuration(
    parent.session,
    include.path,
    { ...parent.place, includedAs: include.path },
    parent.reads,
    parent.problems,
  );
  return include.loaded;
}

/** What `compute` returns; a mistake that it throws is noted, at `at` when it has no place of its own. */
export function attempt<T>(own: Configuration, at: number, compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof DiscoveryError) own.problems.push(error);
    else if (error instanceof EvaluationError) own.problems.push(errorAt(own.file, at, `${error.message}.`));
    else throw error;
    return undefined;
  }
}

/** The value of an expression with nothing lazy on its surface. @throws DiscoveryError with the place, when it has none. */
export function valueAt(within: Configuration, expression: Expression, what: string): Value {
  try {
    return settled(evaluate(expression, within.scope));
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    throw errorAt(within.file, expression.at, `${what} has no value: ${error.message}.`);
  }
}

export function localsOf(body: Body, scope: Scope): LazyObject {
  const attributes = blocksOf(body, 'locals')[0]?.body.attributes;
  return new LazyObject(
    () => attributes?.keys() ?? [],
    (name) => {
      const attribute = attributes?.get(name);
      return attribute && evaluate(attribute.value, scope);
    },
  );
}

/** `feature.<name>.value`: a unit's own flags, then those of what it includes. */
function featuresOf(own: Configuration): LazyObject {
  const find = (name: string): Value | undefined => {
    const merged = own.includes.filter((include) => include.strategy !== 'no_merge').toReversed();
    for (const candidate of [own, ...merged.map((include) => includedConfiguration(own, include))]) {
      const block = blocksOf(candidate.file.body, 'feature').find(({ labels }) => labels[0] === name);
      const flag = block?.body.attributes.get('default');
      if (flag)
        return objectOf([
          ['name', name],
          ['value', evaluate(flag.value, candidate.scope)],
        ]);
    }
    return undefined;
  };
  return new LazyObject(() => blocksOf(own.file.body, 'feature').map(({ labels }) => labels[0] ?? ''), find);
}

/** `values.…`: what a stack gave to the unit, in a file beside it. */
export function valuesOf(own: Configuration, directory: string): Value | undefined {
  const path = fileIn(directory, valuesFile);
  const file = own.session.files.parse(path);
  if (file === undefined) return undefined;
  own.reads.add(path);
  const given = own.session.tree.stacks?.values.get(directory);
  if (given) {
    // A value that can't be known may change with anything that it is computed from.
    if (unknownIn(given.value)) for (const read of given.from) own.reads.add(read);
    return given.value;
  }
  return new LazyObject(
    () => file.body.attributes.keys(),
    (name) => {
      const attribute = file.body.attributes.get(name);
      return attribute && evaluate(attribute.value, own.scope);
    },
  );
}

/** Reads another file as `read_terragrunt_config` does: in its own place, with the unit's own path still known. */
export function readConfiguration(from: Configuration, path: string): Value {
  const { session, place } = from;
  const before = session.shared.get(path);
  if (before) {
    from.reads.addAll(before.read.reads);
    session.recorder.add(before.trace);
    payFor(before.read);
    return before.read.value;
  }
  if (place.reading.includes(path)) throw new EvaluationError(`${path} reads itself`);
  const reads = new Reads();
  const here = { config: path, original: place.original, includedAs: undefined, reading: [...place.reading, path] };
  const { value: read, trace } = session.recorder.during(() =>
    shareable(() => {
      const inner = asValue(() => withoutProblems(configuration(session, path, here, reads)));
      return { value: configurationValue(inner).whole(), usesOriginal: usesOriginal(inner), reads };
    }),
  );
  from.reads.addAll(reads);
  if (read.usesOriginal) from.usesOriginal.value = true;
  else session.shared.set(path, { read, trace });
  return read.value;
}

/** A file that can't be understood has no value, so that `try` may pass over it. */
function asValue<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof DiscoveryError) || error instanceof UnknowableError) throw error;
    throw new EvaluationError(error.message);
  }
}

function withoutProblems(one: Configuration): Configuration {
  const [problem] = one.problems;
  if (problem) throw problem;
  return one;
}

function usesOriginal(one: Configuration): boolean {
  return one.usesOriginal.value || one.includes.some((include) => include.loaded && usesOriginal(include.loaded));
}

/** Evaluates everything that may read a file, so that `reads` is complete. What has no value is passed over. */
export function evaluateReads(one: Configuration): Doubt[] {
  const doubts: Doubt[] = [];
  const visit = (body: Body) => {
    for (const attribute of body.attributes.values()) {
      if (!attribute.reads) continue;
      const before = one.reads.unknown.length;
      try {
        settled(evaluate(attribute.value, one.scope));
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
      }
      for (const path of one.reads.unknown.slice(before)) doubts.push(placed(path, one.file, attribute.value.at));
    }
    for (const block of body.blocks) visit(block.body);
  };
  visit(one.file.body);
  return doubts;
}
