/**
 * The `unit` and `stack` blocks of one `terragrunt.stack.hcl`: its own, those of the files that it includes, and those that the
 * `autoinclude` of the stack above it injects, which replace blocks of the same name.
 */
import { posix } from 'node:path';
import { DiscoveryError } from '../../errors.ts';
import { fileFunction } from '../file-functions.ts';
import { blocksOf, errorAt, type HclFile } from '../hcl/file.ts';
import type { Attribute, Block } from '../hcl/syntax.ts';
import { asBoolean, asString, EvaluationError, LazyObject, objectOf, Unknown, type Value } from '../hcl/values.ts';
import { Reads } from '../reads.ts';
import { absolutePath, repositoryPath } from '../repository-path.ts';
import type { Session } from '../session.ts';
import { type Configuration, localsOf, valueAt, valuesOf } from '../terragrunt/configuration.ts';
import { terragruntFunction } from '../terragrunt/functions.ts';

export const stackFile = 'terragrunt.stack.hcl';
const injectedFile = 'terragrunt.autoinclude.stack.hcl';

/** Where Terragrunt generates what doesn't say `no_dot_terragrunt_stack`. */
const generatedDirectory = '.terragrunt-stack';

export const kinds = ['unit', 'stack'] as const;
export type Kind = (typeof kinds)[number];

export interface Component {
  kind: Kind;
  name: string;
  block: Block;
  /** The file that the block stands in, evaluated as the stack's. */
  within: Configuration;
}

/**
 * @param path of the stack's file
 * @param injected what the stack above it adds
 * @throws DiscoveryError when the file does not parse or is not one of a stack
 */
export function componentsOf(session: Session, path: string, injected: readonly Component[]): Component[] {
  const stack = stackConfiguration(session, path);
  const own = [stack, ...includedFiles(stack)].flatMap(componentsIn);
  const beside = session.files.parse(posix.join(posix.dirname(path), injectedFile));
  if (beside) stack.reads.add(beside.path);
  const over = [...injected, ...(beside ? componentsIn({ ...stack, file: beside }) : [])];
  const all = new Map<string, Component>();
  for (const component of own) {
    const key = keyOf(component);
    if (all.has(key))
      throw errorAt(
        component.within.file,
        component.block.at,
        `there are two ${component.kind} blocks "${component.name}".`,
      );
    all.set(key, component);
  }
  for (const component of over) all.set(keyOf(component), component);
  return [...all.values()];
}

export function componentsIn(within: Configuration): Component[] {
  return within.file.body.blocks
    .filter((block) => block.type === 'unit' || block.type === 'stack')
    .map((block) => ({ kind: block.type as Kind, name: block.labels[0] ?? '', block, within }));
}

const keyOf = ({ kind, name }: Component) => `${kind} ${name}`;

/** The directory that a component is generated into. @throws DiscoveryError when it can't be known or leads out of the stack's */
export function placeOf(stack: string, component: Component): string {
  const path = attributeOf(component, 'path');
  const value = known(component, path);
  const hoisted = flagOf(component, 'no_dot_terragrunt_stack');
  const base = hoisted ? stack : posix.join(stack, generatedDirectory);
  const place = posix.join(base, value);
  if (value.startsWith('/') || (base !== '.' && place !== base && !place.startsWith(`${base}/`)))
    throw errorAt(component.within.file, path.at, `the path "${value}" leads out of ${base}.`);
  return place.replace(/\/$/, '');
}

export function flagOf(component: Component, name: string): boolean {
  const attribute = component.block.body.attributes.get(name);
  if (attribute === undefined) return false;
  const value = valueAt(component.within, attribute.value, name);
  if (value instanceof Unknown)
    throw errorAt(component.within.file, attribute.at, `${name} can't be known: ${value.reason}.`);
  return value !== null && asBoolean(value);
}

/** @throws DiscoveryError when the block has no such attribute */
export function attributeOf({ kind, name, block, within }: Component, attribute: string): Attribute {
  const found = block.body.attributes.get(attribute);
  if (found === undefined) throw errorAt(within.file, block.at, `the ${kind} "${name}" has no ${attribute}.`);
  return found;
}

function known({ within, kind, name }: Component, attribute: Attribute): string {
  const value = valueAt(within, attribute.value, attribute.name);
  if (value instanceof Unknown)
    throw errorAt(
      within.file,
      attribute.at,
      `the ${attribute.name} of the ${kind} "${name}" can't be known: ${value.reason}.`,
    );
  return asString(value);
}

/** The stack's file as a configuration of its own: `local`, `values`, and `unit` and `stack` with the paths of what it generates. */
function stackConfiguration(session: Session, path: string): Configuration {
  const file = session.files.parse(path);
  if (file === undefined) throw new DiscoveryError(`there is no file ${path}.`);
  const directory = posix.dirname(path);
  const reads = new Reads([path]);
  const variables = new Map<string, Value>();
  const scope = {
    variable: (name: string) => variables.get(name),
    function: (name: string) =>
      terragruntFunction(own, name) ?? fileFunction({ tree: session.tree, directory, reads }, name),
  };
  const own: Configuration = {
    session,
    file,
    place: { config: path, original: path, includedAs: undefined, reading: [path] },
    scope,
    includes: [],
    locals: localsOf(file.body, scope),
    reads,
    problems: [],
    usesOriginal: { value: false },
  };
  const values = valuesOf(own, directory);
  if (values !== undefined) variables.set('values', values);
  variables.set('local', own.locals);
  for (const kind of kinds) variables.set(kind, pathsOf(own, directory, kind));
  return own;
}

/** `unit.<name>.path`, absolute. */
function pathsOf(own: Configuration, directory: string, kind: Kind): LazyObject {
  const components = () =>
    [own, ...includedFiles(own)].flatMap(componentsIn).filter((component) => component.kind === kind);
  return new LazyObject(
    () => components().map(({ name }) => name),
    (name) => {
      const component = components().find((one) => one.name === name);
      if (component === undefined) return undefined;
      return objectOf([['path', absolutePath(own.session.tree, placeOf(directory, component))]]);
    },
  );
}

/** The files that the stack's file includes: their blocks are evaluated as if they stood in it. */
function includedFiles(own: Configuration): Configuration[] {
  const { session, file, place } = own;
  return blocksOf(file.body, 'include').map((block) => {
    const attribute = block.body.attributes.get('path');
    if (attribute === undefined) throw errorAt(file, block.at, 'this include has no path.');
    const value = valueAt(own, attribute.value, 'the path of the include');
    if (value instanceof Unknown)
      throw errorAt(file, attribute.at, `the path of the include can't be known: ${value.reason}.`);
    const target = repositoryPath(session.tree, posix.dirname(place.config), asString(value));
    const included: HclFile | undefined = target === undefined ? undefined : session.files.parse(target);
    if (included === undefined)
      throw errorAt(file, attribute.at, `the included file ${asString(value)} does not exist.`);
    own.reads.add(included.path);
    return { ...own, file: included };
  });
}

/** An evaluation error of a block as one with its place. */
export function placed<Result>(component: Component, compute: () => Result): Result {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    const { kind, name, block, within } = component;
    throw errorAt(within.file, block.at, `the ${kind} "${name}" can't be generated: ${error.message}.`);
  }
}
