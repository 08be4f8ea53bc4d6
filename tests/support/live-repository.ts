/** A bare git repository on disk, filled commit by commit, with a directory for state files beside it. */
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { git } from '../../src/repository/git.ts';

/** Path ▸ content; null removes the file or directory. */
export type Files = Record<string, string | null>;

/** The same, where the commit of another repository makes a submodule, and a target a symbolic link. */
export type FilesAndSubmodules = Record<string, string | null | { commit: string } | { link: string }>;

export interface LiveRepository {
  /** The bare repository. */
  url: string;
  /** For state files and whatever else must outlive a checkout; absolute. */
  states: string;
  /** Commits on top of main and pushes: the new commit's id. */
  commit(files: FilesAndSubmodules, subject?: string): Promise<string>;
  /** As many commits that change nothing, quickly: their ids, the oldest first. */
  commits(count: number): Promise<string[]>;
  /** Standard output of git in the bare repository. */
  git(...args: string[]): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

const identity = ['-c', 'user.name=Example', '-c', 'user.email=example@example.org', '-c', 'commit.gpgsign=false'];

export async function liveRepository(): Promise<LiveRepository> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'live-ci-test-')));
  const [url, work, states] = [join(root, 'live.git'), join(root, 'work'), join(root, 'states')];
  await mkdir(states);
  await git(root, ['init', '--quiet', '--bare', '--initial-branch=main', url]);
  await git(root, ['init', '--quiet', '--initial-branch=main', work]);
  await git(work, ['remote', 'add', 'origin', url]);
  return {
    url,
    states,
    async commit(files, subject = 'a change') {
      const known = await git(url, ['rev-parse', '--verify', '--quiet', 'refs/heads/main']).catch(() => '');
      if (known !== '') {
        await git(work, ['fetch', '--quiet', 'origin', 'main']);
        await git(work, ['reset', '--quiet', '--hard', 'FETCH_HEAD']);
      }
      for (const [path, content] of Object.entries(files))
        if (typeof content !== 'object' || content === null || 'link' in content) await put(join(work, path), content);
      await git(work, ['add', '--all']);
      for (const [path, content] of Object.entries(files))
        if (typeof content === 'object' && content !== null && 'commit' in content)
          await git(work, ['update-index', '--add', '--cacheinfo', `160000,${content.commit},${path}`]);
      await git(work, [...identity, 'commit', '--quiet', '--allow-empty', '-m', subject]);
      await git(work, ['push', '--quiet', 'origin', 'HEAD:main']);
      return (await git(work, ['rev-parse', 'HEAD'])).trim();
    },
    async commits(count) {
      const known = await git(url, ['rev-parse', '--verify', '--quiet', 'refs/heads/main']).catch(() => '');
      const who = 'Example <example@example.org> 1767225600 +0000';
      const stream = Array.from({ length: count }, (_, number) => {
        const from = number === 0 && known !== '' ? 'from refs/heads/main^0\n' : '';
        return `commit refs/heads/main\nmark :${number + 1}\ncommitter ${who}\ndata <<END\n${number}\nEND\n${from}\n`;
      });
      const marks = join(root, 'marks');
      await git(url, ['fast-import', '--quiet', '--force', `--export-marks=${marks}`], { input: stream.join('') });
      const ids = (await readFile(marks, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.split(' ') as [string, string]);
      return ids.sort(([one], [other]) => Number(one.slice(1)) - Number(other.slice(1))).map(([, id]) => id);
    },
    git: (...args) => git(url, args),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** What no branch holds is gone. */
export async function collectGarbage(live: LiveRepository): Promise<void> {
  await live.git('reflog', 'expire', '--expire=now', '--all');
  await live.git('gc', '--quiet', '--prune=now');
}

async function put(path: string, content: string | null | { link: string }): Promise<void> {
  if (content === null) return rm(path, { recursive: true, force: true });
  await mkdir(dirname(path), { recursive: true });
  if (typeof content === 'object') return symlink(content.link, path);
  await writeFile(path, content);
}
