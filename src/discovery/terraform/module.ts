/** A directory of Terraform or OpenTofu code: what it calls, where its state is, which states and files it reads. */
import { posix } from 'node:path';
import { DiscoveryError } from '../../errors.ts';
import { fileFunction } from '../file-functions.ts';
import { valueOrUnknown } from '../hcl/body-value.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import type { HclFile } from '../hcl/file.ts';
import { blocksOf } from '../hcl/file.ts';
import type { Attribute, Block, Expression } from '../hcl/syntax.ts';
import { LazyObject, Made, objectOf, Unknown, type Value } from '../hcl/values.ts';
import { type ReadingPlace, Reads } from '../reads.ts';
import { absolutePath, repositoryPath } from '../repository-path.ts';
import { counted, filesOfDirectory, type Session } from '../session.ts';
import type { SourceTree } from '../source/source-tree.ts';
import { noteReads, type ReadingAttribute, readingAttributes } from './reading-attributes.ts';

export interface Module {
  directory: string;
  /** The local modules that it calls, whatever its variables are. */
  calls: Call[];
  /** Calls of modules that are chosen by its variables, or by what can't be known. */
  openCalls: OpenCall[];
  /** Which ones its variables choose when it is a root module. */
  chosenAsRoot: readonly Call[];
  /** Its own files and those that it reads, whatever its variables are; not those of the modules that it calls. */
  reads: ReadonlySet<string>;
  /** The same as a unit that runs it lists it. */
  files: { directory: string; reads: readonly string[] };
  /** What may read other files besides. */
  openReads: ReadingAttribute[];
  /** A `backend` or `cloud` block. */
  backend: { type: string; block: Block } | undefined;
  hasProvider: boolean;
  opentofu: boolean;
  remoteStates: { file: HclFile; block: Block }[];
  /** Why the first of the files that do not parse doesn't. */
  problem: DiscoveryError | undefined;
  /** The same of the files that give a root module's variables: undefined, too, as long as none of these is asked for. */
  readonly variablesProblem: DiscoveryError | undefined;
  /** As a root module, with the variables that `*.tfvars` and the environment give. */
  scope: ModuleScope;
  /** The same with variables that are given by whoever runs it, as if by the environment. */
  runWith(given: Given): ModuleScope;
  /** As a module that another one calls with these arguments. @param root directory of the module that is run */
  calledWith(argument: Given, root: string): ModuleScope;
}

/** The value of a variable. */
type Given = (name: string) => Value | undefined;

/** Where a module's expressions are evaluated, and where it is noted what they read. */
export interface ModuleScope extends Scope {
  place: ReadingPlace;
}

export interface OpenCall {
  file: HclFile;
  block: Block;
  source: Expression;
}

export interface Call {
  directory: string;
  file: HclFile;
  block: Block;
}

const codeFile = /\.(tf|tofu)(\.json)?$/;

/** Undefined when the directory holds no code. */
export function readModule(session: Session, directory: string): Module | undefined {
  const { modules, recorder } = session;
  const before = modules.get(directory);
  if (before) {
    recorder.add(before.trace);
    return before.module;
  }
  const { value: module, trace } = recorder.during(() => counted(session, () => parseModule(session, directory)));
  modules.set(directory, { module, trace });
  return module;
}

/** The calls of which the module's values say which module they mean. */
export function chosenCalls(
  tree: SourceTree,
  { directory, openCalls }: Pick<Module, 'directory' | 'openCalls'>,
  scope: Scope,
): Call[] {
  return openCalls.flatMap(({ file, block, source }) => {
    const value = valueOrUnknown(source, scope);
    const called = typeof value === 'string' ? calledDirectory(tree, directory, value) : undefined;
    return called === undefined ? [] : [{ directory: called, file, block }];
  });
}

/** The module and all local modules that it calls, recursively. */
export function moduleClosure(session: Session, directory: string): Module[] {
  const found = new Map<string, Module>();
  const open = [directory];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const module = found.has(next) ? undefined : readModule(session, next);
    if (module === undefined) continue;
    found.set(next, module);
    open.push(...module.calls.map((call) => call.directory));
  }
  return [...found.values()];
}

function parseModule(session: Session, directory: string): Module | undefined {
  const own = filesOfDirectory(session, directory);
  const code = own.filter((path) => posix.dirname(path) === directory && codeFile.test(path));
  if (code.length === 0) return undefined;
  const { files, problem } = parseCode(session, code);
  const calledWith = (given: Given, root: string) => moduleScope(session, directory, files, given, root);
  const variables = variableFiles(session, directory);
  const runWith = (given: Given): ModuleScope => {
    const scope: ModuleScope = moduleScope(
      session,
      directory,
      files,
      (name) => {
        const attribute = variables.find(name);
        if (attribute) return evaluate(attribute.value, scope);
        return variables.problem ? new Unknown(`a file that may give ${name} does not parse`) : given(name);
      },
      directory,
    );
    return scope;
  };
  const scope = runWith((name) => session.variable(`TF_VAR_${name}`));
  const whoeverRunsIt = moduleScope(session, directory, files, (name) => new Unknown(`${name} is a variable`));
  const { reads } = whoeverRunsIt.place;
  const openReads = readingAttributes(files).filter((one) => {
    const before = reads.unknown.length;
    return !noteReads(one, whoeverRunsIt, whoeverRunsIt.place) || reads.unknown.length > before;
  });
  for (const path of own) reads.add(path);
  const backend = backendBlock(files);
  const calls: Call[] = [];
  const openCalls: OpenCall[] = [];
  for (const file of files)
    for (const block of blocksOf(file.body, 'module')) {
      const source = block.body.attributes.get('source')?.value;
      if (source === undefined) continue;
      const value = valueOrUnknown(source, whoeverRunsIt);
      const called = typeof value === 'string' ? calledDirectory(session.tree, directory, value) : undefined;
      if (called !== undefined) calls.push({ directory: called, file, block });
      else if (value instanceof Unknown && mayBeLocal(value.beginning)) openCalls.push({ file, block, source });
    }
  return {
    directory,
    calls,
    openCalls,
    chosenAsRoot: chosenCalls(session.tree, { directory, openCalls }, scope),
    reads,
    files: { directory, reads: [...reads] },
    openReads,
    backend: backend && { type: backend.labels[0] ?? 'cloud', block: backend },
    hasProvider: files.some((file) => file.body.blocks.some(({ type }) => type === 'provider')),
    opentofu: code.some((path) => /\.tofu(\.json)?$/.test(path)),
    remoteStates: files.flatMap((file) =>
      blocksOf(file.body, 'data')
        .filter(({ labels }) => labels[0] === 'terraform_remote_state')
        .map((block) => ({ file, block })),
    ),
    problem,
    get variablesProblem() {
      return variables.problem;
    },
    scope,
    runWith,
    calledWith,
  };
}

/** An override file's block takes the place of any other; of several, the last. */
export function backendBlock(files: readonly HclFile[]): Block | undefined {
  const isOverride = ({ path }: HclFile) => /(^|\/|_)override\.(tf|tofu)(\.json)?$/.test(path);
  return [...files.filter(isOverride).reverse(), ...files.filter((file) => !isOverride(file))]
    .flatMap((file) => blocksOf(file.body, 'terraform').flatMap(({ body }) => body.blocks))
    .find(({ type }) => type === 'backend' || type === 'cloud');
}

function parseCode(session: Session, code: string[]): { files: HclFile[]; problem: DiscoveryError | undefined } {
  const files: HclFile[] = [];
  let problem: DiscoveryError | undefined;
  for (const path of code) {
    try {
      const file = session.files.parse(path);
      if (file) files.push(file);
    } catch (error) {
      if (!(error instanceof DiscoveryError)) throw error;
      problem ??= error;
    }
  }
  return { files, problem };
}

/** The directory of a local module by its source; undefined for one that lies elsewhere. */
export function calledDirectory(tree: SourceTree, directory: string, source: string): string | undefined {
  if (!/^\.{1,2}(\/|$)/.test(source)) return undefined;
  const target = repositoryPath(tree, directory, source.replace('//', '/'));
  return target === undefined ? undefined : (tree.real(target) ?? target);
}

/** Whether a source that begins so may lie in the repository. */
export function mayBeLocal(beginning: string): boolean {
  return /^(\.{0,2}$|\.{1,2}\/|\/)/.test(beginning);
}

/**
 * Everything but variables, locals and paths is known only to Terraform.
 * @param root the directory that Terraform runs in, where relative paths start; undefined when it may be any: then they are taken to start here
 */
function moduleScope(session: Session, directory: string, files: HclFile[], given: Given, root?: string): ModuleScope {
  const { tree } = session;
  const place = { tree, directory: root ?? directory, reads: new Reads() };
  const isMade = (name: string) =>
    name === 'data' ||
    name === 'module' ||
    files.some(({ body }) => body.blocks.some(({ type, labels }) => type === 'resource' && labels[0] === name));
  const scope: ModuleScope = {
    place,
    variable: (name) =>
      variables.get(name) ?? new (isMade(name) ? Made : Unknown)(`${name} is known only to Terraform`),
    function: (name) => fileFunction(place, name),
  };
  const unknownOf = (what: string) => new Unknown(`${what} is known only where Terraform runs`);
  const variables = new Map<string, Value>([
    ['local', lazily(attributesOf(files, 'locals'), scope)],
    ['var', inputVariables(files, scope, given)],
    [
      'path',
      objectOf([
        ['module', posix.relative(`/${place.directory}`, `/${directory}`) || '.'],
        ['root', root === undefined ? unknownOf('path.root') : '.'],
        ['cwd', root === undefined ? unknownOf('path.cwd') : absolutePath(tree, root)],
      ]),
    ],
    ['terraform', objectOf([['workspace', unknownOf('the workspace')]])],
  ]);
  return scope;
}

function attributesOf(files: HclFile[], type: string): Map<string, Attribute> {
  return new Map(files.flatMap((file) => blocksOf(file.body, type).flatMap(({ body }) => [...body.attributes])));
}

function lazily(attributes: Map<string, Attribute>, scope: Scope): LazyObject {
  return new LazyObject(
    () => attributes.keys(),
    (name) => {
      const attribute = attributes.get(name);
      return attribute && evaluate(attribute.value, scope);
    },
  );
}

/** What is given, else the default. */
function inputVariables(files: HclFile[], scope: Scope, given: Given): LazyObject {
  const declared = new Map(
    files.flatMap((file) => blocksOf(file.body, 'variable').map((block) => [block.labels[0] ?? '', block])),
  );
  return new LazyObject(
    () => declared.keys(),
    (name) => {
      const value = declared.get(name)?.body.attributes.get('default');
      return given(name) ?? (value ? evaluate(value.value, scope) : new Unknown(`the variable ${name} has no default`));
    },
  );
}

interface VariableFiles {
  find(name: string): Attribute | undefined;
  /** Why the first of the files that do not parse doesn't; they are read when a variable is asked for. */
  readonly problem: DiscoveryError | undefined;
}

/** Variables from `terraform.tfvars` and `*.auto.tfvars`; a later file overrules an earlier one. */
function variableFiles(session: Session, directory: string): VariableFiles {
  let problem: DiscoveryError | undefined;
  const attributesOf = (path: string) => {
    try {
      return [...(session.files.parse(path)?.body.attributes ?? [])];
    } catch (error) {
      if (!(error instanceof DiscoveryError)) throw error;
      problem ??= error;
      return [];
    }
  };
  const read = () => {
    const inDirectory = session.tree.below(directory).filter((path) => posix.dirname(path) === directory);
    const automatic = inDirectory.filter((path) => /\.auto\.tfvars(\.json)?$/.test(path));
    const first = ['terraform.tfvars', 'terraform.tfvars.json'].map((name) => posix.join(directory, name));
    return new Map([...first, ...automatic].flatMap(attributesOf));
  };
  let given: Map<string, Attribute> | undefined;
  return {
    find(name) {
      given ??= read();
      return given.get(name);
    },
    get problem() {
      return problem;
    },
  };
}
