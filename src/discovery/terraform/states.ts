/** Which states Terraform's and OpenTofu's code writes and reads. */
import { DiscoveryError, type UnknowableError } from '../../errors.ts';
import { bodyValue } from '../hcl/body-value.ts';
import { affords } from '../hcl/budget.ts';
import type { Scope } from '../hcl/evaluate.ts';
import { type HclFile, placeOf, unknowableAt } from '../hcl/file.ts';
import type { Block } from '../hcl/syntax.ts';
import { isObject, type ObjectValue, objectOf, Unknown, type Value } from '../hcl/values.ts';
import { repositoryPath } from '../repository-path.ts';
import { filesOfDirectory, type Session } from '../session.ts';
import { type StandsIn, stateOf } from '../states/state-of.ts';
import { type ReadState, type States, written } from '../states/states.ts';
import { type Module, readModule } from './module.ts';

/** A root module, as a unit runs it. */
export interface Running {
  module: Module;
  /** What its variables are. */
  scope: Scope;
  /** Where the tool runs; undefined where that is a copy somewhere else. */
  directory: string | undefined;
  /** The unit's, from which files of the backend's configuration are named. */
  unit: string;
  /** What is given on the command line for the backend besides: `name=value`, or a file. */
  backendArguments: readonly (string | Unknown)[];
}

export function runningRoot(module: Module): Running {
  const { scope, directory } = module;
  return { module, scope, directory, unit: directory, backendArguments: [] };
}

/** The states that the root module writes; without a backend a local one. */
export function writtenStates(session: Session, running: Running): Pick<States, 'writes' | 'unknown'> {
  const { module, directory } = running;
  const stands: StandsIn = { tree: session.tree, directory, variable: session.variable };
  const { backend } = module;
  // What does not parse may hold the backend.
  if (backend === undefined && module.problem) return written([new Unknown('a file of its code does not parse')]);
  if (backend === undefined) return written([stateOf('local', objectOf([]), stands)]);
  const configurations = backendConfigurations(session, running, backend.block);
  return written(
    configurations.map((config) => (config instanceof Unknown ? config : stateOf(backend.type, config, stands))),
  );
}

/** Files that `terraform init -backend-config=` may be given. */
const backendFile = /\.tfbackend$|(^|\/)backend[^/]*\.(hcl|conf|tfvars)$/;

/**
 * The block, completed by what the command line says. Where that says nothing, by each of the files for it that lie in the directory, too: where
 * there is one for each environment, the unit may write any of these states.
 */
function backendConfigurations(session: Session, running: Running, block: Block): (ObjectValue | Unknown)[] {
  const { module, scope, unit, backendArguments } = running;
  const inCode = bodyValue(block.body, scope);
  const given = [...backendConfigOf(words(session.variable('TF_CLI_ARGS_init') ?? '')), ...backendArguments];
  const files = filesOfDirectory(session, module.directory).filter((path) => backendFile.test(path));
  if (given.length === 0) return [inCode, ...files.map((path) => ({ ...inCode, ...fileValue(session, path, scope) }))];
  const config = { ...inCode };
  for (const one of given) {
    if (one instanceof Unknown) return [one];
    const [, name, value] = /^(\w+)=(.*)$/s.exec(one) ?? [];
    if (name !== undefined && value !== undefined) config[name] = value.replace(/^"(.*)"$/s, '$1');
    else {
      const path = repositoryPath(session.tree, unit, one);
      if (path === undefined || !session.tree.has(path))
        return [new Unknown(`the file ${one} for it is not in the repository`)];
      Object.assign(config, fileValue(session, path, scope));
    }
  }
  return [config];
}

/** What `-backend-config` is given, as `name=value` or a file, in arguments of `init`. */
export function backendConfigOf(words: readonly (string | Unknown)[]): (string | Unknown)[] {
  return words.flatMap((word, index) => {
    if (word instanceof Unknown) return [word];
    const [, given] = /^--?backend-config(?:=(.*))?$/s.exec(word) ?? [];
    if (given !== undefined) return [given];
    const next = words[index + 1];
    return /^--?backend-config$/.test(word) && next !== undefined ? [next] : [];
  });
}

function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
}

function fileValue(session: Session, path: string, scope: Scope): ObjectValue {
  try {
    const file = session.files.parse(path);
    return file ? bodyValue(file.body, scope) : objectOf([]);
  } catch (error) {
    if (error instanceof DiscoveryError) return objectOf([]);
    throw error;
  }
}

export interface StatesRead {
  reads: ReadState[];
  /** Of those that can't be known. */
  problems: UnknowableError[];
}

/** The states that a unit reads, in its own code and in the modules that it calls. */
export function readStates(session: Session, running: Running): StatesRead {
  const { module, scope, directory } = running;
  const stands: StandsIn = { tree: session.tree, directory, variable: session.variable };
  const result: StatesRead = { reads: [], problems: [] };
  for (const { file, at, config } of dataSources(session, module, scope, [module.directory])) {
    const state = readState(config, stands);
    if (state instanceof Unknown)
      result.problems.push(unknowableAt(file, at, `which state this reads can't be known: ${state.reason}`));
    else if (state !== undefined) result.reads.push({ state, place: placeOf(file, at) });
  }
  return result;
}

interface DataSource {
  config: ObjectValue;
  file: HclFile;
  at: number;
}

/** @param path directories from the root to `module` */
function dataSources(session: Session, module: Module, scope: Scope, path: readonly string[]): DataSource[] {
  const own = module.remoteStates.flatMap(({ file, block }) =>
    instances(block, scope).map((one) => ({ config: bodyValue(block.body, one), file, at: block.at })),
  );
  const called = module.calls.flatMap(({ directory, block }) => {
    const inner = path.includes(directory) ? undefined : readModule(session, directory);
    if (inner === undefined) return [];
    return instances(block, scope).flatMap((one) => {
      const given = bodyValue(block.body, one);
      return dataSources(
        session,
        inner,
        inner.calledWith((name) => given[name]),
        [...path, directory],
      );
    });
  });
  return [...own, ...called];
}

/** Undefined for what Terraform will refuse. */
function readState({ backend, config }: ObjectValue, stands: StandsIn): string | Unknown | undefined {
  if (backend instanceof Unknown) return backend;
  if (config instanceof Unknown) return config;
  if (typeof backend !== 'string') return undefined;
  return stateOf(backend, isObject(config) ? config : objectOf([]), stands);
}

/** What one of a block's instances takes at least. */
const stepsOfInstance = 100;

/** One scope for each element of `for_each` or number below `count`; where these can't be known, or are too many, one in which `each` can't. */
function instances(block: Block, scope: Scope): Scope[] {
  const { for_each: forEach, count } = bodyValue(block.body, scope);
  const inside = (name: string, value: Value): Scope => ({
    variable: (asked) => (asked === name ? value : scope.variable(asked)),
    function: (asked) => scope.function(asked),
  });
  const many = (number: number, all: () => Scope[]): Scope[] => {
    if (affords(number * stepsOfInstance)) return all();
    const unknown = new Unknown(`there are ${number} of it, more than are looked at`);
    return [
      { ...scope, variable: (asked) => (asked === 'each' || asked === 'count' ? unknown : scope.variable(asked)) },
    ];
  };
  const each = (key: Value, value: Value) =>
    inside(
      'each',
      objectOf([
        ['key', key],
        ['value', value],
      ]),
    );
  if (Array.isArray(forEach)) return many(forEach.length, () => forEach.map((item) => each(item, item)));
  if (isObject(forEach)) {
    const elements = Object.entries(forEach);
    return many(elements.length, () => elements.map(([key, value]) => each(key, value)));
  }
  if (typeof count !== 'number') return [scope];
  return many(count, () => Array.from({ length: count }, (_, index) => inside('count', objectOf([['index', index]]))));
}
