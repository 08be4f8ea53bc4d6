/**
 * From the `terragrunt.stack.hcl` files of a tree to the tree that `terragrunt stack generate` would leave, without running it.
 *
 * Level by level, as Terragrunt does it: each stack's file is evaluated where it lies; each of its units and stacks is a copy of
 * a source directory, with its `values` and `autoinclude` beside it; the stacks' files among the copies are the next level.
 * Nothing is copied: a generated path knows the file that it has its content from. What is committed already is left as it is.
 */
import { posix } from 'node:path';
import { DiscoveryError } from '../../errors.ts';
import { forgetful } from '../cache/observations.ts';
import { stepsIn } from '../code-files.ts';
import { errorAt } from '../hcl/file.ts';
import { bodyNeeds } from '../hcl/references.ts';
import { counted, openSession, type Session } from '../session.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { type Component, componentsOf, placed, placeOf, stackFile } from './components.ts';
import { type ExpandOptions, type Expansion, generate, type Task } from './generate.ts';
import { overlayOn } from './overlay.ts';
import { copiedFiles, originsIn, sourceOf } from './source.ts';
import { valuesFile } from './values-file.ts';

/** The tree with everything that its stacks generate; the very same tree when it has no stacks. */
export function withStacks(committed: SourceTree, options: ExpandOptions): SourceTree {
  const files = committed.files.filter((path) => path === stackFile || path.endsWith(`/${stackFile}`));
  if (files.length === 0) return committed;
  const stacks: Expansion['stacks'] = {
    files: new Map(),
    units: new Map(),
    generatedBy: new Map(),
    patterns: new Set(),
    sources: new Set(),
    values: new Map(),
    autoincludes: new Map(),
    elsewhere: new Map(),
    problems: [],
  };
  const tree = overlayOn(committed, stacks);
  const expansion: Expansion = {
    committed,
    tree,
    options,
    stacks,
    copied: new Set(),
    declared: new Map(),
    endless: [],
    steps: stepsIn(committed),
  };
  let level = files.map((path): Task => ({ path, origins: [path], above: [], injected: [] }));
  while (level.length > 0) level = level.flatMap((task) => expand(expansion, task));
  removeCopied(expansion);
  for (const directory of expansion.declared.keys()) stacks.units.set(directory, allUnits(expansion, directory));
  stacks.problems.unshift(...expansion.endless);
  return tree;
}

/** A stack of which others are copies is their pattern: nobody means to deliver what it would make in its own place. */
function removeCopied({ tree, stacks, copied, declared }: Expansion): void {
  if (copied.size === 0) return;
  for (const directory of copied) stacks.patterns.add(directory);
  const gone = (path: string): boolean => copied.has(path) || (path !== '.' && gone(posix.dirname(path)));
  tree.remove(gone);
  for (const known of [stacks.generatedBy, stacks.values, stacks.autoincludes, stacks.elsewhere, declared])
    for (const path of known.keys()) if (gone(path)) known.delete(path);
  stacks.problems = stacks.problems.filter(({ directory }) => !gone(directory));
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
  const session = sessionFor(expansion);
  return counted(session, () => expandIn(session, expansion, task));
}

function expandIn(session: Session, expansion: Expansion, task: Task): Task[] {
  const { tree, stacks, declared } = expansion;
  const directory = posix.dirname(task.path);
  const next: Task[] = [];
  try {
    if (needsValues(session, task)) {
      stacks.patterns.add(directory);
      return [];
    }
    const own = { units: [] as string[], stacks: [] as string[] };
    declared.set(directory, own);
    for (const component of componentsOf(session, task.path, task.injected)) {
      let place = directory;
      try {
        place = placeOf(directory, component);
        if ([...own.units, ...own.stacks].includes(place))
          throw errorAt(
            component.within.file,
            component.block.at,
            `${place} is generated twice; change one of the paths.`,
          );
        own[`${component.kind}s`].push(place);
        next.push(...placed(component, () => generate(expansion, task, component, place)));
      } catch (error) {
        if (!(error instanceof DiscoveryError)) throw error;
        const from = originsIn(tree, [...component.within.reads, ...sourceFiles(tree, task, component)]);
        stacks.problems.push({ directory: place, error, from });
      }
    }
  } catch (error) {
    if (!(error instanceof DiscoveryError)) throw error;
    stacks.problems.push({ directory, error, from: originsIn(tree, [task.path]) });
  }
  return next;
}

/** The files that a component would be a copy of, where that much is known. */
function sourceFiles(tree: Expansion['tree'], task: Task, component: Component): Iterable<string> {
  try {
    const source = sourceOf(tree, posix.dirname(task.path), posix.dirname(task.origins.at(-1) ?? ''), component);
    return 'directory' in source ? copiedFiles(tree, source.directory).values() : [];
  } catch (error) {
    if (error instanceof DiscoveryError) return [];
    throw error;
  }
}

function sessionFor({ tree, options: { parsed, environment }, steps }: Expansion): Session {
  return openSession(tree, { parsed, environment, steps, recorder: forgetful });
}

/** A stack that others are generated from may need what they give to it. */
function needsValues(session: Session, { path, origins }: Task): boolean {
  const file = session.files.parse(path);
  if (file === undefined || origins.length > 1 || !bodyNeeds(file.body, 'values')) return false;
  return !session.tree.has(posix.join(posix.dirname(path), valuesFile));
}
