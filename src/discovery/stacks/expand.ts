/**
 * From the `terragrunt.stack.hcl` files of a tree to the tree that `terragrunt stack generate` would leave, without running it.
 *
 * Level by level, as Terragrunt does it: each stack's file is evaluated where it lies; each of its units and stacks is a copy of
 * a source directory, with its `values` and `autoinclude` beside it; the stacks' files among the copies are the next level.
 * Nothing is copied: a generated path knows the file that it has its content from. What is committed already is left as it is.
 */
import { posix } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { DiscoveryError } from '../../errors.ts';
import { errorAt } from '../hcl/file.ts';
import { bodyNeeds } from '../hcl/references.ts';
import { isObject, type ObjectValue, Unknown } from '../hcl/values.ts';
import { type ParseCache, parsedFiles } from '../parsed-files.ts';
import { isWithin } from '../resolve-link.ts';
import type { Session } from '../session.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { valueAt } from '../terragrunt/configuration.ts';
import { autoincludeFile, autoincludeOf, autoincludeText, injectedBy } from './autoinclude.ts';
import { attributeOf, type Component, componentsOf, flagOf, placed, placeOf, stackFile } from './components.ts';
import { type Stacks, unknownInStack } from './generated.ts';
import { type Overlay, overlayOn } from './overlay.ts';
import { copiedFiles, originsOf, sourceOf } from './source.ts';
import { valuesFile, valuesText } from './values-file.ts';

const unitFile = 'terragrunt.hcl';

export interface ExpandOptions {
  config: Config;
  environment: NodeJS.ProcessEnv;
  cache: ParseCache;
}

/** A stack's file that is to be expanded. */
interface Task {
  path: string;
  /** The files of the repository that it and the stacks above it are copies of, outermost first. */
  origins: readonly string[];
  /** What the stack above it injects. */
  injected: readonly Component[];
}

interface Expansion {
  committed: SourceTree;
  tree: Overlay;
  options: ExpandOptions;
  stacks: Mutable<Stacks>;
  /** Directories of stacks that others copy. */
  patterns: Set<string>;
  /** What each stack declares itself, by its directory. */
  declared: Map<string, { units: string[]; stacks: string[] }>;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: MutablePart<Type[Key]> };
type MutablePart<Part> =
  Part extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : Part extends ReadonlySet<infer Member>
      ? Set<Member>
      : Part extends readonly (infer Member)[]
        ? Member[]
        : Part;

/** The tree with everything that its stacks generate; the very same tree when it has no stacks. */
export function withStacks(committed: SourceTree, options: ExpandOptions): SourceTree {
  const files = committed.files.filter((path) => path === stackFile || path.endsWith(`/${stackFile}`));
  if (files.length === 0) return committed;
  const all = expandAll(committed, files, options);
  // A stack of which others are copies is their pattern: nobody means to deliver what it would make in its own place.
  const roots = files.filter((path) => !all.patterns.has(posix.dirname(path)));
  return (roots.length === files.length ? all : expandAll(committed, roots, options)).tree;
}

function expandAll(committed: SourceTree, files: readonly string[], options: ExpandOptions): Expansion {
  const stacks: Expansion['stacks'] = {
    files: new Map(),
    units: new Map(),
    sources: new Set(),
    values: new Map(),
    autoincludes: new Map(),
    elsewhere: new Map(),
    problems: [],
  };
  const tree = overlayOn(committed, stacks);
  const expansion: Expansion = { committed, tree, options, stacks, patterns: new Set(), declared: new Map() };
  let level = files.map((path): Task => ({ path, origins: [path], injected: [] }));
  while (level.length > 0) level = level.flatMap((task) => expand(expansion, task));
  for (const directory of expansion.declared.keys()) stacks.units.set(directory, allUnits(expansion, directory));
  return expansion;
}

function allUnits({ declared }: Expansion, directory: string): string[] {
  const units: string[] = [];
  const seen = new Set<string>();
  const visit = (stack: string) => {
    if (seen.has(stack)) return;
    seen.add(stack);
    units.push(...(declared.get(stack)?.units ?? []));
    for (const nested of declared.get(stack)?.stacks ?? []) visit(nested);
  };
  visit(directory);
  return units;
}

/** Generates what one stack's file declares. @returns the stacks' files that are new by that */
function expand(expansion: Expansion, task: Task): Task[] {
  const { tree, options, stacks, declared } = expansion;
  const directory = posix.dirname(task.path);
  const next: Task[] = [];
  try {
    const session = sessionFor(tree, options);
    if (isPattern(session, task)) return [];
    const own = { units: [] as string[], stacks: [] as string[] };
    declared.set(directory, own);
    for (const component of componentsOf(session, task.path, task.injected)) {
      let place = directory;
      try {
        place = placeOf(directory, component);
        own[`${component.kind}s`].push(place);
        next.push(...placed(component, () => generate(expansion, task, component, place)));
      } catch (error) {
        if (!(error instanceof DiscoveryError)) throw error;
        stacks.problems.push({ directory: place, error });
      }
    }
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
    stacks.problems.push({ directory, error });
  }
  return next;
}

function sessionFor(tree: SourceTree, { cache, environment }: ExpandOptions): Session {
  const files = parsedFiles(tree, cache);
  return { tree, files, environment, tolerant: false, shared: new Map(), modules: new Map(), boundaries: new Set() };
}

/** A stack that others are generated from needs what they give to it. */
function isPattern(session: Session, { path, origins }: Task): boolean {
  const file = session.files.parse(path);
  if (file === undefined || origins.length > 1 || !bodyNeeds(file.body, 'values')) return false;
  return !session.tree.has(posix.join(posix.dirname(path), valuesFile));
}

/** @returns the stacks' files among the copies */
function generate(expansion: Expansion, task: Task, component: Component, place: string): Task[] {
  const { committed, tree, stacks, patterns } = expansion;
  const { kind, within } = component;
  const file = kind === 'unit' ? unitFile : stackFile;
  const source = sourceOf(tree, posix.dirname(task.path), posix.dirname(task.origins.at(-1) ?? ''), component);
  if ('directory' in source) (kind === 'unit' ? stacks.sources : patterns).add(source.directory);
  if (committed.has(`${place}/${file}`)) return [];
  const values = valuesOf(component);
  const autoinclude = kind === 'unit' ? autoincludeOf(component) : undefined;
  const nested: Task[] = [];
  if ('directory' in source) {
    const holder = committed.hasDirectory(source.directory) ? committed : tree;
    for (const [path, original] of copiedFiles(holder, source.directory)) {
      const copy = `${place}/${path}`;
      tree.add(copy, stacks.files.get(original) ?? { copyOf: original });
      if (posix.basename(path) === stackFile)
        nested.push(nestedTask(expansion, task, component, copy, path === stackFile));
    }
    if (!tree.has(`${place}/${file}`) && !leftUnchecked(component))
      throw errorAt(
        within.file,
        component.block.at,
        `the ${kind} "${component.name}" has no ${file} in its source ${source.directory}.`,
      );
  } else generateElsewhere(expansion, component, place, source, values);
  // Only now has everything been evaluated, and read.
  const from = [...new Set([...within.reads].flatMap((path) => originsOf(tree, path)))];
  if (values !== null) {
    stacks.values.set(place, { value: values, from });
    tree.add(`${place}/${valuesFile}`, { what: 'values', text: valuesText(values), from });
  }
  if (autoinclude !== undefined) {
    stacks.autoincludes.set(place, autoinclude);
    tree.add(`${place}/${autoincludeFile}`, { what: 'autoinclude', text: autoincludeText(autoinclude), from });
  }
  return nested;
}

function leftUnchecked(component: Component): boolean {
  return flagOf(component, 'no_dot_terragrunt_stack') || flagOf(component, 'no_validation');
}

/** @throws DiscoveryError when the stack generates itself, without end */
function nestedTask(
  { tree, patterns }: Expansion,
  task: Task,
  component: Component,
  path: string,
  whole: boolean,
): Task {
  const [origin = path] = originsOf(tree, path);
  if (task.origins.includes(origin))
    throw errorAt(component.within.file, component.block.at, `the stack in ${origin} generates itself, without end.`);
  patterns.add(posix.dirname(origin));
  return { path, origins: [...task.origins, origin], injected: whole ? injectedBy(component) : [] };
}

/** @returns null when the component gives none */
function valuesOf({ block, within, kind, name }: Component): ObjectValue | Unknown | null {
  const attribute = block.body.attributes.get('values');
  const value = attribute === undefined ? null : valueAt(within, attribute.value, 'values');
  if (value === null || value instanceof Unknown || isObject(value)) return value;
  throw errorAt(within.file, attribute?.at ?? block.at, `the values of the ${kind} "${name}" must be an object.`);
}

/**
 * What comes from outside of the repository is known by its source and values alone. A unit is in its place; which units a
 * stack makes only the configuration can say.
 */
function generateElsewhere(
  { tree, stacks, options }: Expansion,
  component: Component,
  place: string,
  source: { text: string; elsewhere: string },
  values: ObjectValue | Unknown | null,
): void {
  const { kind, within } = component;
  const { at } = attributeOf(component, 'source');
  const listed = Object.keys(options.config.extraDependencies).filter((path) => isWithin(path, place));
  const error =
    kind === 'unit'
      ? unknownInStack(
          { file: within.file, at },
          `what ${place} depends on`,
          source.elsewhere,
          `what ${place} depends on`,
        )
      : unknownInStack(
          { file: within.file, at },
          `which units lie in ${place}`,
          source.elsewhere,
          'them and what they depend on',
        );
  if (kind === 'stack' && listed.length === 0) throw error;
  const from = [...within.reads].flatMap((path) => originsOf(tree, path));
  const text = kind === 'stack' && values !== null ? `${source.text}\n${valuesText(values)}` : source.text;
  for (const unit of kind === 'unit' ? [place] : listed) {
    stacks.elsewhere.set(unit, error);
    tree.add(`${unit}/${unitFile}`, { what: 'source', text, from });
  }
}
