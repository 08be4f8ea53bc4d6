/** Builds under the roles of their environments: real ones, with Terraform's own S3 backend as what signs with their keys. */
import { deliveryId } from '../../../src/delivery/prepare.ts';
import { deliverySettingsSchema } from '../../../src/model.ts';
import { assumeForTool, type RoleKeys, sessionName } from '../../../src/runner/assumed-role.ts';
import { repositoryOfWorld } from '../../../src/selftest/world.ts';
import { deliveryOf, storeDelivery } from '../../support/delivery.ts';
import { liveRepository } from '../../support/live-repository.ts';
import { bench } from '../../support/runner-bench.ts';
import { s3Endpoint } from '../../support/s3-endpoint.ts';
import { describeWithTool, environmentWithTools } from '../../support/tools.ts';

const role = (name: string) => `arn:aws:iam::222222222222:role/${name}`;
const settings = deliverySettingsSchema.parse({
  environments: { 'prod/**': { planRoleArn: role('plan'), applyRoleArn: role('apply') } },
});

/** Keys named after their role, and how many times they were given out. */
function keysFor(minutes: number) {
  const sessions: string[] = [];
  return {
    sessions,
    assume: async (arn: string, session: string): Promise<RoleKeys> => ({
      AccessKeyId: `${arn.split('/').at(-1)}-${sessions.push(session)}`,
      SecretAccessKey: 'secret',
      Token: 'token',
      Expiration: new Date(Date.now() + minutes * 60_000).toISOString(),
    }),
  };
}

const code = `
terraform {
  backend "s3" {
    bucket                      = "artifacts"
    key                         = "vpc.tfstate"
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_region_validation      = true
    skip_s3_checksum            = true
  }
}
resource "terraform_data" "nosy" {
  provisioner "local-exec" {
    command = "env"
  }
}
`;

describeWithTool('terraform', 'a build of a unit whose environment has roles', () => {
  test('reaches its account under the role for plans, then under the one for applies, and its tool sees no other keys', async () => {
    await using live = await liveRepository();
    await using s3 = await s3Endpoint();
    const { sessions, assume } = keysFor(60);
    const environment = { ...environmentWithTools(), ...s3.environment, AWS_PROFILE: 'somebody' };
    const { bucket, run, said, rollBack } = bench(live, { environment, assumeRole: assume });
    const head = await live.commit({ 'prod/vpc/main.tf': code });
    const units = [{ path: 'prod/vpc', environment: 'prod/**' }];
    const { id } = await storeDelivery(bucket, deliveryOf(head, units, { settings }));

    const planned = await run('plan', id, 'prod/vpc');
    expect(planned).toMatchObject({ outcome: 'planned', error: null });
    expect([...s3.signers]).toEqual(['plan-1']);

    s3.signers.clear();
    expect((await run('apply', id, 'prod/vpc', planned.plan)).error).toBeNull();
    expect([...s3.signers]).toEqual(['apply-2']);
    expect(s3.bucket.text('vpc.tfstate')).toContain('terraform_data');

    expect((await rollBack(id, 'prod/vpc')).outcome).toBe('rolled-back');
    expect([...s3.signers]).toEqual(['apply-2', 'apply-3', 'apply-4']);
    expect(sessions).toEqual(Array(4).fill(`${id}@prod.vpc`));
    expect(said()).toContain('AWS_CONTAINER_CREDENTIALS_FULL_URI=');
    expect(said()).not.toMatch(/AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|PROFILE)=/);
  });

  test("assumes it in a self test, too, whose tool keeps the build's own keys: its state lies in the artifact bucket", async () => {
    await using live = await liveRepository();
    await using s3 = await s3Endpoint();
    const { sessions, assume } = keysFor(60);
    const environment = { ...environmentWithTools(), ...s3.environment, AWS_ACCESS_KEY_ID: 'own' };
    const { bucket, run } = bench(live, { environment, assumeRole: assume });
    const head = await live.commit({ 'prod/vpc/main.tf': code });
    const repository = repositoryOfWorld({ run: 'r1', tool: 'terraform', name: 'roles' });
    const id = deliveryId({ repository, head }, 1);
    const units = [{ path: 'prod/vpc', environment: 'prod/**' }];
    await storeDelivery(bucket, deliveryOf(head, units, { settings, repository, id }));

    expect((await run('plan', id, 'prod/vpc')).error).toBeNull();
    expect(sessions).toEqual([sessionName(id, 'prod/vpc')]);
    expect([...s3.signers]).toEqual(['own']);
  });

  test("gets new keys before the old ones expire, for as long as the tool's work takes", async () => {
    await using live = await liveRepository();
    await using s3 = await s3Endpoint();
    const { assume } = keysFor(1);
    const { bucket, run, said } = bench(live, {
      environment: { ...environmentWithTools(), ...s3.environment },
      assumeRole: assume,
    });
    const head = await live.commit({ 'prod/vpc/main.tf': code });
    const units = [{ path: 'prod/vpc', environment: 'prod/**' }];
    const { id } = await storeDelivery(bucket, deliveryOf(head, units, { settings }));

    expect((await run('plan', id, 'prod/vpc')).error).toBeNull();
    // Terraform renews keys that last for less than five minutes before each request.
    const runsOfTerraform = said().match(/^\[live-ci\] terraform/gm)?.length ?? 0;
    expect(runsOfTerraform).toBeGreaterThan(0);
    expect(s3.signers.size).toBeGreaterThan(runsOfTerraform);
  });
});

describe('a unit whose role', () => {
  test("can't be assumed fails with what to do, and its tool does not run", async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'prod/vpc/main.tf': code });
    const assumeRole = () => Promise.reject(new Error('AccessDenied: not authorized to perform sts:AssumeRole.'));
    const { bucket, run, said } = bench(live, { assumeRole });
    const units = [{ path: 'prod/vpc', environment: 'prod/**' }];
    const { id } = await storeDelivery(bucket, deliveryOf(head, units, { settings }));

    expect(await run('plan', id, 'prod/vpc')).toMatchObject({
      outcome: 'failed',
      error:
        "the build could not assume arn:aws:iam::222222222222:role/plan: AccessDenied: not authorized to perform sts:AssumeRole; let the role's trust policy name the build's role (docs/environments.md).",
    });
    expect(said()).not.toContain('terraform');
  });
});

describe('the keys of an assumed role', () => {
  const asked = async (environment: NodeJS.ProcessEnv, token = environment.AWS_CONTAINER_AUTHORIZATION_TOKEN) => {
    const answer = await fetch(environment.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? '', {
      headers: { authorization: token ?? '' },
    });
    return { status: answer.status, ...((await answer.json()) as object) };
  };

  test('are the same until a quarter of an hour before they expire', async () => {
    await using assumed = await assumeForTool(role('apply'), 'session', keysFor(60).assume);
    const environment = assumed.environmentFrom({});
    expect(await asked(environment)).toMatchObject({ status: 200, AccessKeyId: 'apply-1', Token: 'token' });
    expect(await asked(environment)).toMatchObject({ AccessKeyId: 'apply-1' });

    await using short = await assumeForTool(role('apply'), 'session', keysFor(15).assume);
    expect(await asked(short.environmentFrom({}))).toMatchObject({ AccessKeyId: 'apply-2' });
  });

  test('are given to nobody without the token of the run', async () => {
    await using assumed = await assumeForTool(role('apply'), 'session', keysFor(60).assume);
    expect(await asked(assumed.environmentFrom({}), 'guessed')).toEqual({
      status: 403,
      code: 'Forbidden',
      message: 'wrong token',
    });
  });

  test("are asked for again by the tool when they can't be had for a moment", async () => {
    const { assume } = keysFor(1);
    let works = true;
    await using assumed = await assumeForTool(role('apply'), 'session', (arn, session) =>
      works ? assume(arn, session) : Promise.reject(new Error('throttled')),
    );
    const environment = assumed.environmentFrom({});
    works = false;
    expect(await asked(environment)).toEqual({ status: 500, code: 'AssumeRole', message: 'throttled' });
    works = true;
    expect(await asked(environment)).toMatchObject({ status: 200, AccessKeyId: 'apply-2' });
  });
});

test('the name of a session tells delivery and unit, and has only what STS takes', () => {
  expect(sessionName('0123456789ab-1', 'prod/eu west/größe')).toBe('0123456789ab-1@prod.eu.west.gr..e');
  const long = sessionName('0123456789ab-12', `${'deep/'.repeat(30)}vpc`);
  expect(long).toHaveLength(64);
  expect(long).toMatch(/^0123456789ab-12@[\w.]*\.deep\.vpc$/);
});
