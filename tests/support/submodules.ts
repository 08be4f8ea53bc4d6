/** A live repository on a server, with modules from a private repository as a submodule. */
import { git } from '../../src/repository/git.ts';
import { root } from './door.ts';
import { type GitServer, gitServer } from './git-server.ts';
import { type FilesAndSubmodules, type LiveRepository, liveRepository } from './live-repository.ts';

export interface WithSubmodule extends AsyncDisposable {
  live: LiveRepository;
  modules: LiveRepository;
  server: GitServer;
  /** A new commit of the modules, on the server: its id. */
  publish(files: FilesAndSubmodules): Promise<string>;
  /** `.gitmodules` for `modules`. */
  gitmodules: string;
  /** Does it with the token of the server in this process's environment, as a build that has one. */
  withToken<Value>(work: () => Promise<Value>): Promise<Value>;
}

export const caller = (source: string) => `${root()}\nmodule "one" {\n  source = "${source}"\n}\n`;

export async function withSubmodule(): Promise<WithSubmodule> {
  const [live, modules, server] = [await liveRepository(), await liveRepository(), await gitServer()];
  await modules.commit({ 'vpc/main.tf': '# one', 'db/main.tf': '# one' });
  const url = await server.add('private/modules', modules.url);
  return {
    live,
    modules,
    server,
    gitmodules: `[submodule "shared modules"]\n\tpath = modules\n\turl = ${url}\n`,
    async publish(files) {
      const commit = await modules.commit(files);
      await git(server.directory('private/modules'), ['fetch', '--quiet', modules.url, '+refs/heads/*:refs/heads/*']);
      return commit;
    },
    async withToken(work) {
      const before = { ...process.env };
      Object.assign(process.env, {
        LIVE_CI_GITHUB_TOKEN: server.token,
        LIVE_CI_REPOSITORY_URL: `${server.url}/live.git`,
      });
      try {
        return await work();
      } finally {
        delete process.env.LIVE_CI_GITHUB_TOKEN;
        delete process.env.LIVE_CI_REPOSITORY_URL;
        Object.assign(process.env, before);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const one of [live, modules, server]) await one[Symbol.asyncDispose]();
    },
  };
}
