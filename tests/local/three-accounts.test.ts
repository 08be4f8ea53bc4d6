/** examples/three-accounts, delivered by real builds: Terraform under roles that the emulator's STS gives, with states in each account's own bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { assumeRoleWith } from '../../src/aws/assume-role.ts';
import { startEmulator } from '../../src/local/emulator.ts';
import { checkoutsOf } from '../../src/repository/checkout.ts';
import type { AssumeRole } from '../../src/runner/assumed-role.ts';
import { run } from '../../src/runner/run.ts';
import { storeDelivery } from '../support/delivery.ts';
import { deliveredExample } from '../support/example.ts';
import { MemoryBucket } from '../support/memory-bucket.ts';
import { describeWithTool, environmentWithTools } from '../support/tools.ts';

const accounts = { dev: '111111111111', staging: '222222222222', prod: '333333333333' };

describeWithTool('terraform', 'examples/three-accounts', () => {
  test('is delivered to its accounts: each unit under the roles of its own, with its state there', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'live-ci-accounts-'));
    try {
      await using emulator = await startEmulator({ directory });
      const as = (accessKeyId: string) => ({
        endpoint: emulator.endpoint,
        region: 'eu-west-1',
        credentials: { accessKeyId, secretAccessKey: 'test' },
      });
      const bucketOf = (name: string) => `example-org-${name}-states`;
      for (const [name, account] of Object.entries(accounts))
        await new S3Client(as(account)).send(new CreateBucketCommand({ Bucket: bucketOf(name) }));

      using example = await deliveredExample('three-accounts');
      const { delivery } = example;
      const bucket = new MemoryBucket();
      await storeDelivery(bucket, delivery);
      const sts = assumeRoleWith(new STSClient(as(example.config.accountId)));
      const sessions: string[] = [];
      const assumeRole: AssumeRole = (role, session) => {
        sessions.push(`${role} ${session}`);
        return sts(role, session);
      };
      const context = {
        bucket,
        checkouts: checkoutsOf(example.directory),
        config: example.config,
        assumeRole,
        // Keys of the account that the pipeline lives in, in which there is no bucket for states.
        environment: {
          ...environmentWithTools(),
          AWS_ENDPOINT_URL: emulator.endpoint,
          AWS_ACCESS_KEY_ID: example.config.accountId,
          AWS_SECRET_ACCESS_KEY: 'test',
        },
        output: () => {},
      };
      for (const { path } of delivery.units) {
        const request = { delivery: delivery.id, unit: path };
        const planned = await run('plan', request, context);
        expect(planned).toMatchObject({ outcome: 'planned', error: null });
        const applied = await run('apply', { ...request, plan: planned.plan ?? undefined }, context);
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
