/**
 * Where a state is, as text: the backend and what names the state in it, `s3 bucket=states key=net.tfstate`. Two configurations of one state
 * have the same text, however they are written: defaults are left out, slashes are tidied, variables of the environment are looked up, and what
 * only says how to get there (a region, credentials, locks) is no part of it. What names a state and isn't given can't be known.
 *
 * The workspaces of a configuration are not told apart, since it is chosen elsewhere which of them is used. A state that is read by the full
 * name that a workspace's has is found by `statesOfWhichItMayBeAWorkspace`.
 */
import { posix } from 'node:path';
import { isObject, type ObjectValue, Unknown, type Value } from '../hcl/values.ts';
import { repositoryPath } from '../repository-path.ts';
import type { SourceTree } from '../source/source-tree.ts';

/** Where a backend's configuration stands. */
export interface StandsIn {
  tree: SourceTree;
  /** Where the tool runs, in which a local state's path starts; undefined where that is a copy somewhere else. */
  directory: string | undefined;
  variable(name: string): string | undefined;
}

/** One attribute that names a state. */
interface Attribute {
  /** Looked up where the configuration doesn't say. */
  variable?: string;
  /** What a missing one is, or one that says the same: not shown. Without it there is no name. */
  otherwise?: string;
  /** Of several texts that mean the same, one. */
  tidied?: (text: string) => string;
  /** Where it isn't the attribute of this name. */
  given?: (config: ObjectValue) => Value | undefined;
}

interface Backend {
  /** In the order in which they are shown. */
  names: Record<string, Attribute>;
  /** Configurations of which a workspace's state would have these names. */
  ofWorkspaces?: (names: Names) => Names[];
}

type Names = Record<string, string>;

/** A state of which not everything is known that names it. */
export class UnknownState extends Unknown {
  /** What is known, as a state's text, with a question mark for the rest. */
  readonly known: string;

  constructor(reason: string, known: string) {
    super(reason);
    this.known = known;
  }
}

/** Slashes that make no difference. */
const path = (text: string) =>
  // Nearly all are tidy, and there are thousands.
  /^\.?\/|\/\/|\/\.|\/$|^\.$/.test(text)
    ? posix
        .normalize(text)
        .replace(/^(\.?\/)+|\/+$/g, '')
        .replace(/^\.$/, '')
    : text;
/** Addresses may hold a user's name and password, which say nothing of the place and are nobody's business. */
const address = (text: string) => text.replace(/\/\/[^/@]*@/, '//').replace(/\/+$/, '');
/** `postgres://user:password@host/database?sslmode=…`, or `host=… dbname=… user=…`. */
const database = (text: string) =>
  /^\w+:\/\//.test(text)
    ? address(text.replace(/\?.*$/, ''))
    : (text.match(/\b(?:host|hostaddr|port|dbname|service)=(?:'[^']*'|\S+)/g) ?? []).sort().join(' ');

const customEndpoint: Attribute = {
  given: ({ endpoints, endpoint }) => (isObject(endpoints) ? endpoints.s3 : undefined) ?? endpoint,
  otherwise: '',
  tidied: (text) => text.replace(/\/+$/, ''),
};

/** `<prefix>/<workspace>/<key>` is a workspace's state of a configuration with that prefix and that key. */
function belowPrefix(prefixName: string, fallback: string): NonNullable<Backend['ofWorkspaces']> {
  return ({ key = '', [prefixName]: _, ...names }) => {
    const parts = key.split('/');
    const configurations: Names[] = [];
    for (let length = 0; length + 1 < parts.length; length++) {
      const prefix = parts.slice(0, length).join('/');
      const rest = parts.slice(length + 1).join('/');
      configurations.push({ ...names, key: rest, ...(prefix === fallback ? {} : { [prefixName]: prefix }) });
    }
    return configurations;
  };
}

/** `<name><mark><workspace>` is a workspace's state of a configuration with that name. */
function behindMark(name: string, mark: string): NonNullable<Backend['ofWorkspaces']> {
  return (names) => {
    const [own = '', ...rest] = (names[name] ?? '').split(mark);
    return rest.length === 0 ? [] : [{ ...names, [name]: own }];
  };
}

/**
 * Terraform 1.15's and OpenTofu 1.12's backends, as their documentation and sources say. A bucket's name, and a storage account's, is the only one
 * of its kind wherever it lies, but for storage of one's own at another endpoint.
 */
const backends: Record<string, Backend> = {
  azurerm: {
    names: { storage_account_name: {}, container_name: {}, key: {} },
    ofWorkspaces: behindMark('key', 'env:'),
  },
  consul: {
    names: {
      address: { variable: 'CONSUL_HTTP_ADDR', otherwise: '', tidied: (text) => text.replace(/^\w+:\/\//, '') },
      datacenter: { otherwise: '' },
      path: {},
    },
    ofWorkspaces: behindMark('path', '-env:'),
  },
  cos: {
    names: {
      bucket: {},
      prefix: { otherwise: '', tidied: path },
      key: { otherwise: 'terraform.tfstate', tidied: path },
    },
  },
  gcs: { names: { bucket: {}, prefix: { otherwise: '', tidied: path } } },
  http: { names: { address: { variable: 'TF_HTTP_ADDRESS', tidied: address } } },
  kubernetes: {
    names: {
      host: { variable: 'KUBE_HOST', otherwise: '' },
      config_path: { variable: 'KUBE_CONFIG_PATH', otherwise: '' },
      config_context: { variable: 'KUBE_CTX', otherwise: '' },
      namespace: { variable: 'KUBE_NAMESPACE', otherwise: 'default' },
      secret_suffix: {},
    },
  },
  oci: {
    names: {
      namespace: {},
      bucket: {},
      key: { otherwise: 'terraform.tfstate', tidied: path },
      workspace_key_prefix: { otherwise: 'tf-state-env', tidied: path },
    },
    ofWorkspaces: belowPrefix('workspace_key_prefix', 'tf-state-env'),
  },
  oss: {
    names: {
      bucket: {},
      prefix: { otherwise: 'env:', tidied: path },
      key: { otherwise: 'terraform.tfstate', tidied: path },
    },
  },
  pg: {
    names: {
      conn_str: { variable: 'PG_CONN_STR', otherwise: '', tidied: database },
      schema_name: { variable: 'PG_SCHEMA_NAME', otherwise: 'terraform_remote_state' },
      table_name: { variable: 'PG_TABLE_NAME', otherwise: 'states' },
    },
  },
  remote: {
    names: {
      hostname: { otherwise: 'app.terraform.io' },
      organization: {},
      name: { otherwise: '' },
      prefix: { otherwise: '' },
    },
    ofWorkspaces: ({ name = '', prefix: _, ...names }) =>
      Array.from(name, (_, length) => ({ ...names, prefix: name.slice(0, length) })).slice(1),
  },
  s3: {
    names: {
      endpoint: customEndpoint,
      bucket: {},
      key: { tidied: path },
      workspace_key_prefix: { otherwise: 'env:', tidied: path },
    },
    ofWorkspaces: belowPrefix('workspace_key_prefix', 'env:'),
  },
};

/** Unknown when something that names the state is, or isn't given. */
export function stateOf(backend: string, config: ObjectValue, stands: StandsIn): string | Unknown {
  if (backend === 'local') return localState(config, stands);
  if (backend === 'remote' || backend === 'cloud') return workspaceState(backend, config, stands);
  const known = Object.hasOwn(backends, backend) ? backends[backend] : undefined;
  // Of a backend that is gone, or new, everything may name the state.
  const all = () => Object.fromEntries(Object.keys(config).map((name) => [name, {}]));
  return named(backend, config, known?.names ?? all(), stands);
}

function named(
  backend: string,
  config: ObjectValue,
  attributes: Readonly<Record<string, Attribute>>,
  { variable }: StandsIn,
): string | Unknown {
  const names: Names = {};
  let unknown: Unknown | undefined;
  for (const name in attributes) {
    const { variable: other, otherwise, tidied, given } = attributes[name] as Attribute;
    const written = given ? given(config) : config[name];
    const value = written ?? (other === undefined ? undefined : variable(other)) ?? otherwise;
    if (value === undefined || value instanceof Unknown || (value === '' && otherwise === undefined)) {
      unknown ??= value instanceof Unknown ? value : new Unknown(`its ${name} is given elsewhere than in the code`);
      names[name] = anything;
      continue;
    }
    const said = typeof value === 'string' ? value : JSON.stringify(value);
    const text = tidied ? tidied(said) : said;
    if (text !== otherwise) names[name] = text;
  }
  const text = shown(backend, names);
  return unknown ? new UnknownState(unknown.reason, text) : text;
}

/** In place of a name that isn't known; no text is shown so that is a name. */
const anything = '?';

function shown(backend: string, names: Names): string {
  const quoted = (text: string) => (/^[^\s"]+$/.test(text) ? text : JSON.stringify(text));
  return [backend, ...Object.entries(names).map(([name, text]) => `${name}=${quoted(text)}`)].join(' ');
}

/** States had better lie outside of the repository: then as an absolute path, or as one that leaves it. */
function localState(config: ObjectValue, { tree, directory }: StandsIn): string | Unknown {
  const written = config.path ?? 'terraform.tfstate';
  if (written instanceof Unknown) return written;
  const text = String(written);
  if (directory === undefined && !posix.isAbsolute(text))
    return new Unknown('it lies in the copy of the module that Terragrunt makes');
  const inside = repositoryPath(tree, directory ?? '.', text);
  return shown('local', {
    path: posix.normalize(inside ?? (posix.isAbsolute(text) ? text : posix.join(directory ?? '.', text))),
  });
}

/** HCP Terraform and Terraform Enterprise: a host, an organization, and in it the name of a workspace, or what the names of several begin with. */
function workspaceState(backend: 'remote' | 'cloud', config: ObjectValue, stands: StandsIn): string | Unknown {
  const { hostname, organization, workspaces } = config;
  // Only the block `cloud` is completed by the environment.
  const variable = (name: string) => (backend === 'cloud' ? stands.variable(name) : undefined);
  const { name, prefix } = isObject(workspaces) ? workspaces : ({} as ObjectValue);
  const workspace = name ?? (prefix === undefined ? variable('TF_WORKSPACE') : undefined);
  const elsewhere = new Unknown('which of its workspaces is used is said elsewhere than in the code');
  const either = workspaces instanceof Unknown ? workspaces : elsewhere;
  const isSaid = workspace !== undefined || prefix !== undefined;
  const given: [string, Value | undefined][] = [
    ['hostname', hostname ?? variable('TF_CLOUD_HOSTNAME')],
    ['organization', organization ?? variable('TF_CLOUD_ORGANIZATION')],
    ['name', isSaid ? workspace : either],
    ['prefix', isSaid ? (workspace === undefined ? prefix : undefined) : either],
  ];
  const complete = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as ObjectValue;
  return named('remote', complete, (backends.remote as Backend).names, stands);
}

/** Other configurations, as text: of one of these it may be the state of a workspace. */
export function statesOfWhichItMayBeAWorkspace(state: string): string[] {
  const backend = backendOf(state);
  if (backend === 'local') return ofLocalWorkspace(state);
  const ofWorkspaces = Object.hasOwn(backends, backend) ? backends[backend]?.ofWorkspaces : undefined;
  if (ofWorkspaces === undefined) return [];
  const { names: order } = backends[backend] as Backend;
  return ofWorkspaces(namesIn(state)).map((names) =>
    shown(
      backend,
      Object.fromEntries(
        Object.keys(order).flatMap((name) => (names[name] === undefined ? [] : [[name, names[name]]])),
      ),
    ),
  );
}

const namedByEnvironment = new Set(
  Object.keys(backends).filter((backend) =>
    Object.values(backends[backend]?.names ?? {}).some(({ variable }) => variable !== undefined),
  ),
);

/** Whether a state is given to one of these backends by the environment, too. */
export function isNamedByEnvironment(state: string): boolean {
  return namedByEnvironment.has(backendOf(state));
}

/**
 * Whether a state, of which perhaps only a part is known, may be the one that is read: what both say is the same. Of what only one of them says, the
 * environment may say the same to the other.
 */
export function mayBe(state: string, read: string): boolean {
  const backend = backendOf(state);
  if (backend !== backendOf(read) || !Object.hasOwn(backends, backend)) return false;
  const [one, other] = [namesIn(state), namesIn(read)];
  return Object.entries((backends[backend] as Backend).names).every(([name, { variable }]) => {
    const [here, there] = [one[name], other[name]];
    if (here === there || here === anything || there === anything) return true;
    return variable !== undefined && (here === undefined || there === undefined);
  });
}

function backendOf(state: string): string {
  const end = state.indexOf(' ');
  return end < 0 ? state : state.slice(0, end);
}

/** `terraform.tfstate.d/<workspace>/terraform.tfstate` beside the code. */
function ofLocalWorkspace(state: string): string[] {
  const [, directory] = /^(.*?)terraform\.tfstate\.d\/[^/]+\/terraform\.tfstate$/.exec(namesIn(state).path ?? '') ?? [];
  return directory === undefined ? [] : [shown('local', { path: `${directory}terraform.tfstate` })];
}

/** As a configuration without a prefix for its workspaces names it; undefined where there is none to take away. */
export function withoutWorkspacePrefix(state: string): string | undefined {
  const at = state.indexOf(' workspace_key_prefix=');
  return at < 0 ? undefined : state.slice(0, at);
}

function namesIn(state: string): Names {
  const found = state.matchAll(/ (\w+)=("(?:[^"\\]|\\.)*"|\S+)/g);
  return Object.fromEntries(
    [...found].map(([, name = '', text = '']) => [name, text.startsWith('"') ? (JSON.parse(text) as string) : text]),
  );
}
