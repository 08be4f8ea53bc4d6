/** What one `unit` or `stack` block of a stack's file generates. */
import { posix } from 'node:path';
import type { DiscoverySettings } from '../../config/schema.ts';
import { UnknowableError } from '../../errors.ts';
import { errorAt, unknowableAt } from '../hcl/file.ts';
import { isObject, type ObjectValue, Unknown } from '../hcl/values.ts';
import type { ParseCache } from '../parsed-files.ts';
import { isWithin } from '../resolve-links.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { valueAt } from '../terragrunt/configuration.ts';
import { autoincludeFile, autoincludeOf, autoincludeText, injectedBy } from './autoinclude.ts';
import { attributeOf, type Component, flagOf, stackFile } from './components.ts';
import type { StackProblem, Stacks } from './generated.ts';
import type { Overlay } from './overlay.ts';
import { copiedFiles, originsIn, originsOf, sourceOf } from './source.ts';
import { valuesFile, valuesText } from './values-file.ts';

const unitFile = 'terragrunt.hcl';

export interface ExpandOptions {
  config: DiscoverySettings;
  environment: NodeJS.ProcessEnv;
  parsed: ParseCache;
}

/** A stack's file that is to be expanded. */
export interface Task {
  path: string;
  /** The files of the repository that it and the stacks above it are copies of, outermost first. */
  origins: readonly string[];
  /** The directories of the stacks above it, outermost first. */
  above: readonly string[];
  /** What the stack above it injects. */
  injected: readonly Component[];
}

export interface Expansion {
  committed: SourceTree;
  tree: Overlay;
  options: ExpandOptions;
  stacks: Mutable<Stacks>;
  /** Directories of stacks that others copy. */
  copied: Set<string>;
  /** What each stack declares itself, by its directory. */
  declared: Map<string, { units: string[]; stacks: string[] }>;
  /** Stacks that generate themselves. */
  endless: StackProblem[];
  /** What each stack's file may take. */
  steps: number;
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

/**
 * @param place the directory that the component is generated into
 * @returns the stacks' files among the copies
 * @throws DiscoveryError
 */
export function generate(expansion: Expansion, task: Task, component: Component, place: string): Task[] {
  const { committed, tree, stacks, copied } = expansion;
  const { kind, within } = component;
  const file = kind === 'unit' ? unitFile : stackFile;
  const source = sourceOf(tree, posix.dirname(task.path), posix.dirname(task.origins.at(-1) ?? ''), component);
  if ('directory' in source && kind === 'unit') stacks.sources.add(source.directory);
  if (committed.has(`${place}/${file}`)) {
    // It was copied some time, and what it was copied from is a pattern still.
    if ('directory' in source && kind === 'stack') copied.add(source.directory);
    return [];
  }
  const values = valuesOf(component);
  const autoinclude = kind === 'unit' ? autoincludeOf(component) : undefined;
  const nested: Task[] = [];
  if ('directory' in source) {
    if (kind === 'unit') stacks.generatedBy.set(place, [...task.above, posix.dirname(task.path)]);
    const holder = committed.hasDirectory(source.directory) ? committed : tree;
    for (const [path, original] of copiedFiles(holder, source.directory)) {
      const copy = `${place}/${path}`;
      tree.add(copy, stacks.files.get(original) ?? { copyOf: original });
      if (posix.basename(path) === stackFile)
        nested.push(...nestedTasks(expansion, task, component, copy, path === stackFile));
    }
    if (!tree.has(`${place}/${file}`) && !leftUnchecked(component))
      throw errorAt(
        within.file,
        component.block.at,
        `the ${kind} "${component.name}" has no ${file} in its source ${source.directory}.`,
      );
  } else generateElsewhere(expansion, task, component, place, source, values);
  // Only now has everything been evaluated, and read.
  const from = originsIn(tree, within.reads);
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

function nestedTasks(
  { tree, copied, endless }: Expansion,
  task: Task,
  component: Component,
  path: string,
  whole: boolean,
): Task[] {
  const [origin = path] = originsOf(tree, path);
  if (task.origins.includes(origin)) {
    const { within, block } = component;
    const error = errorAt(within.file, block.at, `the stack in ${origin} generates itself, without end.`);
    endless.push({ directory: posix.dirname(task.path), error, from: [origin] });
    return [];
  }
  copied.add(posix.dirname(origin));
  const above = [...task.above, posix.dirname(task.path)];
  return [{ path, origins: [...task.origins, origin], above, injected: whole ? injectedBy(component) : [] }];
}

/** @returns null when the component gives none */
function valuesOf({ block, within, kind, name }: Component): ObjectValue | Unknown | null {
  const attribute = block.body.attributes.get('values');
  const value = attribute === undefined ? null : valueAt(within, attribute.value, 'values');
  if (value === null || value instanceof Unknown || isObject(value)) return value;
  throw errorAt(within.file, attribute?.at ?? block.at, `the values of the ${kind} "${name}" must be an object.`);
}

/**
 * What comes from outside of the repository is known by its source and values alone. Which units a stack makes, only the
 * configuration can say.
 * @throws UnknowableError when it does not
 */
function generateElsewhere(
  { tree, stacks, options, declared }: Expansion,
  task: Task,
  component: Component,
  place: string,
  source: { text: string; elsewhere: string },
  values: ObjectValue | Unknown | null,
): void {
  const { kind, within } = component;
  const unknown = (what: string) =>
    unknowableAt(within.file, attributeOf(component, 'source').at, `${what} can't be known: ${source.elsewhere}`);
  const units = kind === 'unit' ? [place] : Object.keys(options.config.extraDependencies).filter(isIn(place));
  if (units.length === 0)
    throw new UnknowableError(
      `${unknown(`which units lie in ${place}`).message}. Commit what \`terragrunt stack generate\` writes, or list them, with what they depend on, under extraDependencies in the configuration ([] for nothing).`,
    );
  if (kind === 'stack') declared.set(place, { units, stacks: [] });
  const from = originsIn(tree, within.reads);
  const text = kind === 'stack' && values !== null ? `${source.text}\n${valuesText(values)}` : source.text;
  for (const unit of units) {
    stacks.generatedBy.set(unit, [...task.above, posix.dirname(task.path)]);
    stacks.elsewhere.set(unit, unknown(`what ${unit} depends on`));
    tree.add(`${unit}/${unitFile}`, { what: 'source', text, from });
  }
}

function isIn(directory: string): (path: string) => boolean {
  return (path) => isWithin(path, directory);
}
