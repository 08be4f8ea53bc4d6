/** A git repository in a new directory whose commits are written as files. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Config, configSchema } from '../../../src/config/schema.ts';

/** Contents by path; null deletes, `{ link }` is a symbolic link. */
export type Changes = Record<string, string | null | { link: string }>;

export interface TestRepository extends Disposable {
  directory: string;
  write(changes: Changes): void;
  /** The new commit's id. */
  commit(changes: Changes): string;
  git(...args: string[]): string;
}

export function newRepository(changes?: Changes): TestRepository {
  const directory = mkdtempSync(join(tmpdir(), 'live-ci-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, encoding: 'utf8' }).trim();
  git('init', '--quiet', '--initial-branch=main');
  git('config', 'user.name', 'Test');
  git('config', 'user.email', 'test@example.org');
  const write = (files: Changes) => {
    for (const [path, content] of Object.entries(files)) {
      const file = join(directory, path);
      rmSync(file, { force: true });
      if (content === null) continue;
      mkdirSync(dirname(file), { recursive: true });
      if (typeof content === 'string') writeFileSync(file, content);
      else symlinkSync(content.link, file);
    }
  };
  const repository: TestRepository = {
    directory,
    write,
    git,
    commit(files) {
      write(files);
      git('add', '--all');
      git('commit', '--quiet', '--allow-empty', '--message', 'change');
      return git('rev-parse', 'HEAD');
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
  if (changes) repository.commit(changes);
  return repository;
}

export function configWith(settings: Partial<Config> = {}): Config {
  return configSchema.parse(settings);
}
