import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createBareRepository, installHook } from '../../../src/local/repository.ts';
import { git } from '../../../src/repository/git.ts';

let directory: string;
let work: string;
let calls: string;

/** A bare repository whose hook writes down how it calls the command line, and a clone to push from. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "live-ci it's a "));
  const bare = join(directory, 'live.git');
  calls = join(directory, 'calls');
  work = join(directory, 'work');
  const program = join(directory, 'cli.mjs');
  await writeFile(
    program,
    `import { appendFileSync } from 'node:fs';
     appendFileSync(process.env.CALLS, process.argv.slice(2).join(' ') + ' ' + process.env.LIVE_CI_BUCKET + '\\n');
     console.log('queued');`,
  );
  await createBareRepository(bare, 'main');
  await installHook(bare, {
    branch: 'main',
    command: [process.execPath, program],
    environment: { LIVE_CI_BUCKET: `a "b" $(c) 'd'`, CALLS: calls },
  });
  await git(directory, ['clone', '--quiet', bare, work]);
  await git(work, ['config', 'user.email', 'somebody@example.org']);
  await git(work, ['config', 'user.name', 'Somebody']);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function commitAndPush(ref: string): Promise<string> {
  await git(work, ['commit', '--quiet', '--allow-empty', '-m', 'a commit']);
  await git(work, ['push', '--quiet', 'origin', `HEAD:${ref}`]);
  return (await git(work, ['rev-parse', 'HEAD'])).trim();
}
const called = async () => (await readFile(calls, 'utf8').catch(() => '')).trim().split('\n');

test('a push to the delivered branch is enqueued with the commits that it covers', async () => {
  const first = await commitAndPush('main');
  const second = await commitAndPush('main');
  expect(await called()).toEqual([
    `enqueue --ask --head ${first} --ref refs/heads/main a "b" $(c) 'd'`,
    `local pushed ${first} a "b" $(c) 'd'`,
    `enqueue --ask --base ${first} --head ${second} --ref refs/heads/main a "b" $(c) 'd'`,
    `local pushed ${second} a "b" $(c) 'd'`,
  ]);
});

test('a push to another branch, or the deletion of the branch, is not enqueued', async () => {
  await commitAndPush('feature');
  await git(work, ['push', '--quiet', 'origin', ':feature']);
  expect(await called()).toEqual(['']);
});

test('a push that can not be enqueued is in the repository all the same, and is told what takes it up', async () => {
  await writeFile(
    join(directory, 'cli.mjs'),
    "console.error('live-ci: broken.tf:3:1: expected a value'); process.exit(1)",
  );
  await git(work, ['commit', '--quiet', '--allow-empty', '-m', 'a commit']);
  const { stderr } = await promisify(execFile)('git', ['push', 'origin', 'HEAD:main'], { cwd: work });
  expect(stderr).toMatch(/broken\.tf:3:1: expected a value/);
  expect(stderr).toMatch(/pushed, but not enqueued\. live-ci local up takes it up.*live-ci enqueue/);
});
