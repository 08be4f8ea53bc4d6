/** The live repository, as far as bringing it back to what is applied needs it. */
import { join } from 'node:path';
import type { Config, DiscoverySettings } from '../config/schema.ts';
import { git } from './git.ts';
import { isKnownToLeadTo } from './history.ts';
import { discoveriesIn, type Left, type OpenUnit, type PutBack, putBack } from './put-back.ts';
import type { Remote } from './remote.ts';
import { trailer } from './sync-words.ts';
import { type Change, indexInfo } from './tree-files.ts';

export interface SyncRepository extends Pick<Remote, 'tip' | 'push' | 'replace'> {
  /** Whether a commit is the tip, or in its history. */
  leadsTo(commit: string, tip: string): Promise<boolean>;
  /** The delivery after which a commit of the pipeline was made; undefined for anybody else's. */
  trailerOf(commit: string): Promise<string | undefined>;
  /** Whether both say the same of the same files, on top of the same commit. */
  isSame(one: string, other: string): Promise<boolean>;
  /** The units put back in the tip's tree. @param before see PutBackRequest */
  putBack(units: readonly OpenUnit[], on: { tip: string; before: string | null }): Promise<PutBack>;
  commit(tree: string, parent: string, message: string): Promise<string>;
}

export function gitRepository(
  remote: Remote,
  { config, environment }: { config: DiscoverySettings & Pick<Config, 'github'>; environment: NodeJS.ProcessEnv },
): SyncRepository {
  const { directory } = remote;
  const discoveries = discoveriesIn(directory, config, environment);
  return {
    tip: remote.tip,
    push: remote.push,
    replace: remote.replace,
    leadsTo: async (commit, tip) => commit === tip || (await isKnownToLeadTo(directory, commit, tip)),
    async trailerOf(commit) {
      const format = `--format=%(trailers:key=${trailer},valueonly)`;
      return (await git(directory, ['show', '--no-patch', format, commit])).trim() || undefined;
    },
    async isSame(one, other) {
      const said = (commit: string) => git(directory, ['show', '--no-patch', '--format=%T %P %B', commit]);
      return (await said(one)) === (await said(other));
    },
    async putBack(units, { tip, before }) {
      const gone: Left[] = [];
      for (const { path, base } of units)
        if (base !== null && !(await remote.has(base))) gone.push({ path, reason: goneBase(base) });
      const there = units.filter(({ path }) => !gone.some((unit) => unit.path === path));
      const tree = (await git(directory, ['rev-parse', `${tip}^{tree}`])).trim();
      const known = before !== null && (await remote.has(before)) ? before : null;
      const put = await putBack(there, { tree, before: known, change: changeIn(directory) }, discoveries);
      return { ...put, left: [...put.left, ...gone] };
    },
    async commit(tree, parent, message) {
      const environment = await identity(directory);
      return (await git(directory, ['commit-tree', tree, '-p', parent], { input: message, environment })).trim();
    },
  };
}

function goneBase(commit: string): string {
  return `${commit.slice(0, 12)}, which is applied, is not in the repository any more, probably because of a force push`;
}

function changeIn(directory: string): (tree: string, changes: readonly Change[]) => Promise<string> {
  const environment = { GIT_INDEX_FILE: join(directory, 'index-of-sync') };
  return async (tree, changes) => {
    await git(directory, ['read-tree', tree], { environment });
    const input = indexInfo(changes);
    await git(directory, ['update-index', '-z', '--replace', '--index-info'], { environment, input });
    return (await git(directory, ['write-tree'], { environment })).trim();
  };
}

/** Git's own settings come first; a machine without any commits as live-ci. */
async function identity(directory: string): Promise<Record<string, string>> {
  const set = (name: string) => git(directory, ['config', '--get', name]).catch(() => '');
  const name = (await set('user.name')).trim() || 'live-ci';
  const email = (await set('user.email')).trim() || 'live-ci@example.org';
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}
