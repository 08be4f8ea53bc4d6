/** A Terragrunt unit: its dependencies, the module it runs, and every file it reads. */
import { posix } from 'node:path';
import { evaluate } from '../hcl/evaluate.ts';
import { blocksOf, errorAt } from '../hcl/file.ts';
import type { Block } from '../hcl/syntax.ts';
import { asString, EvaluationError, settled, Unknown, type Value } from '../hcl/values.ts';
import { type Reads, repositoryPath } from '../reads.ts';
import type { Session } from '../session.ts';
import { type Configuration, configuration, evaluateReads, includedConfiguration } from './configuration.ts';
import { dependenciesOf, type Link } from './dependencies.ts';

export interface TerragruntUnit {
  links: Link[];
  reads: Reads;
  /** Directory of the local module that the unit runs; undefined for a remote one, and for one that can't be known. */
  module: string | undefined;
  /** True when the configuration names a module at all. */
  hasSource: boolean;
}

/** @throws DiscoveryError */
export function terragruntUnit(session: Session, path: string): TerragruntUnit {
  const reads: Reads = new Set();
  const own = configuration(
    session,
    path,
    { config: path, original: path, includedAs: undefined, reading: [path] },
    reads,
  );
  const links = dependenciesOf(own);
  const all = [own, ...own.includes.map((include) => includedConfiguration(own, include))];
  for (const one of all) {
    evaluateReads(one);
    addVariableFiles(one, reads);
  }
  const source = sourceOf(own);
  return {
    links,
    reads,
    module: source === undefined ? undefined : localModule(own, source),
    hasSource: source !== undefined,
  };
}

/** The merged `terraform.source`: the unit's own, else that of the last include that has one. */
function sourceOf(own: Configuration): Value | undefined {
  const merged = own.includes.filter((include) => include.strategy !== 'no_merge').toReversed();
  for (const one of [own, ...merged.map((include) => includedConfiguration(own, include))]) {
    const source = blocksOf(one.file.body, 'terraform')[0]?.body.attributes.get('source');
    if (source === undefined) continue;
    try {
      return settled(evaluate(source.value, one.scope));
    } catch (error) {
      if (error instanceof EvaluationError)
        throw errorAt(one.file, source.at, `the source of the module has no value: ${error.message}.`);
      throw error;
    }
  }
  return undefined;
}

/** `../modules//vpc?ref=…` is the directory `../modules/vpc`; anything with a scheme or a host lies elsewhere. */
function localModule(own: Configuration, source: Value): string | undefined {
  if (source === null || source instanceof Unknown) return undefined;
  const text = asString(source)
    .replace(/\?.*$/, '')
    .replace(/^file:\/\//, '');
  if (!/^(\.{1,2}(\/|$)|\/)/.test(text)) return undefined;
  return repositoryPath(own.session.tree, posix.dirname(own.place.config), text.replace('//', '/'));
}

/** Files of variables that `extra_arguments` hands to Terraform. */
function addVariableFiles(one: Configuration, reads: Reads): void {
  const { tree } = one.session;
  const directory = posix.dirname(one.place.config);
  const add = (value: Value) => {
    if (typeof value !== 'string') return;
    const path = repositoryPath(tree, directory, value.replace(/^-var-file=/, ''));
    if (path !== undefined && tree.has(path)) reads.add(path);
  };
  for (const terraform of blocksOf(one.file.body, 'terraform'))
    for (const block of terraform.body.blocks)
      if (block.type === 'extra_arguments') for (const value of listedIn(one, block)) add(value);
}

function listedIn(one: Configuration, block: Block): Value[] {
  return ['required_var_files', 'optional_var_files', 'arguments'].flatMap((name): Value[] => {
    const attribute = block.body.attributes.get(name);
    if (attribute === undefined) return [];
    try {
      const value = settled(evaluate(attribute.value, one.scope));
      return Array.isArray(value) ? value.map(settled) : [];
    } catch (error) {
      if (error instanceof EvaluationError) return [];
      throw error;
    }
  });
}
