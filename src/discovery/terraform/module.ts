/** A directory of Terraform or OpenTofu code: what it calls, where its state is, which states and files it reads. */
import { posix } from 'node:path';
import { DiscoveryError } from '../../errors.ts';
import { fileFunction, type Reads } from '../file-functions.ts';
import { withBudget } from '../hcl/budget.ts';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import type { HclFile } from '../hcl/file.ts';
import { blocksOf } from '../hcl/file.ts';
import type { Attribute, Block, Body } from '../hcl/syntax.ts';
import { EvaluationError, LazyObject, objectOf, settled, Unknown, type Value } from '../hcl/values.ts';
import { repositoryPath } from '../repository-path.ts';
import { filesOfDirectory, type Session } from '../session.ts';

export interface Module {
  directory: string;
  /** The local modules that it calls. */
  calls: Call[];
  /** Its own files and those that its expressions read; not those of the modules that it calls. */
  reads: Reads;
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
  scope: Scope;
  /** The same with variables that are given by whoever runs it, as if by the environment. */
  runWith(given: (name: string) => Value | undefined): Scope;
  /** As a module that another one calls with these arguments. */
  calledWith(argument: (name: string) => Value | undefined): Scope;
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
  const { value: module, trace } = recorder.during(() => withBudget(() => parseModule(session, directory)));
  modules.set(directory, { module, trace });
  return module;
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
  const reads: Reads = new Set(own);
  const scopeWith = (given: (name: string) => Value | undefined) =>
    moduleScope(session, directory, files, reads, given);
  const variables = variableFiles(session, directory);
  const runWith = (given: (name: string) => Value | undefined): Scope => {
    const scope: Scope = scopeWith((name) => {
      const attribute = variables.find(name);
      if (attribute) return evaluate(attribute.value, scope);
      return variables.problem ? new Unknown(`a file that may give ${name} does not parse`) : given(name);
    });
    return scope;
  };
  const scope = runWith((name) => session.variable(`TF_VAR_${name}`));
  const backend = backendBlock(files);
  for (const file of files) evaluateFileReads(file.body, scope);
  return {
    directory,
    calls: files.flatMap((file) => localCalls(session, directory, file)),
    reads,
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
    calledWith: scopeWith,
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

function localCalls(session: Session, directory: string, file: HclFile): Call[] {
  return blocksOf(file.body, 'module').flatMap((block) => {
    const source = block.body.attributes.get('source')?.value;
    if (source?.kind !== 'literal' || typeof source.value !== 'string' || !/^\.{1,2}(\/|$)/.test(source.value))
      return [];
    const target = repositoryPath(session.tree, directory, source.value.replace('//', '/'));
    return target === undefined ? [] : [{ directory: session.tree.real(target) ?? target, file, block }];
  });
}

/** Everything but variables, locals and paths is known only to Terraform. */
function moduleScope(
  session: Session,
  directory: string,
  files: HclFile[],
  reads: Reads,
  given: (name: string) => Value | undefined,
): Scope {
  const place = { tree: session.tree, directory, reads };
  const scope: Scope = {
    variable: (name) => variables.get(name) ?? new Unknown(`${name} is known only to Terraform`),
    function: (name) => fileFunction(place, name),
  };
  const unknownOf = (what: string) => new Unknown(`${what} is known only where Terraform runs`);
  const variables = new Map<string, Value>([
    ['local', lazily(attributesOf(files, 'locals'), scope)],
    ['var', inputVariables(files, scope, given)],
    [
      'path',
      objectOf([
        ['module', '.'],
        ['root', unknownOf('path.root')],
        ['cwd', unknownOf('path.cwd')],
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
function inputVariables(files: HclFile[], scope: Scope, given: (name: string) => Value | undefined): LazyObject {
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

function evaluateFileReads(body: Body, scope: Scope): void {
  for (const attribute of body.attributes.values()) {
    if (!attribute.reads) continue;
    try {
      settled(evaluate(attribute.value, scope));
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
    }
  }
  for (const block of body.blocks) evaluateFileReads(block.body, scope);
}
