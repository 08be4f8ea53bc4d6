/**
 * A bare repository whose `post-receive` hook does what the GitHub webhook does on AWS: a push to the delivered branch is
 * enqueued, and the pusher sees what comes of it.
 */
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../repository/git.ts';
import { quoted } from '../shell-quote.ts';

export interface HookOptions {
  /** The delivered branch. */
  branch: string;
  /** How the hook starts the command line: program and first arguments. */
  command: readonly string[];
  /** Names the deployment: `LIVE_CI_*`, `AWS_*`, `PATH`. */
  environment: Record<string, string>;
}

/** Makes the bare repository, or takes the one that is there. */
export async function createBareRepository(directory: string, branch: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await git(directory, ['init', '--quiet', '--bare', `--initial-branch=${branch}`, '.']);
}

/** Puts the hook in place; it replaces an earlier one, so that it always names the present deployment. */
export async function installHook(directory: string, options: HookOptions): Promise<void> {
  const hooks = join(directory, 'hooks');
  const hook = join(hooks, 'post-receive');
  await mkdir(hooks, { recursive: true });
  // Written aside and renamed: a push never runs half a hook. It holds keys, so only its owner may read it.
  await writeFile(`${hook}.new`, hookText(options), { mode: 0o700 });
  await chmod(`${hook}.new`, 0o700);
  await rename(`${hook}.new`, hook);
}

/** The hook: git gives it a line `<old> <new> <ref>` for each ref that was pushed. */
export function hookText({ branch, command, environment }: HookOptions): string {
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const cli = command.map(quoted).join(' ');
  return `#!/bin/sh
# Hands commits of the delivered branch over to live-ci. Written by live-ci; changes are lost.
${variables.join('\n')}
nothing=$(git hash-object --stdin </dev/null | tr '0-9a-f' '0')
while read -r old new ref; do
  if [ "$ref" != ${quoted(`refs/heads/${branch}`)} ]; then
    echo "live-ci: $ref is not the delivered branch, nothing to do"
  elif [ "$new" = "$nothing" ]; then
    echo "live-ci: $ref was deleted, nothing to do"
  else
    # A new branch has no commit before.
    if [ "$old" = "$nothing" ]; then set --; else set -- --base "$old"; fi
    if ${cli} enqueue --ask "$@" --head "$new" --ref "$ref"; then
      ${cli} local pushed "$new"
    else
      echo "live-ci: the commit is pushed, but not enqueued. live-ci local up takes it up when the stack was down; else mend what is said above, and push again or run live-ci enqueue"
    fi
  fi
done
`;
}
