/** Runs with the real Terragrunt. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { deliverySettingsSchema } from '../../src/model.ts';
import { deliveryOf, storeDelivery } from '../support/delivery.ts';
import { type Files, type LiveRepository, liveRepository } from '../support/live-repository.ts';
import { bench, outputOf } from '../support/runner-bench.ts';
import { describeWithTool } from '../support/tools.ts';

/** State files are named after the unit, beside the repository; the backend is generated, as is usual. */
const root = (live: LiveRepository) => `
remote_state {
  backend  = "local"
  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }
  config   = { path = "${live.states}/\${path_relative_to_include()}.tfstate" }
}
`;
const include = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n';

const vpc = (value: string): Files => ({
  'prod/vpc/terragrunt.hcl': include,
  'prod/vpc/main.tf': `resource "terraform_data" "this" {\n  input = "${value}"\n}\noutput "value" {\n  value = terraform_data.this.output\n}\n`,
});

const reader = (dependency: string): Files => ({
  'prod/app/terragrunt.hcl': `${include}dependency "vpc" {\n  config_path = "../vpc"\n${dependency}\n}\ninputs = { vpc = dependency.vpc.outputs.value }\n`,
  'prod/app/main.tf':
    'variable "vpc" {\n  type = string\n}\nresource "terraform_data" "this" {\n  input = var.vpc\n}\noutput "value" {\n  value = terraform_data.this.output\n}\n',
});

const units = [
  { path: 'prod/vpc', tool: 'terragrunt' as const },
  { path: 'prod/app', tool: 'terragrunt' as const, dependencies: ['prod/vpc'] },
];

describeWithTool('terragrunt', 'a run with Terragrunt', () => {
  test('a unit is planned, applied and rolled back through its generated backend', async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver, said, rollBack } = bench(live);
    const base = await live.commit({ 'root.hcl': root(live), ...vpc('one') });
    const first = await storeDelivery(bucket, deliveryOf(base, units.slice(0, 1)));
    expect(await deliver(first.id, 'prod/vpc')).toMatchObject({ outcome: 'applied', counts: { add: 1 }, error: null });
    expect(await outputOf(live, 'prod/vpc')).toBe('one');
    expect(await run('plan', first.id, 'prod/vpc')).toMatchObject({ outcome: 'unchanged', existed: true });

    const head = await live.commit(vpc('two'));
    const second = await storeDelivery(bucket, deliveryOf(head, [{ path: 'prod/vpc', tool: 'terragrunt', base }]));
    const applied = await deliver(second.id, 'prod/vpc');
    expect(applied).toMatchObject({ outcome: 'applied', counts: { change: 1 }, outputsChanged: ['value'] });
    const text = bucket.text(bucketKeys.planText(second.id, 'prod/vpc', applied.plan ?? ''));
    expect(text?.trimStart()).toMatch(/^Terraform used the selected providers/);
    expect(await rollBack(second.id, 'prod/vpc')).toMatchObject({ outcome: 'rolled-back', commit: base });
    expect(await outputOf(live, 'prod/vpc')).toBe('one');
    expect(said()).not.toContain('\u001b[');
    expect(said()).not.toContain('"level":');
  });

  test('what stays in the state that a unit had before is counted, whatever hooks print', async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver } = bench(live);
    const talking =
      'terraform {\n  after_hook "talk" {\n    commands = ["init", "state", "plan"]\n    execute  = ["echo", "{}"]\n  }\n}\n';
    const files = { ...vpc('one'), 'prod/vpc/terragrunt.hcl': include + talking };
    const base = await live.commit({ 'root.hcl': root(live), ...files });
    await deliver((await storeDelivery(bucket, deliveryOf(base, units.slice(0, 1)))).id, 'prod/vpc');
    const head = await live.commit({ 'root.hcl': root(live).replace('.tfstate', '/v2.tfstate') });
    const stateBefore = 'local path=vpc.tfstate';
    const unit = { path: 'prod/vpc', tool: 'terragrunt', base, stateBefore } as const;
    const { id } = await storeDelivery(bucket, deliveryOf(head, [unit], { base }));
    expect(await run('plan', id, 'prod/vpc')).toMatchObject({ outcome: 'planned', heldBefore: 1, error: null });
  });

  test("a dependent's plan shows its dependency's new output after that was applied", async () => {
    await using live = await liveRepository();
    const { bucket, deliver } = bench(live);
    const head = await live.commit({ 'root.hcl': root(live), ...vpc('one'), ...reader('') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, units));
    await deliver(id, 'prod/vpc');
    await deliver(id, 'prod/app');
    expect(await outputOf(live, 'prod/app')).toBe('one');

    const next = await live.commit(vpc('two'));
    const second = await storeDelivery(bucket, deliveryOf(next, units));
    await deliver(second.id, 'prod/vpc');
    expect(await deliver(second.id, 'prod/app')).toMatchObject({ outcome: 'applied', counts: { change: 1 } });
    expect(await outputOf(live, 'prod/app')).toBe('two');
  });

  test.each([
    ['that has no outputs yet', 'mock_outputs = { value = "mock" }', false, /prod\/vpc has no outputs yet/],
    [
      'that lacks an output which Terragrunt fills in',
      'mock_outputs = { value = "mock", other = "mock" }\n mock_outputs_merge_strategy_with_state = "shallow"',
      true,
      /prod\/vpc has no output other yet/,
    ],
    [
      'whose outputs are never read',
      'mock_outputs = { value = "mock" }\n skip_outputs = true',
      true,
      /outputs of prod\/vpc are skipped/,
    ],
  ])('a plan with the mock outputs of a dependency %s is never offered', async (_, dependency, applied, reason) => {
    await using live = await liveRepository();
    const { bucket, run, deliver } = bench(live);
    const head = await live.commit({ 'root.hcl': root(live), ...vpc('one'), ...reader(dependency) });
    const { id } = await storeDelivery(bucket, deliveryOf(head, units));
    if (applied) await deliver(id, 'prod/vpc');

    const result = await run('plan', id, 'prod/app');

    expect(result).toMatchObject({ outcome: 'failed', plan: null });
    expect(result.error).toMatch(/^prod\/app would be planned with mock_outputs/);
    expect(result.error).toMatch(reason);
    expect(await bucket.list(`plans/${id}/prod%2Fapp/`)).toHaveLength(2); // its log and its result
  });

  test('mock outputs do no harm once the dependency has outputs', async () => {
    await using live = await liveRepository();
    const { bucket, deliver } = bench(live);
    const mocks = 'mock_outputs = { value = "mock" }\n mock_outputs_merge_strategy_with_state = "deep_map_only"';
    const head = await live.commit({ 'root.hcl': root(live), ...vpc('one'), ...reader(mocks) });
    const { id } = await storeDelivery(bucket, deliveryOf(head, units));
    await deliver(id, 'prod/vpc');

    expect(await deliver(id, 'prod/app')).toMatchObject({ outcome: 'applied' });
    expect(await outputOf(live, 'prod/app')).toBe('one');
  });

  test('a dependency without outputs and without mocks fails the plan with its name', async () => {
    await using live = await liveRepository();
    const { bucket, run } = bench(live);
    const head = await live.commit({ 'root.hcl': root(live), ...vpc('one'), ...reader('') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, units));

    expect((await run('plan', id, 'prod/app')).error).toMatch(/because prod\/vpc, which .* has no outputs yet/);
  });

  test('a unit without a backend is not planned, because its state would be lost', async () => {
    await using live = await liveRepository();
    const { bucket, run } = bench(live);
    const head = await live.commit({ 'a/terragrunt.hcl': '', 'a/main.tf': 'resource "terraform_data" "this" {}\n' });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [{ path: 'a', tool: 'terragrunt' }]));

    expect((await run('plan', id, 'a')).error).toMatch(/a keeps its state inside its own directory.*remote_state/);
  });

  test.each([
    ['a workspace', 'TF_WORKSPACE = "blue"'],
    ['another data directory, and in that a workspace', 'TF_DATA_DIR = ".data", TF_WORKSPACE = "blue"'],
  ])('a unit that Terragrunt gives %s is not planned, because its state would be lost', async (_, variables) => {
    await using live = await liveRepository();
    const extra = `terraform {\n  extra_arguments "e" {\n    commands = ["init", "plan", "apply"]\n    env_vars = { ${variables} }\n  }\n}\n`;
    const head = await live.commit({
      'root.hcl': root(live),
      ...vpc('one'),
      'prod/vpc/terragrunt.hcl': include + extra,
    });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, units.slice(0, 1)));
    expect((await run('plan', id, 'prod/vpc')).error).toMatch(/keeps its state inside its own directory/);
  });

  test('a unit that Terragrunt gives another data directory is planned and applied', async () => {
    await using live = await liveRepository();
    const extra =
      'terraform {\n  extra_arguments "e" {\n    commands = ["init", "plan", "apply", "show"]\n    env_vars = { TF_DATA_DIR = ".data" }\n  }\n}\n';
    const head = await live.commit({
      'root.hcl': root(live),
      ...vpc('one'),
      'prod/vpc/terragrunt.hcl': include + extra,
    });
    const { bucket, deliver } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, units.slice(0, 1)));
    expect(await deliver(id, 'prod/vpc')).toMatchObject({ outcome: 'applied', error: null });
  });

  test('a stale plan is not applied, and the pipeline is told so', async () => {
    await using live = await liveRepository();
    const { bucket, run } = bench(live);
    const head = await live.commit({ 'root.hcl': root(live), ...vpc('one') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, units));
    const planned = await run('plan', id, 'prod/vpc');
    await run('apply', id, 'prod/vpc', planned.plan);
    await bucket.remove(bucketKeys.result(id, 'prod/vpc', 'apply'));

    expect((await run('apply', id, 'prod/vpc', planned.plan)).outcome).toBe('stale');
  });

  test.each([
    ['what its configuration runs prints', 'locals {\n  team = run_cmd("echo", "{\\"team\\": blue")\n}\n'],
    [
      'a hook prints',
      'terraform {\n  after_hook "talk" {\n    commands = ["init", "plan", "show", "apply"]\n    execute = ["echo", "{}"]\n  }\n}\n',
    ],
    [
      'its plan tells with its exit code that there are changes',
      'terraform {\n  extra_arguments "d" {\n    commands  = ["plan"]\n    arguments = ["-detailed-exitcode"]\n  }\n}\n',
    ],
  ])('a unit is planned and applied when %s', async (_, configuration) => {
    await using live = await liveRepository();
    const files = { ...vpc('one'), 'prod/vpc/terragrunt.hcl': include + configuration };
    const head = await live.commit({ 'root.hcl': root(live), ...files });
    const { bucket, deliver } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, units.slice(0, 1)));
    const applied = await deliver(id, 'prod/vpc');
    expect(applied).toMatchObject({ outcome: 'applied', counts: { add: 1 }, error: null });
    expect(JSON.parse(bucket.text(bucketKeys.planJson(id, 'prod/vpc', applied.plan ?? '')) ?? '')).toHaveProperty(
      'format_version',
    );
    expect(await outputOf(live, 'prod/vpc')).toBe('one');
  });

  test('an apply that failed, which Terragrunt was told to ignore, is not told to be applied', async () => {
    await using live = await liveRepository();
    const ignoring =
      'terraform {\n  before_hook "vpn" {\n    commands = ["apply"]\n    execute  = ["sh", "-c", "echo vpn is down; exit 1"]\n  }\n}\nerrors {\n  ignore "vpn" {\n    ignorable_errors = [".*"]\n  }\n}\n';
    const files = { ...vpc('one'), 'prod/vpc/terragrunt.hcl': include + ignoring };
    const head = await live.commit({ 'root.hcl': root(live), ...files });
    const { bucket, deliver } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, units.slice(0, 1)));
    const applied = await deliver(id, 'prod/vpc');
    expect(applied).toMatchObject({ outcome: 'failed', plan: null }); // nothing is half applied
    expect(applied.error).toMatch(/^terragrunt apply ended as if all were well.*nothing of it is in the state \(.*vpn/);
    await expect(outputOf(live, 'prod/vpc')).rejects.toThrow('ENOENT');
  });

  describe('an apply that fails', () => {
    const hook = (when: string, ends: number) =>
      `terraform {\n  ${when}_hook "vpn" {\n    commands = ["apply"]\n    execute  = ["sh", "-c", "echo vpn is down; exit ${ends}"]\n  }\n}\n`;
    const applied = async (live: LiveRepository, configuration: string, more: Files = {}) => {
      const files = { ...vpc('one'), ...more, 'prod/vpc/terragrunt.hcl': include + configuration };
      const head = await live.commit({ 'root.hcl': root(live), ...files });
      const { bucket, run } = bench(live);
      const { id } = await storeDelivery(bucket, deliveryOf(head, units.slice(0, 1)));
      const planned = await run('plan', id, 'prod/vpc');
      expect(planned).toMatchObject({ outcome: 'planned', error: null });
      return run('apply', id, 'prod/vpc', planned.plan);
    };

    test.each([
      ['a hook before it', hook('before', 1), /^terragrunt apply failed: Hook "vpn" \(command: .*1: vpn is down;/],
      [
        'its configuration that can not be evaluated any more',
        'locals {\n  team = get_terraform_command() == "apply" ? run_cmd("false") : "blue"\n}\n',
        /^terragrunt apply failed: Error in function call/,
      ],
      [
        'its source that can not be had any more',
        'terraform {\n  source = get_terraform_command() == "apply" ? "git::file:///there/is/none" : "."\n}\n',
        /^terragrunt apply failed: downloading source url git::file:..\/there\/is\/none;/,
      ],
    ])('by %s, before Terraform began, is not told to be half applied', async (_, configuration, error) => {
      await using live = await liveRepository();
      const failed = await applied(live, configuration);
      expect(failed).toMatchObject({ outcome: 'failed', plan: null });
      expect(failed.error).toMatch(error);
      await expect(outputOf(live, 'prod/vpc')).rejects.toThrow('ENOENT');
    });

    test('by a hook after it is told to have applied all of the plan', async () => {
      await using live = await liveRepository();
      const failed = await applied(live, hook('after', 1));
      expect(failed).toMatchObject({ outcome: 'failed', plan: expect.any(String), complete: true });
      expect(failed.error).toMatch(
        /^all of the plan is applied, as the state shows; then .*: Hook "vpn".*vpn is down;/,
      );
      expect(await outputOf(live, 'prod/vpc')).toBe('one');
    });

    test('by itself, and then by a hook before it when it is tried again, may be half applied', async () => {
      await using live = await liveRepository();
      const once = join(live.states, 'once');
      const again = `errors {\n  retry "all" {\n    retryable_errors = [".*"]\n    max_attempts = 2\n    sleep_interval_sec = 0\n  }\n}\n`;
      const main = `resource "terraform_data" "this" {\n  provisioner "local-exec" {\n    command = "touch '${once}'; exit 1"\n  }\n}\n`;
      const failed = await applied(
        live,
        again + hook('before', 1).replace('echo vpn is down; exit 1', `test ! -e '${once}'`),
        { 'prod/vpc/main.tf': main },
      );
      expect(failed).toMatchObject({ outcome: 'failed', plan: expect.any(String) });
    });
  });

  test('a plan that was approved is applied with the source that it was made of, though its tag has been moved', async () => {
    await using live = await liveRepository();
    await using sources = await liveRepository();
    const main =
      'resource "terraform_data" "this" {\n  input = file("${path.module}/../shared/text")\n}\noutput "value" {\n  value = terraform_data.this.output\n}\n';
    const text = async (said: string) => {
      const commit = await sources.commit({ 'vpc/main.tf': main, 'shared/text': said });
      await sources.git('tag', '--force', 'v1', commit);
    };
    await text('as planned');
    const from = `terraform {\n  source = "git::file://${sources.url}//vpc?ref=v1"\n}\n`;
    const head = await live.commit({ 'root.hcl': root(live), 'prod/vpc/terragrunt.hcl': include + from });
    const { bucket, run } = bench(live);
    const { id } = await storeDelivery(bucket, deliveryOf(head, units.slice(0, 1)));
    const planned = await run('plan', id, 'prod/vpc');
    expect(planned).toMatchObject({ outcome: 'planned', error: null });
    await text('moved');

    expect(await run('apply', id, 'prod/vpc', planned.plan)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(live, 'prod/vpc')).toBe('as planned');
  });

  test('a lock that somebody else holds is named with the command that frees it', async () => {
    await using live = await liveRepository();
    const applying = Promise.withResolvers<void>();
    const output = (text: string) => text.includes('(local-exec): applying') && applying.resolve();
    const { bucket, run, deliver } = bench(live, { output });
    const head = await live.commit({ 'root.hcl': root(live), ...vpc('one') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, units));
    const slow = `${await readSource(live, head, 'prod/vpc/main.tf')}
resource "terraform_data" "waits" {
  provisioner "local-exec" {
    command = "echo applying; until [ -e '${live.states}/go on' ]; do sleep 0.1; done"
  }
}
`;
    await deliver(id, 'prod/vpc');
    const next = await live.commit({ 'prod/vpc/main.tf': slow });
    const second = await storeDelivery(bucket, deliveryOf(next, units));
    const planned = await run('plan', second.id, 'prod/vpc');
    const applied = run('apply', second.id, 'prod/vpc', planned.plan);
    await applying.promise;

    const refused = await run('plan', second.id, 'prod/vpc');
    await writeFile(join(live.states, 'go on'), '');

    expect(refused.error).toMatch(/could not get the state's lock.*`terragrunt run -- force-unlock [0-9a-f-]+`/);
    expect((await applied).outcome).toBe('applied');
  });

  test('a run that takes too long is stopped as by Ctrl-C, and leaves no lock', async () => {
    await using live = await liveRepository();
    const { bucket, deliver, run, said } = bench(live, { grace: 20_000 });
    const settings = deliverySettingsSchema.parse({ timeouts: { applyMinutes: 0.05 } });
    const slow =
      'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "exec sleep 1000"\n  }\n}\n';
    const files = { 'prod/vpc/terragrunt.hcl': include, 'prod/vpc/main.tf': slow };
    const head = await live.commit({ 'root.hcl': root(live), ...files });
    const { id } = await storeDelivery(bucket, deliveryOf(head, units, { settings }));

    const stopped = await deliver(id, 'prod/vpc');

    expect(stopped.error).toMatch(/^apply was stopped after 0.05 minutes/);
    expect(said()).toContain('Interrupt received');
    expect(said()).not.toContain('Two interrupts received');
    expect(await run('plan', id, 'prod/vpc')).toMatchObject({ outcome: 'planned', error: null });
  });

  test.each(['two words', "it's", 'say "x"', '$(touch oops)', '-destroy', 'größe ☃', 'a;b&c', '${x}'])(
    'a unit in a directory named %j is planned and applied, and read by another',
    async (path) => {
      await using live = await liveRepository();
      const { bucket, deliver } = bench(live);
      const quoted = JSON.stringify(`../${path}`).replace(/[$%](?=\{)/g, '$&$&');
      const head = await live.commit({
        'root.hcl': root(live).replace('path_relative_to_include()', 'sha1(path_relative_to_include())'),
        [`${path}/terragrunt.hcl`]: include,
        [`${path}/main.tf`]: 'output "value" {\n  value = "one"\n}\n',
        'reader/terragrunt.hcl': `${include}dependency "it" {\n  config_path = ${quoted}\n  mock_outputs = { value = "mock" }\n}\ninputs = { it = dependency.it.outputs.value }\n`,
        'reader/main.tf': 'variable "it" {\n  type = string\n}\noutput "value" {\n  value = var.it\n}\n',
      });
      const { id } = await storeDelivery(
        bucket,
        deliveryOf(head, [
          { path, tool: 'terragrunt' },
          { path: 'reader', tool: 'terragrunt', dependencies: [path] },
        ]),
      );

      expect(await deliver(id, path)).toMatchObject({ outcome: 'applied', error: null });
      expect(await deliver(id, 'reader')).toMatchObject({ outcome: 'applied', error: null, outputsChanged: ['value'] });
    },
  );
});

function readSource(live: LiveRepository, commit: string, path: string): Promise<string> {
  return live.git('cat-file', 'blob', `${commit}:${path}`);
}
