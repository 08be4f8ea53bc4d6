/** Terragrunt's own functions. What would run a program or ask a cloud is unknown. */
import { posix } from 'node:path';
import { globPattern } from '../glob.ts';
import { spend } from '../hcl/budget.ts';
import { evaluate, type HclFunction } from '../hcl/evaluate.ts';
import { parseFile } from '../hcl/parse.ts';
import { readingFunctions } from '../hcl/syntax.ts';
import { asString, EvaluationError, objectOf, settled, Unknown, unknownIn, type Value } from '../hcl/values.ts';
import { mayRead } from '../reads.ts';
import { absolutePath, directoryOf, fileIn, repositoryPath } from '../repository-path.ts';
import { isWithin } from '../resolve-links.ts';
import { resolveInside } from '../source/source-tree.ts';
import { type Configuration, readConfiguration } from './configuration.ts';

/** Answers that only a run, or the place where it runs, can give. */
const notKnown: Record<string, string> = {
  run_cmd: 'run_cmd is not run while the graph is made',
  get_aws_account_alias: 'the AWS account is known only where the unit runs',
  get_aws_account_id: 'the AWS account is known only where the unit runs',
  get_aws_caller_identity_arn: 'the AWS identity is known only where the unit runs',
  get_aws_caller_identity_user_id: 'the AWS identity is known only where the unit runs',
  get_terraform_command: 'the command is known only when the unit runs',
  get_terraform_cli_args: 'the arguments are known only when the unit runs',
  get_terragrunt_source_cli_flag: 'the source flag is known only when the unit runs',
  get_working_dir: 'the working directory is made only when the unit runs',
};

const commandLists: Record<string, string[]> = {
  get_terraform_commands_that_need_vars: ['apply', 'console', 'destroy', 'import', 'plan', 'push', 'refresh'],
  get_terraform_commands_that_need_locking: ['apply', 'destroy', 'import', 'plan', 'refresh', 'taint', 'untaint'],
  get_terraform_commands_that_need_input: ['apply', 'import', 'init', 'plan', 'refresh'],
  get_terraform_commands_that_need_parallelism: ['apply', 'plan', 'destroy'],
};

type PlacedFunction = (own: Configuration, ...args: Value[]) => Value;

/** Undefined when Terragrunt has no function of that name beside Terraform's. */
export function terragruntFunction(own: Configuration, name: string): HclFunction | undefined {
  const apply = functions.get(name);
  if (apply === undefined) return undefined;
  // A default may be unknown and still not be used.
  const first = name === 'read_terragrunt_config' || name === 'find_in_parent_folders';
  return (args) => {
    const unknown = first ? unknownIn(args[0] ?? null) : args.map(unknownIn).find(Boolean);
    if (unknown === undefined) return apply(own, ...args);
    if (readingFunctions.has(name))
      mayRead({ tree: own.session.tree, directory: directoryOfConfiguration(own), reads: own.reads }, unknown, true);
    return unknown;
  };
}

const directoryOfConfiguration = (own: Configuration) => directoryOf(own.place.config);
/** A submodule is a repository of its own. */
const repositoryOf = (own: Configuration) =>
  [...own.session.tree.submodules].findLast((path) => isWithin(directoryOfConfiguration(own), path)) ?? '.';
const absolute = (own: Configuration, path: string) => absolutePath(own.session.tree, path);
/** Relative to the directory of the configuration. */
const inside = (own: Configuration, path: Value) =>
  repositoryPath(own.session.tree, directoryOfConfiguration(own), asString(path));

const functions = new Map<string, PlacedFunction>(
  Object.entries({
    find_in_parent_folders: (own, ...args) => findInParentFolders(own, args),
    path_relative_to_include: (own, label) => {
      const included = own.place.includedAs ?? selectedInclude(own, label);
      return included === undefined ? '.' : relativePath(directoryOf(included), directoryOfConfiguration(own));
    },
    path_relative_from_include: (own, label) => {
      const included = own.place.includedAs ?? selectedInclude(own, label);
      return included === undefined ? '.' : relativePath(directoryOfConfiguration(own), directoryOf(included));
    },
    get_parent_terragrunt_dir: (own, label) => {
      const included = own.place.includedAs ?? selectedInclude(own, label);
      return absolute(own, included === undefined ? directoryOfConfiguration(own) : directoryOf(included));
    },
    get_terragrunt_dir: (own) => absolute(own, directoryOfConfiguration(own)),
    get_original_terragrunt_dir: (own) => {
      own.usesOriginal.value = true;
      return absolute(own, directoryOf(own.place.original));
    },
    get_repo_root: (own) => absolutePath(own.session.tree, repositoryOf(own)),
    get_path_from_repo_root: (own) => relativePath(repositoryOf(own), directoryOfConfiguration(own)),
    get_path_to_repo_root: (own) => relativePath(directoryOfConfiguration(own), repositoryOf(own)),
    get_platform: () => process.platform,
    get_env: (own, name = '', fallback) => {
      const value = own.session.variable(asString(name)) ?? fallback;
      if (value === undefined) throw new EvaluationError(`the environment variable ${asString(name)} is not set`);
      return value;
    },
    read_terragrunt_config: (own, path = '', fallback) => {
      const target = inside(own, path);
      if (target === undefined) {
        if (fallback !== undefined) return fallback;
        return new Unknown(`${asString(path)} lies outside of the repository`);
      }
      const file = own.session.tree.hasDirectory(target) ? configurationIn(own, target) : target;
      if (own.session.tree.has(file)) return readConfiguration(own, file);
      if (fallback !== undefined) return fallback;
      throw new EvaluationError(`there is no file ${file}`);
    },
    read_tfvars_file: (own, path = '') => {
      const target = inside(own, path);
      const text = target === undefined ? undefined : own.session.tree.read(target);
      if (target === undefined || text === undefined) throw new EvaluationError(`there is no file ${asString(path)}`);
      own.reads.add(target);
      spend(text.length);
      return tfvarsAsJson(target, text, own);
    },
    sops_decrypt_file: (own, path = '') => {
      const target = inside(own, path);
      if (target !== undefined && own.session.tree.has(target)) own.reads.add(target);
      return new Unknown('sops_decrypt_file needs a key');
    },
    mark_as_read: (own, path = '') => {
      const target = inside(own, path);
      if (target !== undefined && own.session.tree.has(target)) own.reads.add(target);
      return path;
    },
    mark_glob_as_read: (own, glob = '') => {
      const target = inside(own, glob);
      const pattern = target === undefined ? undefined : globPattern(target);
      const matches = pattern ? own.session.tree.files.filter((file) => pattern.test(file)) : [];
      for (const file of matches) own.reads.add(file);
      return matches.map((file) => absolute(own, file));
    },
    get_default_retryable_errors: () => new Unknown('the list belongs to the Terragrunt that runs'),
    ...Object.fromEntries(Object.entries(notKnown).map(([name, reason]) => [name, () => new Unknown(reason)])),
    ...Object.fromEntries(Object.entries(commandLists).map(([name, list]) => [name, () => list])),
  } satisfies Record<string, PlacedFunction>),
);

/** From the parent of the unit's directory upwards, to the root of the repository. */
function findInParentFolders(own: Configuration, [name, fallback]: Value[]): Value {
  const { session, place } = own;
  const wanted = name === undefined || name === null ? '' : asString(name);
  for (let directory = directoryOf(place.config); directory !== '.'; ) {
    directory = directoryOf(directory);
    // "name/" is the directory, too.
    const candidate = wanted === '' ? configurationIn(own, directory) : resolveInside(`${directory}/${wanted}`);
    if (candidate !== undefined && (session.tree.has(candidate) || session.tree.hasDirectory(candidate)))
      return absolutePath(session.tree, candidate);
  }
  if (fallback !== undefined) return fallback;
  throw new EvaluationError(`no parent directory of ${directoryOf(place.config)} holds ${wanted || 'terragrunt.hcl'}`);
}

function configurationIn(own: Configuration, directory: string): string {
  const native = fileIn(directory, 'terragrunt.hcl');
  const json = `${native}.json`;
  return !own.session.tree.has(native) && own.session.tree.has(json) ? json : native;
}

/** The include that a label names; the only one needs no label. Undefined without includes. */
function selectedInclude(own: Configuration, label: Value | undefined): string | undefined {
  const [only, ...others] = own.includes;
  if (only === undefined || others.length === 0) return only?.path;
  if (label === undefined) throw new EvaluationError('there are several includes; name one by its label');
  const found = own.includes.find((include) => include.label === label);
  if (found === undefined) throw new EvaluationError(`there is no include "${asString(label)}"`);
  return found.path;
}

function relativePath(from: string, to: string): string {
  if (from === '.') return to;
  return to.startsWith(`${from}/`) ? to.slice(from.length + 1) : posix.relative(`/${from}`, `/${to}`) || '.';
}

function tfvarsAsJson(path: string, text: string, own: Configuration): Value {
  const { attributes } = parseFile(path, text).body;
  const values = objectOf(
    [...attributes.values()].map(({ name, value }) => [name, settled(evaluate(value, own.scope))] as const),
  );
  return unknownIn(values) ?? JSON.stringify(values);
}
