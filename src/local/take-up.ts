/**
 * What a stack that was down finds when it comes up again: a delivery that was interrupted, whose open units are asked about again; and
 * commits that were pushed meanwhile, which are enqueued as their push would have done it.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Bucket } from '../aws/bucket.ts';
import { readPointer } from '../delivery/pointer.ts';
import { readEnqueued } from '../queue/change-sets.ts';
import { git, hasCommit } from '../repository/git.ts';
import { localRegion } from './local-settings.ts';
import { type DeployedStack, pollNow } from './stack.ts';

interface Pushed {
  /** The bare repository. */
  remote: string;
  branch: string;
}

export async function takeUp(stack: DeployedStack, pushed: Pushed, progress: (step: string) => void): Promise<void> {
  const { endpoint, pollFunction } = stack;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const bucket = new S3Bucket(new S3Client({ endpoint, region: localRegion, credentials }), stack.bucket);
  const before = (await readPointer(bucket)).value.running;
  if (before) {
    await pollNow(endpoint, pollFunction);
    const { running, halted } = (await readPointer(bucket)).value;
    if (halted) progress(`${before.delivery} was interrupted and is halted: ${halted.reason}; see live-ci status`);
    else if (running && running.delivery !== before.delivery)
      progress(`${before.delivery} was interrupted; what was open goes on as ${running.delivery}, and asks again`);
  }
  const tip = await tipOf(pushed);
  const enqueued = (await readEnqueued(bucket))?.head;
  if (tip === undefined || tip === enqueued) return;
  // What somebody has enqueued by hand, of a commit that was never pushed here, is newer than the branch, or meant to be.
  if (enqueued !== undefined && !(await hasCommit(pushed.remote, enqueued))) return;
  progress(`taking up ${tip.slice(0, 12)}, which was pushed and is not enqueued`);
  for (const line of await pushAgain(pushed, tip)) progress(line);
}

async function tipOf({ remote, branch }: Pushed): Promise<string | undefined> {
  const tip = await git(remote, ['for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`]);
  return tip.trim() || undefined;
}

/** Runs the hook as git would have. @returns what it says; a commit that is refused is told, too. */
function pushAgain({ remote, branch }: Pushed, tip: string): Promise<string[]> {
  const nothing = '0'.repeat(tip.length);
  return new Promise((resolve) => {
    const child = execFile(join(remote, 'hooks', 'post-receive'), { cwd: remote }, (_failure, out, error) =>
      resolve(`${out}${error}`.split('\n').filter((line) => line.trim() !== '')),
    );
    child.stdin?.end(`${nothing} ${tip} refs/heads/${branch}\n`);
  });
}
