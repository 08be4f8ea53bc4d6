/** What a file in somebody's checkout says sets no environment and starts no program when `live-ci` is typed in it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localFolder, makeLocalFolder, recordStack } from '../../../src/local/record.ts';
import { liveCi } from '../../support/command-line.ts';
import { type Changes, newRepository, type TestRepository } from '../discovery/repository.ts';

let checkout: TestRepository;
let home: string;
/** Made by whatever is run. */
let ran: string;
let environment: Record<string, string>;

beforeEach(() => {
  checkout = newRepository();
  home = realpathSync(mkdtempSync(join(tmpdir(), 'live-ci-home-')));
  ran = join(home, 'ran');
  environment = { HOME: home, XDG_STATE_HOME: join(home, 'state'), XDG_CACHE_HOME: join(home, 'cache') };
  process.env.XDG_STATE_HOME = environment.XDG_STATE_HOME;
});
afterEach(() => {
  delete process.env.XDG_STATE_HOME;
  checkout[Symbol.dispose]();
  rmSync(home, { recursive: true, force: true });
});

const program = () => ({ file: join(home, 'program'), text: `#!/bin/sh\ntouch '${ran}'\n` });

/** A program that says that it was run. */
function writeProgram(file = program().file): string {
  writeFileSync(file, program().text, { mode: 0o755 });
  return file;
}

const hostile = {
  AWS_CONFIG_FILE: '.live-ci/aws',
  AWS_PROFILE: 'hostile',
  GIT_SSH_COMMAND: 'touch ran',
  PATH: '.live-ci/bin',
  NODE_OPTIONS: '--require=./.live-ci/run.cjs',
};
const recordOf = (settings: Record<string, string>) =>
  JSON.stringify({
    version: 1,
    repository: realpathSync(checkout.directory),
    pid: 1,
    endpoint: 'http://127.0.0.1:9',
    remote: 'x',
    branch: 'main',
    environment: {
      LIVE_CI_BUCKET: 'hostile',
      LIVE_CI_QUEUE_URL: 'http://127.0.0.1:9/q',
      LIVE_CI_DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/d',
      LIVE_CI_PIPELINE_ARN: 'arn',
      ...settings,
    },
  });

test('a local stack that a checkout describes is none', async () => {
  const credentials = `[profile hostile]\ncredential_process = ${writeProgram()}\n`;
  for (const environment of [hostile, {}])
    checkout.commit({
      '.live-ci/local.json': recordOf(environment),
      '.live-ci/aws': credentials,
      '.live-ci/bin/git': { link: program().file },
      '.live-ci/run.cjs': `require('fs').writeFileSync('${ran}', '')`,
    });
  for (const words of [['status'], ['queue'], ['enqueue'], ['local', 'down']])
    expect((await liveCi(checkout.directory, words, environment)).error).toMatch(
      /No deployment is named|no local stack/,
    );
  expect(existsSync(ran)).toBe(false);
});

describe('the record of a local stack', () => {
  const running = () => ({
    endpoint: 'http://127.0.0.1:9',
    environment: {
      LIVE_CI_BUCKET: 'artifacts',
      LIVE_CI_QUEUE_URL: 'http://127.0.0.1:9/queue',
      LIVE_CI_DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/dead',
      LIVE_CI_PIPELINE_ARN: 'arn:aws:states:us-east-1:000000000000:stateMachine:live-ci-local-pipeline',
      AWS_ACCESS_KEY_ID: 'test',
      PATH: '/nowhere',
    },
  });
  const repository = () => realpathSync(checkout.directory);
  const status = () => liveCi(checkout.directory, ['status'], environment);

  beforeEach(async () => {
    await makeLocalFolder(repository());
    await recordStack(
      { repository: repository(), remote: join(home, 'live.git'), branch: 'main', pid: process.pid },
      running(),
    );
  });

  test('lies out of the checkout, for its owner alone, and has nothing but what names the stack', async () => {
    expect(localFolder(repository()).startsWith(join(home, 'state', 'live-ci', 'local'))).toBe(true);
    expect((await status()).error).toContain('The deployment does not answer');
    expect(execFileSync('find', [home, '-name', 'local.json', '-perm', '600'], { encoding: 'utf8' })).not.toBe('');
    const record = execFileSync('cat', [join(localFolder(repository()), 'local.json')], { encoding: 'utf8' });
    expect(record).not.toMatch(/AWS_|PATH/);
  });

  test('leaves nothing of the AWS that its user works with to the stack: no profile is asked for credentials', async () => {
    const aws = { AWS_PROFILE: 'mine', AWS_CONFIG_FILE: join(home, 'aws'), AWS_SDK_LOAD_CONFIG: '1' };
    writeFileSync(aws.AWS_CONFIG_FILE, `[profile mine]\ncredential_process = ${writeProgram()}\n`);
    const { error } = await liveCi(checkout.directory, ['status'], { ...environment, ...aws });
    expect(error).toContain('The deployment does not answer');
    expect(existsSync(ran)).toBe(false);
  });

  test.each(['its file', 'its folder'])('is refused when others can write %s', async (which) => {
    const folder = localFolder(repository());
    chmodSync(which === 'its folder' ? folder : join(folder, 'local.json'), 0o770);
    const { code, error } = await status();
    expect({ code, error }).toEqual({ code: 1, error: expect.stringContaining('is not trusted') });
  });

  test('is refused when it would set anything else', async () => {
    for (const name of ['PATH', 'AWS_CONFIG_FILE', 'NODE_OPTIONS']) {
      writeFileSync(join(localFolder(repository()), 'local.json'), recordOf({ [name]: 'x' }));
      expect((await status()).error).toContain('is damaged');
    }
  });
});

test("a relative folder of the user's is none: it would be one of the checkout", async () => {
  const { localFolder: folder } = await import('../../../src/local/record.ts');
  expect(folder('/somewhere/live', { XDG_STATE_HOME: 'state', HOME: home })).toMatch(/^\/.*\.local\/state\/live-ci\//);
});

describe('a bare repository among the files of a checkout', () => {
  /** Of which git runs `core.fsmonitor` when it is asked for files, with the folder itself as work tree. */
  function bareRepository(): Changes {
    const settings = `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = ${writeProgram()}\n`;
    return {
      'docs/HEAD': 'ref: refs/heads/main\n',
      'docs/config': settings,
      'docs/objects/keep': '',
      'docs/refs/keep': '',
      'docs/main.tf': '',
    };
  }

  test('is not taken for one: nothing that its configuration names is run', async () => {
    checkout.commit(bareRepository());
    const directory = join(checkout.directory, 'docs');
    execFileSync('git', ['status'], { cwd: directory });
    expect(existsSync(ran)).toBe(true); // as git itself does
    rmSync(ran);
    for (const words of [['graph'], ['changes'], ['local', 'up'], ['graph', 'deeper']]) {
      mkdirSync(join(directory, 'deeper'), { recursive: true });
      const { code, error } = await liveCi(directory, words, environment);
      expect({ code, error }).toEqual({
        code: expect.any(Number),
        error: expect.stringContaining('nothing is run there'),
      });
      expect(code).not.toBe(0);
    }
    expect((await liveCi(checkout.directory, ['graph', 'docs'], environment)).error).toContain('nothing is run there');
    expect(existsSync(ran)).toBe(false);
  });

  test('is one when it is nobody’s file: a mirror that somebody keeps in a folder of a checkout', async () => {
    checkout.commit({ 'app/terragrunt.hcl': 'terraform {\n  source = "."\n}\n' });
    execFileSync('git', ['clone', '--quiet', '--bare', checkout.directory, join(checkout.directory, 'mirror.git')]);
    const { out } = await liveCi(join(checkout.directory, 'mirror.git'), ['graph', '--commit', 'main'], environment);
    expect(out).toContain('app terragrunt');
  });
});

describe('what only Terragrunt can tell', () => {
  const code = 'terraform {\n  source = "."\n}\ndependency "x" {\n  config_path = run_cmd("touch", "x")\n}\n';
  const withTerragrunt = () => {
    const bin = join(home, 'bin');
    mkdirSync(bin, { recursive: true });
    writeProgram(join(bin, 'terragrunt'));
    return { ...environment, PATH: `${bin}:${process.env.PATH}` };
  };

  test.each([['graph'], ['changes'], ['definition']])('is not asked by live-ci %s, which says so', async (command) => {
    checkout.commit({ 'app/terragrunt.hcl': code });
    const { out, error } = await liveCi(checkout.directory, [command], withTerragrunt());
    expect(out + error).toContain('Terragrunt is not asked, since that runs what the unit runs');
    expect(existsSync(ran)).toBe(false);
  });

  test('is asked where --ask is given', async () => {
    checkout.commit({ 'app/terragrunt.hcl': code });
    await liveCi(checkout.directory, ['graph', '--ask'], withTerragrunt());
    expect(existsSync(ran)).toBe(true);
  });
});
