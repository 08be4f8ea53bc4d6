/**
 * examples/three-accounts, delivered by real builds on an emulator that enforces IAM: roles that trust as docs/environments.md says,
 * builds that may assume what the deployment lets them, states in each account's own bucket.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { assumeRoleWith } from '../../src/aws/assume-role.ts';
import type { Config } from '../../src/config/schema.ts';
import { buildPermissions, type Kind } from '../../src/deployment/build-permissions.ts';
import { startEmulator } from '../../src/local/emulator.ts';
import { checkoutsOf } from '../../src/repository/checkout.ts';
import type { AssumeRole } from '../../src/runner/assumed-role.ts';
import { run } from '../../src/runner/run.ts';
import { nowRuns, storeDelivery } from '../support/delivery.ts';
import { blocksOf } from '../support/docs.ts';
import { deliveredExample } from '../support/example.ts';
import { MemoryBucket } from '../support/memory-bucket.ts';
import { describeWithTool, environmentWithTools } from '../support/tools.ts';

const kinds: Kind[] = ['plan', 'apply'];
const accounts = { dev: '111111111111', staging: '222222222222', prod: '333333333333' };

const bucketOf = (name: string) => `example-org-${name}-states`;

/** Who calls the emulator. */
interface Identity {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Roles with what they trust and what they may do. */
async function makeRoles(as: Identity, roles: Record<string, { trust: object; statements: object[] }>): Promise<void> {
  const client = new CloudFormationClient(as);
  const Resources = Object.entries(roles).map(([RoleName, { trust, statements }], index) => [
    `Role${index}`,
    {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName,
        AssumeRolePolicyDocument: trust,
        Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
      },
    },
  ]);
  const TemplateBody = JSON.stringify({ Resources: Object.fromEntries(Resources) });
  await client.send(
    new CreateStackCommand({ StackName: 'roles', TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
  );
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName: 'roles' });
}

/** The trust policy of docs/environments.md, which is about plans. */
function trustOf(kind: Kind): object {
  const [shown] = blocksOf('docs/environments.md').filter(({ language }) => language === 'json');
  return JSON.parse((shown?.lines.join('') ?? '').replace('live-ci-production-plan', `live-ci-production-${kind}`));
}

/** Plans read a state and lock it, applies write it. */
function stateStatements(name: string, kind: Kind): object[] {
  const arn = `arn:aws:s3:::${bucketOf(name)}`;
  return [
    { Effect: 'Allow', Action: ['s3:ListBucket', 's3:GetObject'], Resource: [arn, `${arn}/*`] },
    {
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:DeleteObject'],
      Resource: `${arn}/*${kind === 'plan' ? '.tflock' : ''}`,
    },
  ];
}

/** The account of the pipeline with the roles of its builds, and the three others. Answers how builds of each kind assume roles. */
async function makeAccounts(as: (account: string) => Identity, config: Config) {
  const root = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${config.accountId}:root` },
    Action: 'sts:AssumeRole',
  };
  const trust = { Version: '2012-10-17', Statement: [root] };
  const ofBuild = (kind: Kind) => buildPermissions(config, kind, 'unused').filter(({ Sid }) => Sid === 'Assume');
  const roles = kinds.map((kind) => [`live-ci-production-${kind}`, { trust, statements: ofBuild(kind) }]);
  await makeRoles(as(config.accountId), Object.fromEntries(roles));
  for (const [name, account] of Object.entries(accounts)) {
    await new S3Client(as(account)).send(new CreateBucketCommand({ Bucket: bucketOf(name) }));
    const own = kinds.map((kind) => [
      `live-ci-${kind}`,
      { trust: trustOf(kind), statements: stateStatements(name, kind) },
    ]);
    await makeRoles(as(account), Object.fromEntries(own));
  }
  const under = async (kind: Kind): Promise<AssumeRole> => {
    const ofPipeline = assumeRoleWith(new STSClient(as(config.accountId)));
    const keys = await ofPipeline(`arn:aws:iam::${config.accountId}:role/live-ci-production-${kind}`, 'build');
    const { AccessKeyId, SecretAccessKey, Token } = keys;
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
    return assumeRoleWith(new STSClient({ ...as(config.accountId), credentials }));
  };
  return { plan: await under('plan'), apply: await under('apply') };
}

describeWithTool('terraform', 'examples/three-accounts', () => {
  test('is delivered to its accounts: each unit under the roles of its own, with its state there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'live-ci-accounts-'));
    try {
      await using emulator = await startEmulator({ directory, environment: { AUTH: 'true' } });
      const as = (accessKeyId: string) => ({
        endpoint: emulator.endpoint,
        region: 'eu-west-1',
        credentials: { accessKeyId, secretAccessKey: 'test' },
      });
      using example = await deliveredExample('three-accounts');
      const { delivery, config } = example;
      const builds = await makeAccounts(as, config);
      await expect(builds.plan(`arn:aws:iam::${accounts.prod}:role/live-ci-apply`, 'session')).rejects.toThrow(
        'not authorized',
      );

      const bucket = new MemoryBucket();
      await storeDelivery(bucket, delivery);
      await nowRuns(bucket, delivery.id);
      const sessions: string[] = [];
      const under =
        (kind: Kind): AssumeRole =>
        (role, session) => {
          sessions.push(`${role} ${session}`);
          return builds[kind](role, session);
        };
      const context = {
        bucket,
        checkouts: checkoutsOf(example.directory),
        config,
        // Keys of the account that the pipeline lives in, in which there is no bucket for states.
        environment: {
          ...environmentWithTools(),
          AWS_ENDPOINT_URL: emulator.endpoint,
          AWS_ACCESS_KEY_ID: config.accountId,
          AWS_SECRET_ACCESS_KEY: 'test',
        },
        output: () => {},
      };
      for (const { path } of delivery.units) {
        const request = { delivery: delivery.id, unit: path };
        const planned = await run('plan', request, { ...context, assumeRole: under('plan') });
        expect(planned).toMatchObject({ outcome: 'planned', error: null });
        const approved = { ...request, plan: planned.plan ?? undefined };
        const applied = await run('apply', approved, { ...context, assumeRole: under('apply') });
        expect(applied).toMatchObject({ outcome: 'applied', error: null });
      }

      expect(sessions).toEqual(
        Object.entries(accounts).flatMap(([name, account]) =>
          ['network', 'app'].flatMap((unit) =>
            ['plan', 'apply'].map(
              (kind) => `arn:aws:iam::${account}:role/live-ci-${kind} ${delivery.id}@${name}.${unit}`,
            ),
          ),
        ),
      );
      for (const [name, account] of Object.entries(accounts)) {
        const state = { Bucket: bucketOf(name), Key: 'app.tfstate' };
        const { Body } = await new S3Client(as(account)).send(new GetObjectCommand(state));
        expect(await Body?.transformToString()).toContain('terraform_data');
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 180_000);
});
