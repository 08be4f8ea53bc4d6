/** A Terragrunt unit: its dependencies, the module it runs, and every file it reads. */
import type { DiscoveryError } from '../../errors.ts';
import { type Doubt, placed } from '../doubts.ts';
import { valueOrUnknown } from '../hcl/body-value.ts';
import { blocksOf } from '../hcl/file.ts';
import { bodyNeeds } from '../hcl/references.ts';
import type { Expression } from '../hcl/syntax.ts';
import { settled, Unknown, type Value } from '../hcl/values.ts';
import { knownPart, mayRead, Reads } from '../reads.ts';
import { directoryOf, fileIn, repositoryPath } from '../repository-path.ts';
import type { Session } from '../session.ts';
import { autoincludeFile } from '../stacks/autoinclude.ts';
import { originsOf } from '../stacks/source.ts';
import { valuesFile } from '../stacks/values-file.ts';
import { asArgument, optionValues } from '../terraform/arguments.ts';
import { mayBeLocal } from '../terraform/module.ts';
import { type Configuration, configuration, evaluateReads, includedConfiguration } from './configuration.ts';
import { dependenciesOf, type WrittenLink } from './dependencies.ts';

export interface TerragruntUnit {
  links: WrittenLink[];
  reads: Reads;
  /** Directory of the local module that the unit runs; undefined for a remote one, and for one that can't be known. */
  module: string | undefined;
  /** True when the configuration names a module at all. */
  hasSource: boolean;
  /** True when the unit says that it is not to be planned. */
  excluded: boolean;
  /** True when it is only the pattern for units that a stack generates: it needs `values` and has none. */
  pattern: boolean;
  /** What can't be understood in it; `links` are the others. */
  problems: DiscoveryError[];
  /** What is merged into it, the nearer first: what an earlier one says counts. */
  merged: readonly Configuration[];
  /** What it may read besides. */
  doubts: Doubt[];
}

/** @throws DiscoveryError when the file is not there or does not parse */
export function terragruntUnit(session: Session, path: string): TerragruntUnit {
  const reads = new Reads();
  const place = { config: path, original: path, includedAs: undefined, reading: [path] };
  const problems: DiscoveryError[] = [];
  const own = configuration(session, path, place, reads, problems);
  const over = autoincludeOver(own);
  const links = dependenciesOf(own, over);
  const all = [...(over ? [over] : []), own, ...own.includes.map((include) => includedConfiguration(own, include))];
  const doubts = all.flatMap((one) => [...evaluateReads(one), ...addVariableFiles(one, reads)]);
  const merged = [...(over ? [over] : []), ...mergedConfigurations(own)];
  const source = sourceOf(own, merged);
  const module = source === undefined ? undefined : localModule(own, source);
  if (module === undefined && source?.value instanceof Unknown)
    doubts.push(...doubtOfSource(session, source, source.value));
  const pattern = isPattern(own);
  return {
    links,
    reads,
    module,
    hasSource: source !== undefined,
    excluded: isExcluded(own),
    pattern,
    problems,
    merged,
    doubts,
  };
}

/** What a stack's `autoinclude` block, or the file that Terragrunt makes of it, lays over the unit. */
function autoincludeOver({ session, place, reads, problems }: Configuration): Configuration | undefined {
  const directory = directoryOf(place.config);
  const path = fileIn(directory, autoincludeFile);
  if (!session.tree.has(path)) return undefined;
  return session.tree.stacks?.autoincludes.get(directory) ?? configuration(session, path, place, reads, problems);
}

function isPattern({ session, file }: Configuration): boolean {
  const { stacks } = session.tree;
  const directory = directoryOf(file.path);
  // One that a stack generates has what the stack gives to it; only a copy from which units are made again is a pattern.
  if (stacks?.files.has(file.path) && !stacks.sources.has(directory)) return false;
  if (!file.text.includes('values')) return false;
  return bodyNeeds(file.body, 'values') && !session.tree.has(fileIn(directory, valuesFile));
}

const excludingActions = new Set(['all', 'all_except_output', 'plan', 'apply']);

/**
 * `exclude { if = true, actions = ["plan"] }`, perhaps inherited; or the older `skip = true`, which concerns only the file that it
 * stands in. When it can't be known, it isn't excluded.
 */
function isExcluded(own: Configuration): boolean {
  const skip = own.file.body.attributes.get('skip');
  if (skip && isTrue(attempted(own, skip.value))) return true;
  for (const one of mergedConfigurations(own)) {
    const exclude = blocksOf(one.file.body, 'exclude')[0]?.body.attributes;
    const condition = exclude?.get('if');
    if (condition === undefined) continue;
    const actions = exclude?.get('actions');
    const listed = actions && attempted(one, actions.value);
    const counts = Array.isArray(listed) && listed.some((action) => excludingActions.has(String(action)));
    return isTrue(attempted(one, condition.value)) && counts;
  }
  return false;
}

function isTrue(value: Value): boolean {
  return value === true || value === 'true';
}

/** The unit's own configuration and what is merged into it: the nearer it is, the more it counts. */
function mergedConfigurations(own: Configuration): Configuration[] {
  const merged = own.includes.filter((include) => include.strategy !== 'no_merge').toReversed();
  return [own, ...merged.map((include) => includedConfiguration(own, include))];
}

/** The merged `terraform.source`: the autoinclude's, the unit's own, else that of the last include that has one. */
function sourceOf(own: Configuration, merged: readonly Configuration[]): ModuleSource | undefined {
  for (const one of merged) {
    const attributes = blocksOf(one.file.body, 'terraform')[0]?.body.attributes;
    const source = attributes?.get('source');
    if (source === undefined) continue;
    const rewritten = attributes?.get('update_source_with_cas');
    const [origin = ''] = originsOf(own.session.tree, own.place.config);
    const file = rewritten && attempted(one, rewritten.value) === true ? origin : own.place.config;
    return { value: attempted(one, source.value), directory: directoryOf(file), within: one, at: source.value.at };
  }
  return undefined;
}

interface ModuleSource {
  value: Value;
  /** Where a relative one starts. */
  directory: string;
  /** Where it stands. */
  within: Configuration;
  at: number;
}

/** None of one that surely lies elsewhere. */
function doubtOfSource({ tree }: Session, source: ModuleSource, { reason, beginning }: Unknown): Doubt[] {
  const path = asPath(beginning);
  if (!mayBeLocal(path)) return [];
  const below = knownPart(tree, source.directory, path);
  if (below === undefined) return [];
  return [placed({ reason, below, askable: true }, source.within.file, source.at, 'which module this runs')];
}

/** `../modules//vpc?ref=…` is the directory `../modules/vpc`; anything with a scheme or a host lies elsewhere. */
function localModule(own: Configuration, { value, directory }: ModuleSource): string | undefined {
  // Of a path with an unknown version all is known that counts.
  const said = value instanceof Unknown && value.beginning.includes('?') ? value.beginning : value;
  if (typeof said !== 'string') return undefined;
  const text = asPath(said);
  if (!/^(\.{1,2}(\/|$)|\/)/.test(text)) return undefined;
  const { tree } = own.session;
  const target = repositoryPath(tree, directory, text);
  return target === undefined ? undefined : tree.real(target);
}

function asPath(source: string): string {
  return source
    .replace(/\?.*$/, '')
    .replace(/^file:\/\//, '')
    .replace('//', '/');
}

export function attempted(one: Configuration, expression: Expression): Value {
  return valueOrUnknown(expression, one.scope);
}

/** Files of variables that `extra_arguments` hands to Terraform. */
function addVariableFiles(one: Configuration, reads: Reads): Doubt[] {
  const { tree } = one.session;
  const place = { tree, directory: directoryOf(one.place.config), reads };
  const add = (value: Value) => {
    if (value instanceof Unknown) mayRead(place, value);
    if (typeof value !== 'string') return;
    const path = repositoryPath(tree, place.directory, value);
    if (path !== undefined && tree.has(path)) reads.add(path);
  };
  return blocksOf(one.file.body, 'terraform')
    .flatMap(({ body }) => blocksOf(body, 'extra_arguments'))
    .flatMap(({ body }) =>
      ['required_var_files', 'optional_var_files', 'arguments'].flatMap((name) => {
        const attribute = body.attributes.get(name);
        if (attribute === undefined) return [];
        const before = reads.unknown.length;
        for (const file of filesIn(name, attempted(one, attribute.value))) add(file);
        return reads.unknown
          .slice(before)
          .map((path) => placed(path, one.file, attribute.value.at, 'which file of variables this names'));
      }),
    );
}

function filesIn(name: string, value: Value): Value[] {
  if (!Array.isArray(value)) return [value];
  if (name !== 'arguments') return value.map(settled);
  const given = value.map(asArgument);
  return ['var-file', 'backend-config'].flatMap((option) => optionValues(option, given));
}
