/** What stays in a unit's older state is counted while its new code is planned: with real Terraform. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deliveryOf, storeDelivery, type UnitFacts } from '../../support/delivery.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { bench } from '../../support/runner-bench.ts';
import { describeWithTool, environmentWithTools } from '../../support/tools.ts';

const backend = (path: string) =>
  `terraform {\n  backend "local" {\n    path = "${path}"\n    workspace_dir = "${path}.d"\n  }\n}\n`;
const inState = (live: LiveRepository, name: string) => backend(join(live.states, `${name}.tfstate`));
const network = 'module "network" {\n  source = "./network"\n}\n';
const files = (live: LiveRepository) => ({
  'app/network/main.tf': 'resource "terraform_data" "subnet" {\n  count = 3\n}\n',
  'app/main.tf': `${network}resource "terraform_data" "vpc" {}\ndata "terraform_remote_state" "other" {\n  backend = "local"\n  config  = { path = "${join(live.states, 'other.tfstate')}" }\n}\n`,
});

const emptyState = '{"version":4,"serial":1,"lineage":"other"}';

/** A unit that is applied, and whose state is to be another one. */
async function moved(live: LiveRepository, unit: Partial<UnitFacts> = {}, environment = environmentWithTools()) {
  const { bucket, run, deliver, said } = bench(live, { environment });
  await writeFile(join(live.states, 'other.tfstate'), emptyState);
  const base = await live.commit({ ...files(live), 'app/backend.tf': inState(live, 'old') });
  const first = await storeDelivery(bucket, deliveryOf(base, [{ path: 'app' }]));
  expect(await deliver(first.id, 'app')).toMatchObject({ outcome: 'applied', counts: { add: 4 } });
  const head = await live.commit({ 'app/backend.tf': inState(live, 'new') });
  const stateBefore = 'local path=old.tfstate';
  return {
    said,
    /** @param from whose state is the older one, for a commit */
    plan: async (from = base) => {
      const one = { path: 'app', base: from, stateBefore, ...unit };
      const { id } = await storeDelivery(bucket, deliveryOf(head, [one], { base: from }));
      return run('plan', id, 'app');
    },
  };
}

describeWithTool('terraform', 'what stays in the state that a unit had before', () => {
  test('is counted, without data sources, and nothing is written there', async () => {
    await using live = await liveRepository();
    const { plan, said } = await moved(live);
    const before = await readFile(join(live.states, 'old.tfstate'), 'utf8');

    expect(await plan()).toMatchObject({ outcome: 'planned', heldBefore: 4, counts: { add: 4 }, error: null });
    expect(said()).not.toContain('"lineage"');
    expect(await readFile(join(live.states, 'old.tfstate'), 'utf8')).toBe(before);
    expect(await readdir(live.states)).toEqual(['old.tfstate', 'other.tfstate']);
  });

  test('is counted with the tool of the code that is applied', async () => {
    await using live = await liveRepository();
    const { plan, said } = await moved(live, { toolBefore: 'terragrunt' });
    expect(await plan()).not.toHaveProperty('heldBefore');
    expect(said()).toMatch(/not counted: terragrunt/);
  });

  test.each([
    [
      'has a backend that can not be reached',
      (live: LiveRepository) => ({ 'app/backend.tf': backend(join(live.states, 'old.tfstate', 'x')) }),
    ],
    ['has none any more', (live: LiveRepository) => ({ 'app/backend.tf': inState(live, 'gone') })],
    ['has one beside it', () => ({ 'app/backend.tf': null, 'app/terraform.tfstate': emptyState })],
  ])('is not counted where the code before %s, and is planned all the same', async (_, code) => {
    await using live = await liveRepository();
    const { plan, said } = await moved(live);
    const from = await live.commit(code(live));
    const planned = await plan(from);
    expect(planned).toMatchObject({ outcome: 'planned', counts: { add: 4 }, error: null });
    expect(planned).not.toHaveProperty('heldBefore');
    expect(said()).toContain('not counted: ');
  });

  test('is not counted in a workspace, whose name is not among those of states', async () => {
    await using live = await liveRepository();
    const { plan, said } = await moved(live, {}, { ...environmentWithTools(), TF_WORKSPACE: 'blue' });
    expect(await plan()).not.toHaveProperty('heldBefore');
    expect(said()).toContain('not counted: app is in the workspace blue');
  });

  test('is not looked for where the state is the same one', async () => {
    await using live = await liveRepository();
    const { plan, said } = await moved(live, { stateBefore: undefined });
    expect(await plan()).not.toHaveProperty('heldBefore');
    expect(said()).not.toContain('counting');
  });
});
