/** Terragrunt's own functions. What would run a program or ask a cloud is unknown. */
import { posix } from 'node:path';
import { globPattern } from '../glob.ts';
import { evaluate, type HclFunction } from '../hcl/evaluate.ts';
import { parseFile } from '../hcl/parse.ts';
import { asString, EvaluationError, objectOf, settled, Unknown, unknownIn, type Value } from '../hcl/values.ts';
import { absolutePath, repositoryPath } from '../reads.ts';
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
  get_terraform_commands_that_need_locking: [
    'apply',
    'destroy',
    'import',
    'init',
    'plan',
    'refresh',
    'taint',
    'untaint',
  ],
  get_terraform_commands_that_need_input: ['apply', 'import', 'init', 'plan', 'refresh'],
  get_terraform_commands_that_need_parallelism: ['apply', 'plan', 'destroy'],
};

export function terragruntFunctions(own: Configuration): Map<string, HclFunction> {
  const { session, place } = own;
  const { tree } = session;
  const directory = posix.dirname(place.config);
  const absolute = (path: string) => absolutePath(tree, path);
  /** Relative to the directory of the configuration. */
  const inside = (path: Value) => repositoryPath(tree, directory, asString(path));

  const functions: Record<string, (...args: Value[]) => Value> = {
    find_in_parent_folders: (...args) => findInParentFolders(own, args),
    path_relative_to_include: (label) => {
      const included = place.includedAs ?? selectedInclude(own, label);
      return included === undefined ? '.' : relativePath(posix.dirname(included), directory);
    },
    path_relative_from_include: (label) => {
      const included = place.includedAs ?? selectedInclude(own, label);
      return included === undefined ? '.' : relativePath(directory, posix.dirname(included));
    },
    get_parent_terragrunt_dir: (label) => {
      const included = place.includedAs ?? selectedInclude(own, label);
      return absolute(included === undefined ? directory : posix.dirname(included));
    },
    get_terragrunt_dir: () => absolute(directory),
    get_original_terragrunt_dir: () => {
      own.usesOriginal.value = true;
      return absolute(posix.dirname(place.original));
    },
    get_repo_root: () => tree.root,
    get_path_from_repo_root: () => directory,
    get_path_to_repo_root: () => relativePath(directory, '.'),
    get_platform: () => process.platform,
    get_env: (name = '', fallback) => {
      const value = session.environment[asString(name)] ?? fallback;
      if (value === undefined) throw new EvaluationError(`the environment variable ${asString(name)} is not set`);
      return value;
    },
    read_terragrunt_config: (path = '', fallback) => {
      const target = inside(path);
      if (target === undefined) {
        if (fallback !== undefined) return fallback;
        return new Unknown(`${asString(path)} lies outside of the repository`);
      }
      const file = tree.hasDirectory(target) ? configurationIn(own, target) : target;
      if (tree.has(file)) return readConfiguration(own, file);
      if (fallback !== undefined) return fallback;
      throw new EvaluationError(`there is no file ${file}`);
    },
    read_tfvars_file: (path = '') => {
      const target = inside(path);
      const text = target === undefined ? undefined : tree.read(target);
      if (target === undefined || text === undefined) throw new EvaluationError(`there is no file ${asString(path)}`);
      own.reads.add(target);
      return tfvarsAsJson(target, text, own);
    },
    sops_decrypt_file: (path = '') => {
      const target = inside(path);
      if (target !== undefined && tree.has(target)) own.reads.add(target);
      return new Unknown('sops_decrypt_file needs a key');
    },
    mark_as_read: (path = '') => {
      const target = inside(path);
      if (target !== undefined && tree.has(target)) own.reads.add(target);
      return path;
    },
    mark_glob_as_read: (glob = '') => {
      const target = inside(glob);
      const matches = target === undefined ? [] : tree.files.filter((file) => globPattern(target).test(file));
      for (const file of matches) own.reads.add(file);
      return matches.map(absolute);
    },
    get_default_retryable_errors: () => new Unknown('the list belongs to the Terragrunt that runs'),
  };
  const all = new Map<string, HclFunction>();
  for (const [name, apply] of Object.entries(functions)) {
    // A default may be unknown and still not be used.
    const strict = name !== 'read_terragrunt_config' && name !== 'find_in_parent_folders';
    all.set(
      name,
      (args) => (strict ? args.map(unknownIn).find(Boolean) : unknownIn(args[0] ?? null)) ?? apply(...args),
    );
  }
  for (const [name, reason] of Object.entries(notKnown)) all.set(name, () => new Unknown(reason));
  for (const [name, list] of Object.entries(commandLists)) all.set(name, () => list);
  return all;
}

/** From the parent of the unit's directory upwards, to the root of the repository. */
function findInParentFolders(own: Configuration, [name, fallback]: Value[]): Value {
  const { session, place } = own;
  const wanted = name === undefined || name === null ? '' : asString(name);
  for (let directory = posix.dirname(place.config); directory !== '.'; ) {
    directory = posix.dirname(directory);
    const candidate = wanted === '' ? configurationIn(own, directory) : posix.normalize(posix.join(directory, wanted));
    if (session.tree.has(candidate) || session.tree.hasDirectory(candidate))
      return absolutePath(session.tree, candidate);
  }
  if (fallback !== undefined) return fallback;
  throw new EvaluationError(
    `no parent directory of ${posix.dirname(place.config)} holds ${wanted || 'terragrunt.hcl'}`,
  );
}

function configurationIn(own: Configuration, directory: string): string {
  const native = posix.join(directory, 'terragrunt.hcl');
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
  return posix.relative(`/${from}`, `/${to}`) || '.';
}

function tfvarsAsJson(path: string, text: string, own: Configuration): Value {
  const { attributes } = parseFile(path, text).body;
  const values = objectOf(
    [...attributes.values()].map(({ name, value }) => [name, settled(evaluate(value, own.scope))] as const),
  );
  return unknownIn(values) ?? JSON.stringify(values);
}
