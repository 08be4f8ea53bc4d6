/** The commands of the build `enqueue`, as its buildspec gives them, where nothing may reach AWS. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { git } from '../../../src/repository/git.ts';
import { liveCi } from '../../support/command-line.ts';
import { root } from '../../support/door.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';

const nowhere = {
  LIVE_CI_BUCKET: 'live-ci-example',
  LIVE_CI_QUEUE_URL: 'http://127.0.0.1:1/queue.fifo',
  LIVE_CI_DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:1/dead.fifo',
  LIVE_CI_PIPELINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:live-ci-pipeline',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'key',
  AWS_SECRET_ACCESS_KEY: 'key-that-nobody-may-see',
};

async function buildOf(live: LiveRepository, commit: string): Promise<string> {
  const directory = join(live.states, 'build');
  await git(live.states, ['init', '--quiet', directory]);
  await git(directory, ['remote', 'add', 'origin', `file://${live.url}`]);
  await git(directory, ['fetch', '--quiet', '--depth=1', 'origin', commit]);
  await git(directory, ['checkout', '--quiet', commit]);
  return directory;
}

/** A pull request on main, which has moved on since. */
async function pullRequest(live: LiveRepository, content: string): Promise<string> {
  const before = await live.commit({ 'a/main.tf': root(), 'b/main.tf': root() });
  await live.commits(70);
  const head = await live.commit({ 'a/main.tf': root(content) });
  await live.git('update-ref', 'refs/pull/7/head', head);
  await live.git('update-ref', 'refs/heads/main', before);
  await live.commit({ 'b/main.tf': root('# newer') });
  return head;
}

const told = (event: string, ref: string, target: string, head: string) => [
  'enqueue',
  `--event=${event}`,
  '--trigger=pr/7',
  `--target=${target}`,
  '--base=',
  `--head=${head}`,
  `--ref=${ref}`,
];

test('an open pull request is shown with what it would deliver, and nothing is enqueued', async () => {
  await using live = await liveRepository();
  const head = await pullRequest(live, '# two');
  const words = told('PULL_REQUEST_CREATED', 'refs/heads/main', 'refs/heads/main', head);
  expect(await liveCi(await buildOf(live, head), words, nowhere)).toEqual({
    code: 0,
    error: '',
    out: [
      'pr/7 is open, so nothing is enqueued. Merged into main, it would deliver:',
      'modified   a  main.tf changed',
      '1 unit would be delivered.',
      '',
    ].join('\n'),
  });
});

test('the code of an open pull request runs nothing, and sees no variable of the build', async () => {
  await using live = await liveRepository();
  const before = await live.commit({ 'modules/x/main.tf': '' });
  const probe = join(live.states, 'probe');
  const head = await live.commit({
    'a/terragrunt.hcl': [
      'terraform {\n  source = "../modules/x"\n}',
      `dependency "run" {\n  config_path = run_cmd("touch", "${probe}")\n}`,
      'dependency "read" {\n  config_path = "../${get_env("AWS_SECRET_ACCESS_KEY", "none")}"\n}',
    ].join('\n'),
  });
  await live.git('update-ref', 'refs/pull/7/head', head);
  await live.git('update-ref', 'refs/heads/main', before);
  const words = told('PULL_REQUEST_UPDATED', 'refs/heads/x', 'refs/heads/main', head);
  const { code, out, error } = await liveCi(await buildOf(live, head), words, nowhere);
  expect(code).toBe(1);
  expect(out).toContain('a depends on none');
  expect(out + error).not.toContain('key-that-nobody-may-see');
  expect(existsSync(probe)).toBe(false);
});

test('an event that is none of the branch ends well, with a sentence', async () => {
  await using live = await liveRepository();
  const head = await live.commit({ 'a/main.tf': root() });
  const words = ['enqueue', '--event=PUSH', '--trigger=branch/x', '--target=', `--head=${head}`, '--ref=refs/heads/x'];
  const { code, out } = await liveCi(live.url, words, nowhere);
  expect({ code, out }).toEqual({
    code: 0,
    out: 'refs/heads/x is not delivered, so nothing is enqueued: owner/name is delivered from main.\n',
  });
});
