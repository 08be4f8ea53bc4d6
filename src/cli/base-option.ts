/** The option `--base`: the commit that another one is compared with. */
import { UsageError } from '../errors.ts';
import { git } from '../repository/git.ts';
import { idOf, isKnownToLeadTo } from '../repository/history.ts';
import { type CommandInput, text } from './command.ts';

/**
 * A revision, or null for the empty tree. Where none is named it is what was pushed last to the stack on this machine, as git remembers that, when
 * `head` is ahead of it; else the commit before `head`.
 * @throws UsageError for a commit before the first one.
 */
export async function baseOf(
  input: CommandInput,
  { directory, head, branch }: { directory: string; head: string; branch: string },
): Promise<string | null> {
  const said = text(input, 'base');
  if (said === 'none') return null;
  if (said !== undefined) {
    await expectNotBeforeFirst(said, directory);
    return said;
  }
  const [pushed, parent, now] = await Promise.all(
    [`refs/remotes/live-ci/${branch}`, `${head}~1`, head].map((revision) => idOf(directory, revision)),
  );
  const isAhead = pushed !== undefined && pushed !== now && (await isKnownToLeadTo(directory, pushed, head));
  return (isAhead ? pushed : parent) ?? null;
}

/** "HEAD~1" where HEAD has no parent. What a shallow clone hasn't got may be there nevertheless. */
async function expectNotBeforeFirst(said: string, directory: string): Promise<void> {
  const [, stem = ''] = /^(.+?)[~^][~^\d]*$/.exec(said) ?? [];
  if (stem === '' || (await idOf(directory, said)) !== undefined) return;
  const isShallow = (await git(directory, ['rev-parse', '--is-shallow-repository'])).trim() === 'true';
  if (isShallow || (await idOf(directory, stem)) === undefined) return;
  throw new UsageError(`${said} is before the first commit; --base none compares with the empty tree.`);
}
