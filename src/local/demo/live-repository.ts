/** The demo's small live repository: made from examples/, with a clone to commit in. */
import { execFile } from 'node:child_process';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { git } from '../../repository/git.ts';
import { projectRoot } from '../project.ts';

export type Form = 'terraform' | 'terragrunt';

export interface LiveRepository {
  /** The clone that the person works in. */
  work: string;
  bare: string;
  branch: string;
  commit(subject: string): Promise<string>;
  /** What the hook said, line by line. */
  push(): Promise<string[]>;
  /** Takes over what was pushed by others, such as the sync commit. */
  pull(): Promise<void>;
  tip(): Promise<string>;
}

/** Copies the example into `work`, with the states under `states`, as a clone of the bare repository. */
export async function makeLiveRepository(
  form: Form,
  places: { work: string; bare: string; states: string },
): Promise<LiveRepository> {
  const { work, bare, states } = places;
  const branch = 'main';
  await cp(exampleOf(form), work, { recursive: true });
  await putStates(work, states);
  await git(work, ['init', '--quiet', `--initial-branch=${branch}`]);
  await git(work, ['config', 'user.name', 'You']);
  await git(work, ['config', 'user.email', 'you@example.org']);
  await git(work, ['config', 'commit.gpgsign', 'false']);
  await git(work, ['remote', 'add', 'origin', bare]);
  return {
    work,
    bare,
    branch,
    commit: async (subject) => {
      await git(work, ['add', '--all']);
      await git(work, ['commit', '--quiet', '--message', subject]);
      return (await git(work, ['rev-parse', 'HEAD'])).trim();
    },
    push: () => push(work, branch),
    pull: async () => {
      await git(work, ['fetch', '--quiet', 'origin', branch]);
      await git(work, ['reset', '--quiet', '--hard', 'FETCH_HEAD']);
    },
    tip: async () => (await git(bare, ['rev-parse', `refs/heads/${branch}`])).trim(),
  };
}

/** git shows what the hook says to whoever pushes, on standard error, as lines that begin with "remote:". */
async function push(work: string, branch: string): Promise<string[]> {
  const { stderr } = await promisify(execFile)(
    'git',
    ['push', '--no-progress', 'origin', `HEAD:refs/heads/${branch}`],
    { cwd: work },
  );
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('remote:'))
    .map((line) => line.trimEnd());
}

export function exampleOf(form: Form): string {
  return join(projectRoot(), 'examples', `demo-${form}`);
}

/** A backend takes no variables, so the place of the states is written into the files. */
async function putStates(work: string, states: string): Promise<void> {
  const files = (await readdir(work, { recursive: true })).filter((name) => /\.(tf|hcl)$/.test(name));
  for (const name of files) {
    const file = join(work, name);
    const text = await readFile(file, 'utf8');
    if (text.includes('@STATE@')) await writeFile(file, text.replaceAll('@STATE@', states));
  }
}
