import { join } from 'node:path';
import { gitCredentials } from '../../../src/repository/credentials.ts';
import { git } from '../../../src/repository/git.ts';
import { openRemote } from '../../../src/repository/remote.ts';
import { gitServer } from '../../support/git-server.ts';
import { liveRepository } from '../../support/live-repository.ts';

const token = { LIVE_CI_GITHUB_TOKEN: 'secret' };

describe('a token', () => {
  test('is given to no server but that of the repository, and to none in the clear', () => {
    const keys = (variables: Record<string, string>) =>
      Object.entries(variables).flatMap(([name, value]) => (name.startsWith('GIT_CONFIG_KEY') ? [value] : []));
    expect(keys(gitCredentials(token))[0]).toBe('credential.https://github.com.helper');
    const url = 'https://github.example.org/example-org/live.git';
    expect(keys(gitCredentials({ ...token, LIVE_CI_REPOSITORY_URL: url }))[0]).toBe(
      'credential.https://github.example.org.helper',
    );
    for (const address of ['http://github.com/x/y.git', '/srv/live.git', 'git@github.com:x/y.git'])
      expect(gitCredentials({ ...token, LIVE_CI_REPOSITORY_URL: address })).toEqual({});
    expect(gitCredentials({})).toEqual({});
  });

  test('leaves alone what git is told in its environment already', async () => {
    const before = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'Somebody' };
    await using live = await liveRepository();
    const environment = { ...before, ...gitCredentials({ ...before, ...token }) };
    expect((await git(live.url, ['config', 'user.name'], { environment })).trim()).toBe('Somebody');
    expect(
      await git(live.url, ['config', '--get-all', 'credential.https://github.com.helper'], { environment }),
    ).toContain('x-access-token');
  });

  test('clones and pushes, whatever the helpers of the machine say, and nothing does without it', async () => {
    await using live = await liveRepository();
    await using server = await gitServer();
    const head = await live.commit({ 'a/main.tf': '' });
    const url = await server.add('private/live', live.url);
    await expect(openRemote(url).then((remote) => remote.tip('main'))).rejects.toThrow(
      /could not read Username|terminal prompts/,
    );

    const environment = {
      ...gitCredentials({ LIVE_CI_GITHUB_TOKEN: server.token, LIVE_CI_REPOSITORY_URL: url }),
      HOME: live.states,
    };
    await git(live.states, [
      'config',
      '--file',
      join(live.states, '.gitconfig'),
      'credential.helper',
      '!echo password=wrong; echo username=x; true',
    ]);
    const clone = join(live.states, 'clone');
    await git(live.states, ['clone', '--quiet', url, clone], { environment });
    await git(clone, ['push', '--quiet', url, 'HEAD:refs/heads/next'], { environment });
    const listed = await git(clone, ['ls-remote', url, 'refs/heads/next'], { environment });
    expect(listed).toContain(head);
    expect(await git(clone, ['config', '--list', '--local'])).not.toContain(server.token);
  });
});
