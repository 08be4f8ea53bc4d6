/** What a unit runs, with the values that it gives: which modules, as often as they are called, and what they read by these values. */
import { type Doubt, placed } from '../doubts.ts';
import { valueOrUnknown } from '../hcl/body-value.ts';
import { Unknown } from '../hcl/values.ts';
import { knownPart, Reads } from '../reads.ts';
import { repositoryPath } from '../repository-path.ts';
import type { Session } from '../session.ts';
import { optionValues, words } from './arguments.ts';
import { instances } from './instances.ts';
import { chosenCalls, type Module, type ModuleScope, moduleClosure, readModule } from './module.ts';
import { noteReads } from './reading-attributes.ts';

/** A root module, as a unit runs it. */
export interface Running {
  module: Module;
  /** What its variables are. */
  scope: ModuleScope;
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

/** A module with the values that it has where it is called. */
export interface Instance {
  module: Module;
  scope: ModuleScope;
}

export interface Run {
  /** The module that is run first, and all that it calls, recursively. */
  modules: Module[];
  /** The same as often as they are called; none where no values count. */
  instances: Instance[];
  /** What they read by their values, and what the command line names. */
  reads: Reads;
  doubts: Doubt[];
}

export const nothingRun: Run = { modules: [], instances: [], reads: new Reads(), doubts: [] };

export function runOf(session: Session, running: Running): Run {
  const { module } = running;
  const modules = moduleClosure(session, module.directory);
  const reads = new Reads(namedInArguments(session, running.unit));
  const valuesCount = modules.some(
    ({ remoteStates, openReads, openCalls }) => remoteStates.length + openReads.length + openCalls.length > 0,
  );
  if (!valuesCount) return { modules, instances: [], reads, doubts: [] };
  const all = instancesOf(session, { module, scope: running.scope }, [module.directory]);
  const chosen = all
    .flatMap(({ module, scope }) => chosenCalls(session.tree, module, scope))
    .flatMap(({ directory }) => moduleClosure(session, directory));
  const doubts = all.flatMap((one) => [...doubtsOfReads(one), ...doubtsOfCalls(session, one)]);
  for (const { scope } of all) reads.addAll(scope.place.reads);
  return { modules: [...new Set([...modules, ...chosen])], instances: all, reads, doubts };
}

/** @param path directories from the root to the module */
function instancesOf(session: Session, instance: Instance, path: readonly string[]): Instance[] {
  const { module, scope } = instance;
  const called = [...module.calls, ...chosenCalls(session.tree, module, scope)].flatMap(({ directory, block }) => {
    const inner = path.includes(directory) ? undefined : readModule(session, directory);
    if (inner === undefined) return [];
    return instances(block, scope).flatMap((one) => {
      const argument = (name: string) => {
        const attribute = block.body.attributes.get(name);
        return attribute && valueOrUnknown(attribute.value, one);
      };
      const innerScope = inner.calledWith(argument, scope.place.directory);
      return instancesOf(session, { module: inner, scope: innerScope }, [...path, directory]);
    });
  });
  return [instance, ...called];
}

function doubtsOfReads({ module, scope }: Instance): Doubt[] {
  const { reads } = scope.place;
  return module.openReads.flatMap((one) => {
    const before = reads.unknown.length;
    noteReads(one, scope, scope.place);
    return reads.unknown.slice(before).map((path) => placed(path, one.file, one.attribute.value.at));
  });
}

function doubtsOfCalls({ tree }: Session, { module, scope }: Instance): Doubt[] {
  return module.openCalls.flatMap(({ file, source }) => {
    const value = valueOrUnknown(source, scope);
    if (!(value instanceof Unknown)) return [];
    const below = knownPart(tree, module.directory, value.beginning);
    if (below === undefined) return [];
    return [placed({ reason: value.reason, below, askable: false }, file, source.at, 'which module this calls')];
  });
}

/** Files of variables, and of the backend's configuration, that Terraform is given by variables of the environment. */
function namedInArguments({ tree, variable }: Session, unit: string): string[] {
  return ['', '_init', '_plan', '_apply'].flatMap((command) => {
    const text = variable(`TF_CLI_ARGS${command}`);
    if (text === undefined) return [];
    const given = words(text);
    const named = ['var-file', 'backend-config'].flatMap((option) => optionValues(option, given));
    const paths = named.map((value) => (typeof value === 'string' ? repositoryPath(tree, unit, value) : undefined));
    return paths.filter((path) => path !== undefined && tree.has(path)) as string[];
  });
}
