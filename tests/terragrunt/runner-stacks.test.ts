// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
/** Runs of units that stacks generate, with the real Terragrunt. */
import { deliveryOf, storeDelivery } from '../support/delivery.ts';
import { type Files, type LiveRepository, liveRepository } from '../support/live-repository.ts';
import { bench, outputOf } from '../support/runner-bench.ts';
import { describeWithTool } from '../support/tools.ts';

/** State files are named after the unit's path, beside the repository. */
const root = (live: LiveRepository) => `
remote_state {
  backend  = "local"
  generate = { path = "backend.tf", if_exists = "overwrite_terragrunt" }
  config   = { path = "${live.states}/\${basename(path_relative_to_include())}.tfstate" }
}
`;
const include = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n';
const code = (type: string) =>
  `variable "value" {\n  type = ${type}\n}\nresource "terraform_data" "this" {\n  input = var.value\n}\noutput "value" {\n  value = terraform_data.this.output\n}\n`;

/** Units that take their value from the stack, or from the unit "vpc" beside them. */
const catalog = (live: LiveRepository): Files => ({
  'root.hcl': root(live),
  'catalog/units/vpc/terragrunt.hcl': `${include}inputs = { value = values.value }\n`,
  'catalog/units/vpc/main.tf': code('string'),
  'catalog/units/app/terragrunt.hcl': `${include}dependency "vpc" {\n  config_path = "../vpc"\n}\ninputs = { value = dependency.vpc.outputs.value }\n`,
  'catalog/units/app/main.tf': code('string'),
});

const unit = (name: string, more = '') =>
  `unit "${name}" {\n  source = "\${get_repo_root()}/catalog/units/${name}"\n  path = "${name}"\n${more}}\n`;
const net = (value: string, more = ''): Files => ({
  'live/net/terragrunt.stack.hcl': unit('vpc', `  values = { value = "${value}" }\n`) + more,
});

const path = (name: string) => `live/net/.terragrunt-stack/${name}`;
const tool = 'terragrunt' as const;
const vpc = { path: path('vpc'), tool };
const app = { path: path('app'), tool, dependencies: [vpc.path] };

describeWithTool('terragrunt', 'a run of a unit that a stack generates', () => {
  test('plans and applies it, rolls it back to the base commit, and destroys it once its block is gone', async () => {
    await using live = await liveRepository();
    const { bucket, run, deliver, rollBack } = bench(live);
    const base = await live.commit({ ...catalog(live), ...net('one', unit('app')) });
    const first = await storeDelivery(bucket, deliveryOf(base, [vpc, app]));
    expect(await deliver(first.id, vpc.path)).toMatchObject({ outcome: 'applied', counts: { add: 1 }, error: null });
    expect(await deliver(first.id, app.path)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(live, 'app')).toBe('one');

    const head = await live.commit(net('two'));
    const deleted = { ...app, base, deleted: true };
    const second = await storeDelivery(bucket, deliveryOf(head, [{ ...vpc, base }, deleted], { base }));
    expect(await deliver(second.id, vpc.path)).toMatchObject({ outcome: 'applied', counts: { change: 1 } });
    expect(await outputOf(live, 'vpc')).toBe('two');
    const destroyed = await run('plan', second.id, app.path);
    expect(await run('destroy', second.id, app.path, destroyed.plan)).toMatchObject({
      outcome: 'applied',
      counts: { destroy: 1 },
      commit: base,
    });
    expect(await rollBack(second.id, vpc.path)).toMatchObject({ outcome: 'rolled-back', commit: base });
    expect(await outputOf(live, 'vpc')).toBe('one');
  });

  test('finds the outputs of generated units of another stack, also for a unit of the repository', async () => {
    await using live = await liveRepository();
    const { bucket, deliver } = bench(live);
    const reader = (target: string) =>
      `${include}dependency "it" {\n  config_path = "${target}"\n}\ninputs = { value = dependency.it.outputs.value }\n`;
    const head = await live.commit({
      ...catalog(live),
      ...net('one'),
      'live/dns/terragrunt.hcl': reader('../net/.terragrunt-stack/vpc'),
      'live/dns/main.tf': code('string'),
      'catalog/stacks/apps/terragrunt.stack.hcl':
        'unit "web" {\n  source = "${get_repo_root()}/catalog/units/web"\n  path = "web"\n  values = { to = values.to }\n}\n',
      'catalog/units/web/terragrunt.hcl': reader('${values.to}'),
      'catalog/units/web/main.tf': code('string'),
      'live/apps/terragrunt.stack.hcl':
        'stack "all" {\n  source = "${get_repo_root()}/catalog/stacks/apps"\n  path = "all"\n  values = { to = "${get_repo_root()}/live/dns" }\n}\n',
    });
    const web = 'live/apps/.terragrunt-stack/all/.terragrunt-stack/web';
    const { id } = await storeDelivery(
      bucket,
      deliveryOf(head, [
        vpc,
        { path: 'live/dns', tool, dependencies: [vpc.path] },
        { path: web, tool, dependencies: ['live/dns'] },
      ]),
    );
    for (const one of [vpc.path, 'live/dns', web])
      expect(await deliver(id, one)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(live, 'web')).toBe('one');
  });

  test('finds the outputs of another stack for a unit whose source lies in another repository', async () => {
    await using live = await liveRepository();
    await using elsewhere = await liveRepository();
    const { bucket, deliver } = bench(live);
    await elsewhere.commit({
      'units/web/terragrunt.hcl': `${include}dependency "it" {\n  config_path = values.to\n}\ninputs = { value = dependency.it.outputs.value }\n`,
      'units/web/main.tf': code('string'),
    });
    const head = await live.commit({
      ...catalog(live),
      ...net('one'),
      'live/apps/terragrunt.stack.hcl': `unit "web" {\n  source = "git::file://${elsewhere.url}//units/web?ref=main"\n  path = "web"\n  values = { to = "\${get_repo_root()}/${vpc.path}" }\n}\n`,
    });
    const web = { path: 'live/apps/.terragrunt-stack/web', tool, dependencies: [vpc.path] };
    const { id } = await storeDelivery(bucket, deliveryOf(head, [vpc, web]));
    for (const { path } of [vpc, web])
      expect(await deliver(id, path)).toMatchObject({ outcome: 'applied', error: null });
    expect(await outputOf(live, 'web')).toBe('one');
  });

  test('leaves what is committed of a stack as it is committed', async () => {
    await using live = await liveRepository();
    const { bucket, deliver } = bench(live);
    const head = await live.commit({
      ...catalog(live),
      ...net('from the stack', unit('app')),
      [`${path('vpc')}/terragrunt.hcl`]: `${include}inputs = { value = values.value }\n`,
      [`${path('vpc')}/terragrunt.values.hcl`]: 'value = "committed"\n',
      [`${path('vpc')}/main.tf`]: code('string'),
    });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [vpc, app]));
    for (const one of [vpc.path, app.path]) expect(await deliver(id, one)).toMatchObject({ outcome: 'applied' });
    expect(await outputOf(live, 'app')).toBe('committed');
  });

  test('generates no other stack, and says why one can not be generated', async () => {
    await using live = await liveRepository();
    const { bucket, deliver, run } = bench(live);
    const head = await live.commit({
      ...catalog(live),
      ...net('one'),
      'live/broken/terragrunt.stack.hcl': unit('vpc', '  values = { value = run_cmd("false") }\n'),
    });
    const broken = { path: 'live/broken/.terragrunt-stack/vpc', tool };
    const { id } = await storeDelivery(bucket, deliveryOf(head, [vpc, broken]));
    expect(await deliver(id, vpc.path)).toMatchObject({ outcome: 'applied', error: null });
    const failed = await run('plan', id, broken.path);
    expect(failed).toMatchObject({ outcome: 'failed', plan: null });
    expect(failed.error).toMatch(/^terragrunt stack generate failed: /);
  });

  test('refuses one that keeps its state in the checkout', async () => {
    await using live = await liveRepository();
    const { bucket, run } = bench(live);
    const head = await live.commit({ ...catalog(live), 'root.hcl': '', ...net('one') });
    const { id } = await storeDelivery(bucket, deliveryOf(head, [vpc]));
    expect((await run('plan', id, vpc.path)).error).toMatch(/keeps its state inside its own directory/);
  });
});
