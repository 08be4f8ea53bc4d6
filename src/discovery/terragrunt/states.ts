/**
 * Which states a Terragrunt unit writes and reads. It writes that of its merged `remote_state`, else that of a backend which a `generate` block
 * puts beside the module's code, else that of the module's own backend; and it reads what the module that it runs reads, with the unit's inputs.
 */
import { DiscoveryError } from '../../errors.ts';
import type { Doubt } from '../doubts.ts';
import { bodyValue } from '../hcl/body-value.ts';
import type { Scope } from '../hcl/evaluate.ts';
import { blocksOf } from '../hcl/file.ts';
import { pureFunctions } from '../hcl/functions/pure.ts';
import { parseFile } from '../hcl/parse.ts';
import type { Body } from '../hcl/syntax.ts';
import { isObject, type ObjectValue, objectOf, Unknown, type Value } from '../hcl/values.ts';
import type { Session } from '../session.ts';
import { stateOf } from '../states/state-of.ts';
import { type States, written } from '../states/states.ts';
import { asArgument, optionValues } from '../terraform/arguments.ts';
import { backendBlock, type Module, type ModuleScope } from '../terraform/module.ts';
import type { Run, Running } from '../terraform/run.ts';
import { readStates, writtenStates } from '../terraform/states.ts';
import type { Configuration } from './configuration.ts';
import { attempted, type TerragruntUnit } from './unit.ts';

/** @param running undefined when the module isn't in the repository */
export function statesOfTerragrunt(
  session: Session,
  unit: TerragruntUnit,
  running: Running | undefined,
  run: Run,
): { states: States; doubts: Doubt[] } {
  const directory = running?.directory;
  const { reads, problems } = running ? readStates(session, running, run) : { reads: [], problems: [] };
  const backend = remoteState(unit.merged) ?? generatedBackend(unit.merged);
  const stands = { tree: session.tree, directory, variable: session.variable };
  const elsewhere = () => written([new Unknown('the module that the unit runs is not in the repository')]);
  const writes =
    backend instanceof Unknown
      ? written([backend])
      : backend
        ? written([stateOf(backend.type, backend.config, stands)])
        : running
          ? writtenStates(session, running)
          : elsewhere();
  const doubts = problems.map(({ message }) => ({ message, below: undefined, askable: false }));
  return { states: { ...writes, reads }, doubts };
}

interface BackendConfiguration {
  type: string;
  config: ObjectValue;
}

/** The nearest `remote_state`, as a block or as an attribute: it is never merged with another. */
function remoteState(merged: readonly Configuration[]): BackendConfiguration | Unknown | undefined {
  for (const one of merged) {
    const attribute = one.file.body.attributes.get('remote_state');
    const [block] = blocksOf(one.file.body, 'remote_state');
    if (attribute === undefined && block === undefined) continue;
    const said = attribute
      ? attempted(one, attribute.value)
      : bodyValue(namingPart(block?.body ?? emptyBody), one.scope);
    return said instanceof Unknown ? said : backendSaid(isObject(said) ? said : objectOf([]));
  }
  return undefined;
}

const emptyBody: Body = { attributes: new Map(), blocks: [] };

/** Of a block that has much else in it, for each unit anew. */
function namingPart({ attributes, blocks }: Body): Body {
  const named = ['backend', 'config'].flatMap((name) => {
    const attribute = attributes.get(name);
    return attribute ? [[name, attribute] as const] : [];
  });
  return { attributes: new Map(named), blocks: blocks.filter(({ type }) => type === 'config') };
}

function backendSaid({ backend, config }: ObjectValue): BackendConfiguration | Unknown {
  if (backend instanceof Unknown) return backend;
  if (config instanceof Unknown) return config;
  return { type: String(backend), config: isObject(config) ? config : objectOf([]) };
}

/** The backend in the contents of a `generate` block; of blocks with one label the nearest counts. */
function generatedBackend(merged: readonly Configuration[]): BackendConfiguration | Unknown | undefined {
  const seen = new Set<string>();
  for (const one of merged)
    for (const { labels, body } of one.file.text.includes('backend') ? blocksOf(one.file.body, 'generate') : []) {
      const [label = ''] = labels;
      if (seen.has(label)) continue;
      seen.add(label);
      const contents = body.attributes.get('contents');
      const disabled = body.attributes.get('disable');
      if (contents === undefined || (disabled && attempted(one, disabled.value) === true)) continue;
      const text = attempted(one, contents.value);
      // Any other file may be generated, of which nobody knows more than its name.
      if (text instanceof Unknown && !/backend|state/.test(label)) continue;
      const found = text instanceof Unknown ? text : backendIn(String(text));
      if (found) return found;
    }
  return undefined;
}

/** In a generated file are no variables but the module's, of which a backend can't be made. */
const noVariables: Scope = { variable: () => undefined, function: (name) => pureFunctions.get(name) };

function backendIn(text: string): BackendConfiguration | undefined {
  try {
    const block = backendBlock([parseFile('generated.tf', text)]);
    return block && { type: block.labels[0] ?? 'cloud', config: bodyValue(block.body, noVariables) };
  } catch (error) {
    if (error instanceof DiscoveryError) return undefined;
    throw error;
  }
}

/** The module that a unit runs, with the unit's inputs as its variables. */
export function runningModule(
  { variable }: Session,
  path: string,
  module: Module,
  { merged, hasSource }: TerragruntUnit,
): Running {
  let inputs: Value | undefined;
  let scope: ModuleScope | undefined;
  const input = (name: string): Value | undefined => {
    inputs ??= inputsOf(merged);
    return inputs instanceof Unknown ? inputs : isObject(inputs) ? inputs[name] : undefined;
  };
  return {
    module,
    get scope() {
      scope ??= module.runWith((name) => input(name) ?? variable(`TF_VAR_${name}`));
      return scope;
    },
    // What has a source runs in a copy of it.
    directory: hasSource ? undefined : path,
    unit: path,
    get backendArguments() {
      return merged.flatMap(argumentsOfInit);
    },
  };
}

/** Terragrunt hands them to the module by its environment. A nearer one counts, and what can't be known hides all. */
function inputsOf(merged: readonly Configuration[]): Value {
  const all = objectOf([]);
  for (const one of merged.toReversed()) {
    const attribute = one.file.body.attributes.get('inputs');
    const value = attribute && attempted(one, attribute.value);
    if (value instanceof Unknown) return value;
    if (isObject(value)) Object.assign(all, value);
  }
  return all;
}

/** What `extra_arguments` give to `init`, as far as it concerns the backend. */
function argumentsOfInit(one: Configuration): (string | Unknown)[] {
  if (!one.file.text.includes('backend-config')) return [];
  return blocksOf(one.file.body, 'terraform').flatMap(({ body }) =>
    blocksOf(body, 'extra_arguments').flatMap((block) => {
      const listed = block.body.attributes.get('arguments');
      const value = listed && attempted(one, listed.value);
      if (value instanceof Unknown) return [value];
      return Array.isArray(value) ? optionValues('backend-config', value.map(asArgument)) : [];
    }),
  );
}
