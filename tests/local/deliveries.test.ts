import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { skip } from '../../src/delivery/halted.ts';
import type { Decision } from '../../src/model.ts';
import { liveCi } from '../support/command-line.ts';
import { Console } from '../support/console.ts';
import {
  approveAll,
  approveAnd,
  endings,
  type LocalPipeline,
  startLocalPipeline,
  terraformUnit,
  type UnitCode,
} from '../support/local-pipeline.ts';
import { openMailbox } from '../support/mailbox.ts';

jest.setTimeout(300_000);

let pipeline: LocalPipeline;
beforeAll(async () => {
  pipeline = await startLocalPipeline({ more: 'redaction: { patterns: ["acme-[0-9]+"] }\n' });
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const unit = (path: string, code: UnitCode) => terraformUnit(pipeline.repository.states, path, code);

/** What is applied, as the unit's state file says. */
async function stateOf(path: string): Promise<unknown> {
  const file = join(pipeline.repository.states, `${path}.tfstate`);
  if (!existsSync(file)) return undefined;
  const { resources } = JSON.parse(await readFile(file, 'utf8'));
  const thing = resources.find((resource: { type: string }) => resource.type === 'terraform_data');
  return thing?.instances[0].attributes.input.value ?? thing?.instances[0].attributes.input;
}

test('a commit is delivered in order: a unit is planned with what its dependencies have just become', async () => {
  const first = await pipeline.repository.commit({
    ...unit('base', { value: 'one' }),
    ...unit('app', { value: 'app', reads: ['base'] }),
  });
  expect(endings(await pipeline.follow(first))).toEqual({ base: 'applied', app: 'applied' });
  const second = await pipeline.repository.commit(unit('base', { value: 'two' }));
  const delivery = await pipeline.follow(second);
  expect(endings(delivery)).toEqual({ base: 'applied', app: 'applied' });
  expect(delivery.units.map(({ path }) => path)).toEqual(['base', 'app']);
  expect(await stateOf('app')).toBe('app+two');
});

test('a commit that changes nothing that a unit reads delivers nothing, and the next one is delivered', async () => {
  const nothing = await pipeline.repository.commit({ 'README.md': 'words\n' });
  expect(endings(await pipeline.follow(nothing))).toEqual({});
  const something = await pipeline.repository.commit(unit('base', { value: 'three' }));
  expect(endings(await pipeline.follow(something))).toEqual({ base: 'applied', app: 'applied' });
});

test('directories may be named as people name them', async () => {
  const paths = ['with space/it\'s "quoted"', '$(touch pwned)/;echo', '-rf/--help', 'ünïcode/日本', '%2e%2e/a&b'];
  const files = Object.assign({}, ...paths.map((path) => unit(path, { value: path })));
  const commit = await pipeline.repository.commit(files);
  const delivery = await pipeline.follow(commit);
  expect(endings(delivery)).toEqual(Object.fromEntries(paths.map((path) => [path, 'applied'])));
  expect(delivery.units.filter(({ error }) => error)).toEqual([]);
  for (const path of paths) expect(await stateOf(path)).toBe(path);
});

test('a declined unit cancels its dependents and takes back what else waits, and git says again what is applied', async () => {
  const before = await pipeline.tip();
  const commit = await pipeline.repository.commit({
    ...unit('base', { value: 'declined' }),
    ...unit('other', { value: 'new' }),
  });
  const delivery = await pipeline.follow(commit, (status) => {
    const waiting = status.units.filter(({ state }) => state === 'waiting-for-approval').map(({ path }) => path);
    if (!waiting.includes('base') || !waiting.includes('other')) return [];
    return [{ delivery: status.delivery, unit: 'base', decision: 'decline', rollback: 'none' }];
  });
  expect(delivery.state).toBe('ended');
  expect(endings(delivery)).toEqual({ base: 'declined', app: 'cancelled', other: 'cancelled' });
  const sync = await pipeline.tip();
  expect(sync).not.toBe(commit);
  // Nobody has said anything about the other: it stays, and is asked about again.
  expect(await pipeline.repository.git('diff', '--name-only', before, sync)).toBe('other/main.tf\n');
  expect(endings(await pipeline.follow(sync))).toMatchObject({ base: 'unchanged', other: 'applied' });
});

describe('when an apply fails, the approver chooses what is rolled back', () => {
  const cases: { rollback: Pick<Decision, 'rollback' | 'units'>; ended: Record<string, string>; halted?: true }[] = [
    { rollback: { rollback: 'current' }, ended: { base: 'applied', app: 'rolled-back', other: 'applied' } },
    { rollback: { rollback: 'dependencies' }, ended: { base: 'rolled-back', app: 'rolled-back', other: 'applied' } },
    { rollback: { rollback: 'all' }, ended: { base: 'rolled-back', app: 'rolled-back', other: 'rolled-back' } },
    {
      rollback: { rollback: 'selective', units: ['app', 'other'] },
      ended: { base: 'applied', app: 'rolled-back', other: 'rolled-back' },
    },
    { rollback: { rollback: 'none' }, ended: { base: 'applied', app: 'failed', other: 'applied' }, halted: true },
  ];

  test.each(cases)('$rollback.rollback', async ({ rollback, ended, halted }) => {
    const values = { base: await stateOf('base'), other: await stateOf('other') };
    const value = `${rollback.rollback}`;
    const commit = await pipeline.repository.commit({
      ...unit('base', { value }),
      ...unit('other', { value }),
      ...unit('app', { value: 'app', reads: ['base'], fails: true }),
    });
    const delivery = await pipeline.follow(commit, approveAnd(rollback));
    expect(endings(delivery)).toEqual(ended);
    for (const path of ['base', 'other'] as const) {
      expect(await stateOf(path)).toBe(ended[path] === 'applied' ? value : values[path]);
    }
    expect(delivery.state).toBe(halted ? 'halted' : 'ended');
    if (halted) return;
    const sync = await pipeline.follow(await pipeline.tip());
    expect(sync.state).toBe('ended');
    expect(await stateOf('app')).toBe(`app+${await stateOf('base')}`);
  });

  test('a halted delivery holds the queue until it is skipped; then its open units are delivered with the next commit', async () => {
    const commit = await pipeline.repository.commit(unit('app', { value: 'app', reads: ['base'] }));
    await pipeline.poll();
    expect((await pipeline.queue.count()).waiting).toBe(1);
    await skip(pipeline.bucket);
    await pipeline.poll();
    expect(endings(await pipeline.follow(commit)).app).toBe('applied');
    expect(await stateOf('app')).toBe('app+none');
  });
});

test('the console shows what is asked; what it says to paste decides; and wrong input fails with a sentence', async () => {
  const console = new Console(pipeline.stack);
  const commit = await pipeline.repository.commit({
    ...unit('shown/base', { value: 'base' }),
    ...unit('shown/app', { value: 'app', reads: ['shown/base'] }),
  });
  const asked = async (path: string) => {
    await pipeline.until(commit, ({ units }) =>
      units.some((one) => one.path === path && one.state === 'waiting-for-approval'),
    );
    const [shown, ...others] = await console.waiting();
    expect(others).toEqual([]);
    return shown ?? {};
  };
  const pasting = (shown: Record<string, unknown>, what: RegExp) =>
    console.start(Object.entries(shown).find(([name]) => what.test(name))?.[1]);

  const base = await asked('shown/base');
  expect(base).toMatchObject({
    unit: 'shown/base',
    commit,
    author: expect.stringMatching(/./),
    message: expect.stringMatching(/./),
    changes: expect.stringMatching(/^\+1 ~0 -0/),
    'outputs that change': ['value'],
  });
  const page = String(base['the plan, to look at']);
  expect(await (await fetch(page)).text()).toContain('You look on');
  const body = new URLSearchParams({ do: 'approve', destroys: '0' });
  expect((await fetch(page, { method: 'POST', body })).status).toBe(403);
  expect(await pasting(base, /approve/)).toMatchObject({
    status: 'SUCCEEDED',
    output: { done: 'shown/base: approved.' },
  });

  const app = await asked('shown/app');
  const delivery = `${commit.slice(0, 12)}-1`;
  for (const [wrong, cause] of [
    [{ delivery, unit: 'shown/app', decision: 'decline', rollback: 'everything' }, 'rollback: '],
    [{ delivery, unit: 'nowhere', decision: 'approve' }, 'has no unit nowhere'],
    ['approve it', 'This is no decision'],
  ] as const)
    expect(await console.start(wrong)).toMatchObject({ status: 'FAILED', cause: expect.stringContaining(cause) });
  expect(await pasting(app, /roll back what this delivery has applied/)).toMatchObject({
    output: { done: 'shown/app: declined.' },
  });
  expect(endings(await pipeline.follow(commit))).toEqual({ 'shown/base': 'rolled-back', 'shown/app': 'declined' });
  await pipeline.follow(await pipeline.tip());
});

test('a unit that is deleted is destroyed, after what read its outputs', async () => {
  const commit = await pipeline.repository.commit({ ...unit('app', { value: 'alone' }), base: null });
  const delivery = await pipeline.follow(commit);
  expect(delivery.units.map(({ path, state }) => [path, state])).toEqual([
    ['app', 'applied'],
    ['base', 'applied'],
  ]);
  expect(await stateOf('base')).toBe(undefined);
  expect(await stateOf('app')).toBe('alone');
});

test('approving twice, or for a delivery that has ended, is refused with what to do', async () => {
  const commit = await pipeline.repository.commit(unit('app', { value: 'again' }));
  const { delivery } = await pipeline.follow(commit, approveAll);
  await expect(pipeline.give({ delivery, unit: 'app', decision: 'approve' })).rejects.toThrow(
    `Delivery ${delivery} has ended; nothing is running. See live-ci status.`,
  );
});

test('what Terraform marks sensitive, and what the configuration hides, is in plan files and their JSON, and nowhere else', async () => {
  const secrets = ['sensitive-by-declaration', 'acme-2718281828'];
  const text = JSON.stringify(join(pipeline.repository.states, 'secret.tfstate'));
  const code = `
terraform {
  backend "local" {
    path = ${text}
  }
}
variable "password" {
  sensitive = true
  default   = "${secrets[0]}"
}
resource "terraform_data" "of" {
  for_each         = toset(["${secrets[1]}"])
  input            = each.key
  triggers_replace = [var.password]
  provisioner "local-exec" {
    command = "echo ${secrets[1]}; echo ${secrets[1]} is wrong >&2; exit 1"
  }
}
output "password" {
  value     = var.password
  sensitive = true
}
`;
  const console = new Console(pipeline.stack);
  const cli = async (...words: string[]) => liveCi(pipeline.repository.states, words, pipeline.stack.environment);
  const mailbox = await openMailbox(pipeline);
  const commit = await pipeline.repository.commit({ 'secret/main.tf': code });
  const waits = await pipeline.until(commit, ({ units }) =>
    units.some(({ state }) => state === 'waiting-for-approval'),
  );
  await pipeline.poll();
  const [asked] = await console.waiting();
  const page = await (await fetch(`${asked?.['the plan, to look at']}?plan=all`)).text();
  expect(page).toContain('terraform_data.of[');
  const plan = await cli('plan', 'secret');
  expect(plan.out).toContain('terraform_data.of["***"] will be created');
  const ended = await pipeline.follow(commit, approveAnd({ rollback: 'all' }));
  expect(ended.units).toMatchObject([{ path: 'secret', state: 'rolled-back' }]);

  const { delivery } = waits;
  const plans = (['plan', 'rollback'] as const).flatMap((by) => {
    const prefix = bucketKeys.planText(delivery, 'secret', '', by).replace(/\.txt$/, '');
    return [`${prefix}*.tfplan`, `${prefix}*.json`];
  });
  const keys = await pipeline.bucket.list('');
  const objects = keys
    .filter((key) => !plans.includes(key.replace(/[0-9a-f]{64}\./, '*.')))
    .map(async (key) => [key, (await pipeline.bucket.read(key))?.body.toString('utf8')]);
  const shown = Object.fromEntries([
    ...(await Promise.all(objects)),
    ['the page', page],
    ['live-ci plan', plan.out],
    ['live-ci status', (await cli('status', '--json', delivery)).out],
    ['executions', await console.histories()],
    ['notifications', JSON.stringify(await mailbox.read())],
  ]);
  expect(shown.notifications).toContain(delivery);
  expect(shown[bucketKeys.log(delivery, 'secret', 'apply')]).toContain('(local-exec): ***');
  expect(Object.keys(shown).filter((name) => secrets.some((secret) => shown[name].includes(secret)))).toEqual([]);
});

test('after ten wrong links in a minute nobody from there is listened to, whatever link comes', async () => {
  const commit = await pipeline.repository.commit(unit('app', { value: 'linked' }));
  await pipeline.until(commit, ({ units }) => units.some(({ state }) => state === 'waiting-for-approval'));
  const link = (
    await liveCi(
      pipeline.repository.states,
      ['link', 'app', '--approver', 'ada@example.org'],
      pipeline.stack.environment,
    )
  ).out.trim();
  expect((await fetch(link)).status).toBe(200);
  const wrong = `${link.slice(0, -4)}AAAA`;
  const answers: number[] = [];
  for (let time = 0; time < 10; time++) answers.push((await fetch(wrong)).status);
  expect(answers).toEqual(Array.from({ length: 10 }, () => 403));
  const refused = await fetch(link);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
});
