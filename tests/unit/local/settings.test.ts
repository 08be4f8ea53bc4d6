import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { otherThanDeployed, settingsOf } from '../../../src/local/settings.ts';
import { newRepository, type TestRepository } from '../discovery/repository.ts';

let repository: TestRepository;
let folder: string;
let deployed: string;
beforeEach(() => {
  repository = newRepository({});
  folder = mkdtempSync(join(tmpdir(), 'live-ci-settings-'));
  deployed = join(folder, 'settings.json');
});
afterEach(() => {
  repository[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Deploys what the working tree says. */
async function deploy(): Promise<void> {
  writeFileSync(deployed, (await settingsOf(repository.directory)).text);
}
const settings = (text: string) => ({ 'live-ci.config.yml': text });
const of = (commit: string) => otherThanDeployed(repository.directory, commit, deployed);

test('the settings of a stack are those of the working tree, for a repository that is named as its origin or its folder', async () => {
  repository.write(settings('timeouts: {planMinutes: 7}\nbranch: trunk\n'));
  const { text, branch } = await settingsOf(repository.directory);
  expect(branch).toBe('trunk');
  expect(JSON.parse(text)).toMatchObject({
    timeouts: { planMinutes: 7 },
    repository: expect.stringMatching(/^local\/live-ci-/),
    accountId: '000000000000',
  });
  repository.git('remote', 'add', 'origin', 'git@github.com:acme/live.git');
  expect(JSON.parse((await settingsOf(repository.directory)).text).repository).toBe('acme/live');
});

test('a file that is no configuration is refused with its place', async () => {
  repository.write(settings('aprovals: {}\n'));
  await expect(settingsOf(repository.directory)).rejects.toThrow(
    /live-ci\.config\.yml:1:1: unknown setting "aprovals"/,
  );
});

describe('a push is told', () => {
  test('nothing when its settings are what is deployed, however they are written, or when it has none and none were deployed', async () => {
    await deploy();
    expect(await of(repository.commit({}))).toBeUndefined();
    repository.commit(settings('timeouts:\n  planMinutes: 7\nsync: commit\n'));
    await deploy();
    expect(
      await of(repository.commit(settings('# the same\nsync: commit\ntimeouts: {planMinutes: 7}\n'))),
    ).toBeUndefined();
  });

  test('that its settings are others than those that are deployed, and what deploys them', async () => {
    await deploy();
    expect(await of(repository.commit(settings('timeouts: {planMinutes: 7}\n')))).toBe(
      'its live-ci.config.yml says other than what is deployed here; live-ci local up deploys it',
    );
  });

  test('that its settings are none', async () => {
    await deploy();
    expect(await of(repository.commit(settings('aprovals: {}\n')))).toMatch(
      /can't be: live-ci\.config\.yml:1:1: unknown/,
    );
  });
});
