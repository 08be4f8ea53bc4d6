/** Which states Terraform's and OpenTofu's code writes and reads. */
import { DiscoveryError, type UnknowableError } from '../../errors.ts';
import { bodyValue } from '../hcl/body-value.ts';
import type { Scope } from '../hcl/evaluate.ts';
import { placeOf, unknowableAt } from '../hcl/file.ts';
import type { Block } from '../hcl/syntax.ts';
import { isObject, type ObjectValue, objectOf, Unknown } from '../hcl/values.ts';
import { repositoryPath } from '../repository-path.ts';
import { filesOfDirectory, type Session } from '../session.ts';
import { type StandsIn, stateOf, UnknownState } from '../states/state-of.ts';
import { type ReadState, type States, written } from '../states/states.ts';
import { optionValues, words } from './arguments.ts';
import { instances } from './instances.ts';
import type { Run, Running } from './run.ts';

/** The states that the root module writes; without a backend a local one. */
export function writtenStates(session: Session, running: Running): Pick<States, 'writes' | 'unknown' | 'partly'> {
  const { module, directory } = running;
  const stands: StandsIn = { tree: session.tree, directory, variable: session.variable };
  const { backend } = module;
  // What does not parse may hold the backend.
  if (backend === undefined && module.problem) return written([new Unknown('a file of its code does not parse')]);
  if (backend === undefined) return written([stateOf('local', objectOf([]), stands)]);
  const configurations = backendConfigurations(session, running, backend.block);
  return written(
    configurations.map(({ config, unknown }) => withUnknown(stateOf(backend.type, config, stands), unknown)),
  );
}

/** A state of which something besides isn't known: no more is known of it than its code says. */
function withUnknown(state: string | Unknown, unknown: Unknown | undefined): string | Unknown {
  if (unknown === undefined) return state;
  if (typeof state === 'string') return new UnknownState(unknown.reason, state);
  return state instanceof UnknownState ? new UnknownState(unknown.reason, state.known) : unknown;
}

interface BackendConfiguration {
  config: ObjectValue;
  /** What of it can't be known besides. */
  unknown?: Unknown;
}

/** Files that `terraform init -backend-config=` may be given. */
const backendFile = /\.tfbackend$|(^|\/)backend[^/]*\.(hcl|conf|tfvars)$/;

/**
 * The block, completed by what the command line says. Where that says nothing, by each of the files for it that lie in the directory, too: where
 * there is one for each environment, the unit may write any of these states.
 */
function backendConfigurations(session: Session, running: Running, block: Block): BackendConfiguration[] {
  const { module, scope, unit, backendArguments } = running;
  const inCode = bodyValue(block.body, scope);
  const given = [
    ...optionValues('backend-config', words(session.variable('TF_CLI_ARGS_init') ?? '')),
    ...backendArguments,
  ];
  const files = filesOfDirectory(session, module.directory).filter((path) => backendFile.test(path));
  if (given.length === 0)
    return [inCode, ...files.map((path) => ({ ...inCode, ...fileValue(session, path, scope) }))].map((config) => ({
      config,
    }));
  const config = { ...inCode };
  for (const one of given) {
    if (one instanceof Unknown) return [{ config, unknown: one }];
    const [, name, value] = /^(\w+)=(.*)$/s.exec(one) ?? [];
    if (name !== undefined && value !== undefined) config[name] = value.replace(/^"(.*)"$/s, '$1');
    else {
      const path = repositoryPath(session.tree, unit, one);
      if (path === undefined || !session.tree.has(path))
        return [{ config, unknown: new Unknown(`the file ${one} for it is not in the repository`) }];
      Object.assign(config, fileValue(session, path, scope));
    }
  }
  return [{ config }];
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
export function readStates(session: Session, { directory }: Running, { instances: all }: Run): StatesRead {
  const stands: StandsIn = { tree: session.tree, directory, variable: session.variable };
  const result: StatesRead = { reads: [], problems: [] };
  for (const { module, scope } of all)
    for (const { file, block } of module.remoteStates)
      for (const one of instances(block, scope)) {
        const state = readState(bodyValue(block.body, one), stands);
        if (state instanceof Unknown) {
          const message = `which state this reads can't be known: ${state.reason}`;
          result.problems.push(unknowableAt(file, block.at, message));
        } else if (state !== undefined) result.reads.push({ state, place: placeOf(file, block.at) });
      }
  return result;
}

/** Undefined for what Terraform will refuse. */
function readState({ backend, config }: ObjectValue, stands: StandsIn): string | Unknown | undefined {
  if (backend instanceof Unknown) return backend;
  if (config instanceof Unknown) return config;
  if (typeof backend !== 'string') return undefined;
  return stateOf(backend, isObject(config) ? config : objectOf([]), stands);
}
