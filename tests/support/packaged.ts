/** The deployment as `serverless package` makes it for AWS: the template, and each Lambda's zip. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as z from 'zod';
import type { configSchema } from '../../src/config/schema.ts';
import { packageDeployment } from '../../src/local/deploy.ts';

export interface Resource {
  Type: string;
  DeletionPolicy?: string;
  Properties: Record<string, unknown>;
}

export interface Packaged extends AsyncDisposable {
  /** The template's file. */
  template: string;
  resources: Record<string, Resource>;
  outputs: Record<string, { Value: unknown }>;
  region: string;
  /** Tags of the stack, which CloudFormation puts on all that it makes. */
  stackTags: Record<string, string>;
  /** Function ▸ its zip: the path, and how many bytes it has. */
  zips: Record<string, { path: string; bytes: number }>;
}

/** @param settings what live-ci.config.yml says. */
export async function packaged(settings: z.input<typeof configSchema> = {}): Promise<Packaged> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-package-'));
  const configFile = join(directory, 'live-ci.config.yml');
  await writeFile(configFile, JSON.stringify(settings));
  const folder = await packageDeployment({
    directory: join(directory, 'copy'),
    stage: 'test',
    configFile,
    environment: {},
  });
  const file = join(folder, 'cloudformation-template-update-stack.json');
  const template = JSON.parse(await readFile(file, 'utf8'));
  const { provider } = JSON.parse(await readFile(join(folder, 'serverless-state.json'), 'utf8')).service;
  const names = (await readdir(folder)).filter((name) => name.endsWith('.zip'));
  const zips = names.map(async (name) => {
    const path = join(folder, name);
    return [name.slice(0, -'.zip'.length), { path, bytes: (await stat(path)).size }] as const;
  });
  return {
    template: file,
    resources: template.Resources,
    outputs: template.Outputs,
    region: provider.region,
    stackTags: provider.stackTags,
    zips: Object.fromEntries(await Promise.all(zips)),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** One of a policy, as the template has it. */
export interface Statement {
  Sid: string;
  Effect: string;
  Principal?: unknown;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

export const statementsOf = (policyDocument: unknown) => (policyDocument as { Statement: Statement[] }).Statement;

/** What a role of the template itself may do. */
export function permissionsOf({ resources }: Pick<Packaged, 'resources'>, role: string): Statement[] {
  const policies = (resources[role]?.Properties.Policies ?? []) as { PolicyDocument: unknown }[];
  return policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));
}
