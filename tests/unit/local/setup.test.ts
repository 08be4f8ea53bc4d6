import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { blocksOf } from '../../support/docs.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'live-ci-setup-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs set-up with nothing but the named commands on the PATH; each is a script that does what `body` says. */
function setUp(commands: Record<string, string>) {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }
  // A copy of set-up alone: it must not touch this clone's tools.
  for (const part of ['setup.js', 'setup', 'package.json']) symlinkSync(join(root, part), join(directory, part));
  const run = spawnSync(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', 'setup.js', 'test'], {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: bin, HOME: directory },
  });
  return { code: run.status, said: run.stderr };
}

const git = 'echo git version 2.39.0';

describe('set-up says in one sentence what to install', () => {
  test('when there is no git', () => {
    const { code, said } = setUp({});
    expect(said).toContain('git is not on the PATH. Install it (for example: apt-get install git) and run this again.');
    expect(code).toBe(1);
  });

  test('when there is no python3', () => {
    const { code, said } = setUp({ git });
    expect(said).toContain('python3 is not on the PATH. Install Python 3.10 or newer');
    expect(code).toBe(1);
  });

  test('when Python is too old for the emulator', () => {
    const { said } = setUp({ git, python3: 'echo 3.9.2' });
    expect(said).toContain('Python 3.9.2 is too old for the AWS emulator. Install Python 3.10 or newer');
  });

  test("when Python's venv module is missing", () => {
    const { said } = setUp({ git, python3: 'case "$2" in *version*) echo 3.11.2;; *) exit 1;; esac' });
    expect(said).toContain("can't make virtual environments. Install its venv module");
  });
});

test('set-up that fails frees its lock, and a lock whose owner is gone is taken over', () => {
  mkdirSync(join(directory, '.tools', 'lock'), { recursive: true });
  const gone = spawnSync(process.execPath, ['--version']).pid;
  writeFileSync(join(directory, '.tools', 'lock', 'pid'), String(gone));
  expect(setUp({}).said).toContain('git is not on the PATH');
  expect(existsSync(join(directory, '.tools', 'lock'))).toBe(false);
});

test.each(['README.md', 'docs/deploy.md'])(
  'with the PATH of %s there is a live-ci, and terraform is whose it was',
  (page) => {
    const line = blocksOf(page)
      .flatMap(({ lines }) => lines)
      .find((one) => one.startsWith('export PATH='));
    const own = join(directory, 'terraform');
    writeFileSync(own, '#!/bin/sh\n', { mode: 0o755 });
    const PATH = [directory, '/usr/bin', '/bin'].join(delimiter);
    const find = `${line}; command -v live-ci; command -v terraform`;
    const { stdout } = spawnSync('/bin/sh', ['-c', find], { cwd: root, encoding: 'utf8', env: { PATH } });
    expect(stdout).toBe(`${join(root, '.tools', 'cli', 'live-ci')}\n${own}\n`);
  },
);

test('wrong use is told with the targets that there are', () => {
  const run = spawnSync(process.execPath, [join(root, 'setup.js'), 'tset'], { encoding: 'utf8' });
  expect(run.stderr).toBe('Usage: node setup.js demo|test|pictures|live-ci|lint-template|shell [arguments]\n');
  expect(run.status).toBe(2);
});

const pinned = (file: string) => {
  const requirements = readFileSync(join(root, file), 'utf8').replaceAll('\\\n', ' ');
  return requirements.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
};

test('every Python package is pinned with its digests, and the linters, which run nothing of the product, by their versions', () => {
  for (const [file, form] of [
    ['requirements.txt', /^[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}/],
    ['requirements-linters.txt', /^[\w.-]+==[\w.]+( ; .*)?$/],
  ] as const) {
    expect(pinned(file).length).toBeGreaterThan(10);
    for (const line of pinned(file)) expect(line).toMatch(form);
  }
});
