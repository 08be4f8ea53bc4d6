/** The deployment on this machine with everybody held to their roles, and what each role called. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import * as z from 'zod';
import type { LocalStack } from '../../src/local/stack.ts';
import { type LocalPipeline, startLocalPipeline } from './local-pipeline.ts';

const callSchema = z.object({ role: z.string(), action: z.string(), resource: z.string(), allowed: z.boolean() });
export type RoleCall = z.infer<typeof callSchema>;

export interface HeldPipeline {
  pipeline: LocalPipeline;
  /** What was called so far. Roles have their names of the template. */
  calls(): Promise<RoleCall[]>;
  /** Does something while IAM lacks a statement of a role. */
  without(role: string, sid: string, work: () => Promise<void>): Promise<void>;
}

export async function startHeldPipeline(more = ''): Promise<HeldPipeline & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-held-'));
  const file = join(directory, 'calls');
  const pipeline = await startLocalPipeline({
    more,
    environment: { AUTH: 'true', ROLE_CALLS: file },
    program: join(import.meta.dirname, 'enforcing-emulator.py'),
    // On AWS, what a push starts runs as this role.
    pusher: (stack) => credentialsOf(stack, 'EnqueueRoleArn'),
  });
  const roles = await rolesOf(pipeline.stack);
  const inTemplate = new Map([...roles].map(([id, name]) => [name, id]));
  return {
    pipeline,
    async calls() {
      const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
      const calls = lines.map((line) => callSchema.parse(JSON.parse(line)));
      return calls.map((call) => ({ ...call, role: inTemplate.get(call.role) ?? call.role }));
    },
    without: (role, sid, work) => without({ RoleName: roles.get(role) ?? role }, sid, pipeline.stack.endpoint, work),
    [Symbol.asyncDispose]: async () => {
      await pipeline[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const anyKey = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
const stackName = 'live-ci-local';

/** Credentials of the role that an output of the stack names. */
export async function credentialsOf({ endpoint }: LocalStack, output: string): Promise<Record<string, string>> {
  const client = new CloudFormationClient({ ...anyKey, endpoint });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
  const role = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === output)?.OutputValue;
  const assume = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'test' });
  const { Credentials } = await new STSClient({ ...anyKey, endpoint }).send(assume);
  return {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey ?? '',
    AWS_SESSION_TOKEN: Credentials?.SessionToken ?? '',
  };
}

async function rolesOf({ endpoint }: LocalStack): Promise<Map<string, string>> {
  const client = new CloudFormationClient({ ...anyKey, endpoint });
  const { StackResources } = await client.send(new DescribeStackResourcesCommand({ StackName: stackName }));
  const roles = (StackResources ?? []).filter(({ ResourceType }) => ResourceType === 'AWS::IAM::Role');
  return new Map(roles.map((role) => [role.LogicalResourceId ?? '', role.PhysicalResourceId ?? '']));
}

async function without(
  role: { RoleName: string },
  sid: string,
  endpoint: string,
  work: () => Promise<void>,
): Promise<void> {
  const listed = await iam(endpoint, 'ListRolePolicies', role);
  for (const [, PolicyName = ''] of listed.matchAll(/<member>([^<]+)<\/member>/g)) {
    const answer = await iam(endpoint, 'GetRolePolicy', { ...role, PolicyName });
    const whole = decodeURIComponent(/<PolicyDocument>([^<]+)</.exec(answer)?.[1] ?? '');
    const policy: { Statement: { Sid?: string }[] } = JSON.parse(whole.replaceAll('&quot;', '"'));
    const Statement = policy.Statement.filter((statement) => statement.Sid !== sid);
    if (Statement.length === policy.Statement.length) continue;
    const put = (document: object) =>
      iam(endpoint, 'PutRolePolicy', { ...role, PolicyName, PolicyDocument: JSON.stringify(document) });
    await (Statement.length > 0
      ? put({ ...policy, Statement })
      : iam(endpoint, 'DeleteRolePolicy', { ...role, PolicyName }));
    await work();
    await put(policy);
    return;
  }
  throw new Error(`The role ${role.RoleName} has no statement ${sid}`);
}

/** Calls IAM, as somebody who may do everything. */
async function iam(endpoint: string, action: string, parameters: Record<string, string>): Promise<string> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none',
    },
    body: new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`IAM refuses ${action}: ${text}`);
  return text;
}
