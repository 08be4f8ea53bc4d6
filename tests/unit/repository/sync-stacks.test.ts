// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { configSchema } from '../../../src/config/schema.ts';
import type { Outcome } from '../../../src/model.ts';
import { sync } from '../../../src/repository/sync.ts';
import { deliveryOf, endedSo, storeDelivery, type UnitFacts } from '../../support/delivery.ts';
import { type Files, type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const module = 'terraform {\n  source = "git::https://example.org/modules.git//thing"\n}\n';
const unit = (name: string, value: string) =>
  `unit "${name}" {\n  source = "\${get_repo_root()}/catalog/${name}"\n  path = "${name}"\n  values = { value = "${value}" }\n}\n`;
const stack = (environment: string, ...units: string[]): Files => ({
  [`${environment}/terragrunt.stack.hcl`]: units.join(''),
});
const catalog: Files = {
  'catalog/vpc/terragrunt.hcl': `${module}inputs = values\n`,
  'catalog/app/terragrunt.hcl': `${module}inputs = values\n`,
};
const at = (environment: string, name: string) => `${environment}/.terragrunt-stack/${name}`;

/** A delivery of `head` that ended as it says, and the sync after it. */
async function synced(live: LiveRepository, head: string, units: (UnitFacts & { outcome: Outcome })[], base: string) {
  const bucket = new MemoryBucket();
  const facts = units.map(({ outcome: _, ...one }) => ({ tool: 'terragrunt' as const, ...one }));
  const delivery = await storeDelivery(bucket, deliveryOf(head, facts, { base }));
  const outcomes = Object.fromEntries(units.map(({ path, outcome }) => [path, outcome]));
  await endedSo(bucket, delivery, outcomes);
  const said: string[] = [];
  const config = configSchema.parse({ sync: 'commit' });
  const run = () =>
    sync(
      { delivery: delivery.id },
      { bucket, repositoryUrl: live.url, config, environment: {}, output: (text) => said.push(text) },
    );
  return { result: await run(), said: said.join(''), again: run };
}

const file = (live: LiveRepository, path: string) => live.git('cat-file', 'blob', `main:${path}`).catch(() => null);
const message = (live: LiveRepository) => live.git('log', '-1', '--format=%B', 'main');

describe('after a delivery of units that stacks generate, sync', () => {
  test("puts the stack's file back when all that it changed is not applied", async () => {
    await using live = await liveRepository();
    const base = await live.commit({ ...catalog, ...stack('prod', unit('vpc', '1'), unit('app', '1')) });
    const head = await live.commit(stack('prod', unit('vpc', '2'), unit('app', '1')));

    const { result, again } = await synced(
      live,
      head,
      [
        { path: at('prod', 'vpc'), base, outcome: 'declined' },
        { path: at('prod', 'app'), base, outcome: 'cancelled' },
      ],
      base,
    );

    expect(result.units).toEqual([at('prod', 'vpc')]);
    expect(await file(live, 'prod/terragrunt.stack.hcl')).toBe(unit('vpc', '1') + unit('app', '1'));
    expect(await again()).toEqual(result);
  });

  test('leaves the file alone, and says so, when another of its units was applied with it', async () => {
    await using live = await liveRepository();
    const before = { ...catalog, ...stack('prod', unit('vpc', '1'), unit('app', '1')), 'dns/terragrunt.hcl': module };
    const base = await live.commit(before);
    const changed: Files = {
      ...stack('prod', unit('vpc', '2'), unit('app', '2')),
      'dns/terragrunt.hcl': `${module}# 2\n`,
    };
    const head = await live.commit(changed);

    const { result, said, again } = await synced(
      live,
      head,
      [
        { path: at('prod', 'vpc'), base, outcome: 'declined' },
        { path: at('prod', 'app'), base, outcome: 'applied' },
        { path: 'dns', base, outcome: 'declined' },
      ],
      base,
    );

    const reason = `putting back prod/terragrunt.stack.hcl would change ${at('prod', 'app')}, too`;
    expect(result.units).toEqual(['dns']);
    expect(said).toContain(`${at('prod', 'vpc')} is left alone: ${reason}\n`);
    expect(await file(live, 'dns/terragrunt.hcl')).toBe(module);
    expect(await file(live, 'prod/terragrunt.stack.hcl')).toBe(changed['prod/terragrunt.stack.hcl']);
    expect(await message(live)).toContain(
      `- dns: declined\n\nThese are not applied either, and are to be put back by hand:\n\n- ${at('prod', 'vpc')}: ${reason}\n\nLive-CI-Delivery: `,
    );
    expect(await again()).toEqual(result);
  });

  test.each([
    ['puts a source back when no unit that is made of it is applied', 'declined', 'inputs = values\n'],
    ['leaves a source alone when another unit that is made of it is applied', 'applied', 'inputs = values\n# 2\n'],
  ] as const)('%s', async (_, outcome, expected) => {
    await using live = await liveRepository();
    const both = { ...stack('dev', unit('vpc', 'dev')), ...stack('prod', unit('vpc', 'prod')) };
    const base = await live.commit({ ...catalog, ...both });
    const head = await live.commit({ 'catalog/vpc/terragrunt.hcl': `${module}inputs = values\n# 2\n` });

    const { result } = await synced(
      live,
      head,
      [
        { path: at('dev', 'vpc'), base, outcome },
        { path: at('prod', 'vpc'), base, outcome: 'declined' },
      ],
      base,
    );

    expect(result.units).toEqual(outcome === 'applied' ? [] : [at('dev', 'vpc'), at('prod', 'vpc')]);
    expect(await file(live, 'catalog/vpc/terragrunt.hcl')).toBe(module + expected);
  });

  test('takes the block of a new unit out, and gives a deleted one its block back', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ ...catalog, ...stack('prod', unit('vpc', '1')) });
    const head = await live.commit(stack('prod', unit('app', '1')));

    const { result } = await synced(
      live,
      head,
      [
        { path: at('prod', 'app'), outcome: 'rolled-back' },
        { path: at('prod', 'vpc'), base, deleted: true, outcome: 'declined' },
      ],
      base,
    );

    expect(result.units).toEqual([at('prod', 'app'), at('prod', 'vpc')]);
    expect(await file(live, 'prod/terragrunt.stack.hcl')).toBe(unit('vpc', '1'));
  });

  test('takes a new stack out with its file', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ ...catalog, 'README.md': '' });
    const head = await live.commit(stack('prod', unit('vpc', '1')));

    await synced(live, head, [{ path: at('prod', 'vpc'), outcome: 'declined' }], base);

    expect(await file(live, 'prod/terragrunt.stack.hcl')).toBeNull();
    expect(await file(live, 'catalog/vpc/terragrunt.hcl')).not.toBeNull();
  });

  test('keeps what other units got since this one was applied', async () => {
    await using live = await liveRepository();
    const first = await live.commit({ ...catalog, ...stack('prod', unit('vpc', '1'), unit('app', '1')) });
    const base = await live.commit(stack('prod', unit('vpc', '1'), unit('app', '2')));
    const head = await live.commit(stack('prod', unit('vpc', '2'), unit('app', '2')));

    await synced(live, head, [{ path: at('prod', 'vpc'), base: first, outcome: 'declined' }], base);

    expect(await file(live, 'prod/terragrunt.stack.hcl')).toBe(unit('vpc', '1') + unit('app', '2'));
  });

  test('leaves a source alone that is a unit itself, when what a stack makes of it is applied', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'catalog/vpc/terragrunt.hcl': module, ...stack('prod', unit('vpc', '1')) });
    const head = await live.commit({ 'catalog/vpc/terragrunt.hcl': `${module}# 2\n` });

    const { result } = await synced(
      live,
      head,
      [
        { path: 'catalog/vpc', base, outcome: 'declined' },
        { path: at('prod', 'vpc'), base, outcome: 'applied' },
      ],
      base,
    );

    expect(result.commit).toBeNull();
  });
});
