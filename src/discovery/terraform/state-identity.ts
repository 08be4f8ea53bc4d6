/**
 * Where a state is, as text that is equal for two configurations of the same state: the backend's type and the attributes
 * that name the state in it. Workspaces are not told apart.
 */
import { posix } from 'node:path';
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import type { Body } from '../hcl/syntax.ts';
import { EvaluationError, isObject, type ObjectValue, objectOf, settled, Unknown, type Value } from '../hcl/values.ts';
import { repositoryPath } from '../repository-path.ts';
import type { SourceTree } from '../source/source-tree.ts';

/** The attributes that tell states apart, by backend; with the value that stands for a missing one. */
const naming: Record<string, Record<string, string | undefined>> = {
  azurerm: { storage_account_name: undefined, container_name: undefined, key: undefined },
  consul: { address: '', path: undefined },
  cos: { bucket: undefined, prefix: '', key: 'terraform.tfstate' },
  gcs: { bucket: undefined, prefix: '' },
  http: { address: undefined },
  kubernetes: { secret_suffix: undefined, namespace: 'default' },
  oss: { bucket: undefined, prefix: 'env:', key: 'terraform.tfstate' },
  pg: { conn_str: '', schema_name: 'terraform_remote_state' },
  s3: { bucket: undefined, key: undefined },
};

/** Unknown when something that names the state is; undefined when it is not given at all. */
export type StateIdentity = string | Unknown | undefined;

/** @param directory of the root module, in which a local state's path starts */
export function stateIdentity(
  tree: SourceTree,
  directory: string,
  backend: string,
  config: ObjectValue,
): StateIdentity {
  if (backend === 'local') {
    const path = config.path ?? 'terraform.tfstate';
    if (path instanceof Unknown) return path;
    const target = repositoryPath(tree, directory, String(path));
    // States had better lie outside of the repository: then as an absolute path, or as one that leaves it.
    const outside = () => (posix.isAbsolute(String(path)) ? String(path) : posix.join(directory, String(path)));
    return `local ${posix.normalize(target ?? outside())}`;
  }
  if (backend === 'remote' || backend === 'cloud') return remoteIdentity(config);
  const names =
    (Object.hasOwn(naming, backend) ? naming[backend] : undefined) ??
    Object.fromEntries(Object.keys(config).map((name) => [name, undefined]));
  const parts: string[] = [];
  for (const [name, fallback] of Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const value = config[name] ?? fallback;
    if (value instanceof Unknown) return value;
    if (value === undefined || value === null) return undefined;
    parts.push(`${name}=${JSON.stringify(value)}`);
  }
  return `${backend} ${parts.join(' ')}`;
}

/** HCP Terraform: the organization and the workspace's name. */
function remoteIdentity(config: ObjectValue): StateIdentity {
  const workspaces = config.workspaces ?? null;
  const workspace =
    workspaces instanceof Unknown
      ? workspaces
      : isObject(workspaces)
        ? (workspaces.name ?? workspaces.prefix)
        : undefined;
  const { organization } = config;
  if (organization instanceof Unknown) return organization;
  if (workspace instanceof Unknown) return workspace;
  if (organization === undefined || workspace === undefined) return undefined;
  return `remote ${JSON.stringify([organization, workspace])}`;
}

/** A block's attributes, and its inner blocks by type; what has no value is unknown. */
export function bodyValue(body: Body, scope: Scope): ObjectValue {
  const value = (attribute: { value: Parameters<typeof evaluate>[0] }): Value => {
    try {
      return settled(evaluate(attribute.value, scope));
    } catch (error) {
      if (error instanceof EvaluationError) return new Unknown(error.message);
      throw error;
    }
  };
  return objectOf([
    ...[...body.attributes.values()].map((attribute) => [attribute.name, value(attribute)] as const),
    ...body.blocks.map((block) => [block.type, bodyValue(block.body, scope)] as const),
  ]);
}
