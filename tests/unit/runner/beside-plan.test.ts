/** What was approved is applied, whatever came out since: with real Terraform, and providers that are only installed. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { deliverySettingsSchema } from '../../../src/model.ts';
import {
  filesBeside,
  planName,
  putBackAfterInit,
  putBackBeforeInit,
  readBeside,
} from '../../../src/runner/beside-plan.ts';
import { deliveryOf, storeDelivery } from '../../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { mirror } from '../../support/provider-mirror.ts';
import { bench, outputOf } from '../../support/runner-bench.ts';
import { describeWithTool } from '../../support/tools.ts';

const code = (live: LiveRepository, more: string) => `
terraform {
  backend "local" {
    path = "${join(live.states, 'app')}.tfstate"
  }
  required_providers {
    lab = { source = "lab.example.org/lab/lab" }
  }
}
${more}
output "value" {
  value = terraform_data.this.output
}
`;
const one = 'resource "terraform_data" "this" {\n  input = "one"\n}\n';

describeWithTool('terraform', 'a plan that was approved', () => {
  test.each([
    ['is', {}],
    ['is, also by an init that is told to upgrade,', { TF_CLI_ARGS_init: '-upgrade' }],
  ])('%s applied with the providers that it was made with, though newer ones have come out', async (_, variables) => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': code(live, one) });
    const { environment, release } = await mirror(live);
    await release('1.0.0');
    const { bucket, run, said } = bench(live, { environment: { ...environment, ...variables } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const planned = await run('plan', id, 'app');
    await release('1.1.0');

    expect(await run('apply', id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(live, 'app')).toBe('one');
    expect(said()).not.toContain('v1.1.0');
  });

  test('is made anew when its provider is not to be had any more, and nothing counts as half applied', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': code(live, one) });
    const { environment, release, withdraw } = await mirror(live);
    await release('1.0.0');
    const { bucket, run } = bench(live, { environment });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const planned = await run('plan', id, 'app');
    await release('1.1.0');
    await withdraw('1.0.0');

    expect(await run('apply', id, 'app', planned.plan)).toMatchObject({ outcome: 'stale', error: null });
    const again = await run('plan', id, 'app');
    expect(await run('apply', id, 'app', again.plan)).toMatchObject({ outcome: 'applied' });
  });

  test('is applied with the modules that it was made with, though their tag has been moved', async () => {
    await using live = await liveRepository();
    await using modules = await liveRepository();
    const text = async (said: string) => {
      const commit = await modules.commit({
        'main.tf': 'output "text" {\n  value = file("${path.module}/text")\n}\n',
        text: said,
      });
      await modules.git('tag', '--force', 'v1', commit);
    };
    await text('as planned');
    const reads = `module "m" {\n  source = "git::file://${modules.url}?ref=v1"\n}\nresource "terraform_data" "this" {\n  input = module.m.text\n}\n`;
    const head = await live.commit({ 'app/main.tf': code(live, reads) });
    const { environment, release } = await mirror(live);
    await release('1.0.0');
    const { bucket, run } = bench(live, { environment });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const planned = await run('plan', id, 'app');
    await text('moved');

    expect(await run('apply', id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(live, 'app')).toBe('as planned');
  });

  test('is applied with the files that were made while it was planned', async () => {
    await using live = await liveRepository();
    const reads = 'resource "terraform_data" "this" {\n  input = file("${path.module}/made.txt")\n}\n';
    const head = await live.commit({ 'app/main.tf': code(live, reads), '.gitignore': 'made.txt\n' });
    const { environment, release } = await mirror(live);
    await release('1.0.0');
    const { bucket, run } = bench(live, { environment });
    const plan = 'printf made >made.txt\n"$LIVE_CI_TOOL" plan -input=false -out="$LIVE_CI_PLAN_FILE"';
    const settings = deliverySettingsSchema.parse({ elsewhere: { commands: { plan } } });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }], { settings }));

    const planned = await run('plan', id, 'app');
    expect(await run('apply', id, 'app', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(live, 'app')).toBe('made');
  });

  test('is not applied with other files than those that it was made with', async () => {
    await using live = await liveRepository();
    const head = await live.commit({ 'app/main.tf': code(live, one) });
    const { environment, release } = await mirror(live);
    await release('1.0.0');
    const { bucket, run } = bench(live, { environment });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'app' }]));
    const { plan } = await run('plan', id, 'app');
    const key = bucketKeys.besidePlan(id, 'app', plan ?? '');
    await bucket.write(key, gzipSync(JSON.stringify({ version: 1, files: [] })));

    const refused = await run('apply', id, 'app', plan);
    expect(refused).toMatchObject({ outcome: 'failed', plan: null });
    expect(refused.error).toMatch(/not the one that was approved/);
    await bucket.remove(key);
    expect((await run('apply', id, 'app', plan)).error).toMatch(/not the one that was approved/);
  });
});

/** A checkout whose unit `app` has been planned. */
async function checkout(files: Record<string, string>): Promise<AsyncDisposable & { root: string; working: string }> {
  const root = await mkdtemp(join(tmpdir(), 'beside-'));
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], { cwd: root });
  await write(root, { 'app/main.tf': 'committed', 'app/.terraform.lock.hcl': 'committed' });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'base');
  await write(root, files);
  return { root, working: join(root, 'app'), [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

async function write(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

const read = (root: string, path: string) => readFile(join(root, path), 'utf8').catch(() => undefined);
const pathsIn = (bytes: Buffer | undefined) => readBeside(bytes).files.map(({ path }) => path);

describe('what lies beside a plan', () => {
  test('is what git does not have: never a provider, a state, or what initialized another unit', async () => {
    await using planned = await checkout({
      'app/.terraform.lock.hcl': 'completed',
      'app/.terraform/modules/modules.json': '{}',
      'app/.terraform/modules/net/main.tf': 'module',
      'app/.terraform/modules/net/.git/HEAD': 'ref',
      'app/.terraform/providers/host/lab/lab/1.0.0/linux_amd64/terraform-provider-lab_v1.0.0': 'binary',
      'app/.terraform/terraform.tfstate': '{}',
      'app/backend.tf': 'generated',
      'other/.terraform/modules/modules.json': '{}',
      'other/.terragrunt-cache/x/y/main.tf': '',
    });
    const bytes = await filesBeside('app', { checkout: planned.root, working: planned.working }, () => {});
    expect(pathsIn(bytes)).toEqual([
      'app/.terraform.lock.hcl',
      'app/.terraform/modules/modules.json',
      'app/.terraform/modules/net/main.tf',
      'app/backend.tf',
    ]);
  });

  test('is put back as it was, with scripts that can be run, before and after the tool is initialized', async () => {
    await using planned = await checkout({
      'app/.terraform.lock.hcl': 'completed',
      'app/.terraform/modules/m/run.sh': 'x',
    });
    await chmod(join(planned.root, 'app/.terraform/modules/m/run.sh'), 0o755);
    const kept = await filesBeside('app', { checkout: planned.root, working: planned.working }, () => {});
    await using fresh = await checkout({});
    const beside = readBeside(kept);

    await putBackBeforeInit(beside, fresh.root);
    expect(await read(fresh.root, 'app/.terraform.lock.hcl')).toBe('completed');
    await write(fresh.root, { 'app/.terraform.lock.hcl': 'by init' });
    await putBackAfterInit(beside, { checkout: fresh.root, working: fresh.working });
    expect(await read(fresh.root, 'app/.terraform.lock.hcl')).toBe('completed');
    expect(
      execFileSync('sh', ['-c', 'test -x .terraform/modules/m/run.sh && echo yes'], { cwd: fresh.working }).toString(),
    ).toBe('yes\n');
  });

  test('is put back in what Terragrunt has made, wherever that lies now', async () => {
    await using planned = await checkout({
      'app/.terragrunt-cache/a/b/net/main.tf': 'remote',
      'app/.terragrunt-cache/a/b/x': 'x',
    });
    const working = join(planned.root, 'app/.terragrunt-cache/a/b/net');
    const kept = readBeside(await filesBeside('app', { checkout: planned.root, working }, () => {}));
    await using fresh = await checkout({ 'app/.terragrunt-cache/c/d/net/main.tf': 'moved' });
    await putBackAfterInit(kept, { checkout: fresh.root, working: join(fresh.root, 'app/.terragrunt-cache/c/d/net') });
    expect(await read(fresh.root, 'app/.terragrunt-cache/c/d/net/main.tf')).toBe('remote');
    expect(await read(fresh.root, 'app/.terragrunt-cache/c/d/x')).toBe('x');
  });

  test('changes nothing that is committed, and nothing outside of the checkout', async () => {
    await using fresh = await checkout({});
    await using elsewhere = await checkout({});
    await symlink(elsewhere.root, join(fresh.root, 'away'));
    const file = { below: 'checkout', sha256: '', executable: false, content: Buffer.from('evil').toString('base64') };
    const beside = (path: string) => gzipSync(JSON.stringify({ version: 1, files: [{ ...file, path }] }));
    for (const path of ['app/main.tf', 'away/app/other.tf'])
      await putBackBeforeInit(readBeside(beside(path)), fresh.root);
    expect(await read(fresh.root, 'app/main.tf')).toBe('committed');
    expect(await read(elsewhere.root, 'app/other.tf')).toBeUndefined();
    for (const path of ['../out', '/etc/out', 'a/../../out'])
      expect(() => readBeside(beside(path))).toThrow(/can not be read/);
  });

  test('is compared where it was too large to be kept and is downloaded again', async () => {
    const large = 'x'.repeat(49 * 2 ** 20);
    await using planned = await checkout({ 'app/.terraform/modules/big': large, 'app/made': 'small' });
    const notes: string[] = [];
    const bytes = await filesBeside('app', { checkout: planned.root, working: planned.working }, (line) =>
      notes.push(line),
    );
    expect(notes).toEqual([expect.stringMatching(/^what this plan is made with has 49 MB, too much to be kept/)]);
    expect(gunzipSync(bytes ?? '').length).toBeLessThan(2000);
    const beside = readBeside(bytes);

    await using same = await checkout({ 'app/.terraform/modules/big': large });
    await putBackAfterInit(beside, { checkout: same.root, working: same.working });
    expect(await read(same.root, 'app/made')).toBe('small');
    await using other = await checkout({ 'app/.terraform/modules/big': 'moved' });
    await expect(putBackAfterInit(beside, { checkout: other.root, working: other.working })).rejects.toThrow(
      /modules\/big is another one than the plan was made with/,
    );
  });

  test('is in the name that is approved', () => {
    const [file, beside] = [Buffer.from('plan'), Buffer.from('beside')];
    expect(new Set([planName(file, beside), planName(file, undefined), planName(file, file)]).size).toBe(3);
  });
});
