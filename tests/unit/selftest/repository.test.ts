import { execFileSync } from 'node:child_process';
import { configSchema } from '../../../src/config/schema.ts';
import { describeChangeSet } from '../../../src/queue/change-set.ts';
import { cases } from '../../../src/selftest/cases.ts';
import { makeRepository } from '../../../src/selftest/repository.ts';
import { rolesTried, settingsOf } from '../../../src/selftest/settings.ts';
import type { World } from '../../../src/selftest/world.ts';

const worldOfCase = (name: string): World => ({ run: 'r1a2b3c', tool: 'terraform', name });

async function headOf(world: World, bucket = 'artifacts', environments = 0): Promise<string> {
  await using repository = await makeRepository(world, bucket, environments);
  return repository.head;
}

test('the repository of a case has the same commit wherever it is made, whatever git is configured to do there', async () => {
  const head = await headOf(worldOfCase('deliver'));
  const before = process.env;
  const settings = {
    'commit.gpgSign': 'true',
    'core.autocrlf': 'true',
    'user.name': 'Ada',
    'init.defaultObjectFormat': 'sha256',
  };
  const configured = Object.entries(settings).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  process.env = {
    ...before,
    TZ: 'Asia/Tokyo',
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
    ...Object.fromEntries(configured),
  };
  try {
    expect(await headOf(worldOfCase('deliver'))).toBe(head);
  } finally {
    process.env = before;
  }
  expect(await headOf(worldOfCase('deliver'), 'other-bucket')).not.toBe(head);
  expect(await headOf({ ...worldOfCase('deliver'), run: 'r2' })).not.toBe(head);
});

const deployed = configSchema.parse({
  environments: {
    'prod/**': {
      planRoleArn: 'arn:aws:iam::123456789012:role/read',
      applyRoleArn: 'arn:aws:iam::123456789012:role/write',
      approvers: ['ada@example.org'],
    },
    'dev/**': { minimumApprovals: 2 },
    'test/**': { applyRoleArn: 'arn:aws:iam::210987654321:role/write' },
  },
  approvals: { minimumApprovals: 3 },
  timeouts: { planMinutes: 7 },
});

test.each(cases.map(({ name }) => name))('%s delivers what it says, in an order that its files state', async (name) => {
  const world = worldOfCase(name);
  const environments = rolesTried(deployed).length;
  await using repository = await makeRepository(world, 'artifacts', environments);
  const config = settingsOf(world, deployed);
  const range = { base: null, head: repository.head, sequence: 1 };
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const { graph } = await describeChangeSet(repository.directory, range, { config, now: () => new Date(), warn });
  const one = cases.find((known) => known.name === name);
  const expected = one?.eachEnvironment
    ? { 'selftest/environment-1': [], 'selftest/environment-2': [] }
    : Object.fromEntries(Object.entries(one?.units ?? {}).map(([path, { reads }]) => [path, reads ? [reads] : []]));
  expect(Object.fromEntries(graph.map(({ path, dependencies }) => [path, dependencies]))).toEqual(expected);
  expect(Object.keys(one?.ends ?? {}).sort()).toEqual(one?.eachEnvironment ? [] : Object.keys(expected).sort());
  expect(warnings).toEqual([]);
  expect(graph.flatMap(({ error }) => error ?? [])).toEqual([]);
});

test('its states lie below the folder of its case in the artifact bucket, and are locked', async () => {
  await using repository = await makeRepository(worldOfCase('cancel'), 'artifacts', 0);
  const file = execFileSync('git', ['show', `${repository.head}:selftest/app/main.tf`], { cwd: repository.directory });
  expect(String(file)).toMatch(
    /bucket +=\s"artifacts"\n +key +=\s"selftest\/r1a2b3c-terraform-cancel\/selftest\/app\.tfstate"/,
  );
  expect(String(file)).toMatch(/use_lockfile += true/);
});

test('OpenTofu gets files of its own', async () => {
  const world = { ...worldOfCase('deliver'), tool: 'opentofu' } as const;
  await using repository = await makeRepository(world, 'artifacts', 0);
  const range = { base: null, head: repository.head, sequence: 1 };
  const config = settingsOf(world, deployed);
  const { graph } = await describeChangeSet(repository.directory, range, { config, now: () => new Date() });
  expect(new Set(graph.map(({ tool }) => tool))).toEqual(new Set(['opentofu']));
});

test('of the configuration that is deployed only roles and minutes count: nobody else approves, and nobody is told', () => {
  expect(settingsOf(worldOfCase('roles'), deployed)).toMatchObject({
    environments: {
      'selftest/environment-1': {
        planRoleArn: 'arn:aws:iam::123456789012:role/read',
        applyRoleArn: 'arn:aws:iam::123456789012:role/write',
      },
      'selftest/environment-2': { applyRoleArn: 'arn:aws:iam::210987654321:role/write' },
    },
    approvals: { approvers: [], minimumApprovals: 1 },
    timeouts: { planMinutes: 7 },
  });
});
