/** `live-ci local down`: ends what `live-ci local up` started. */
import { UsageError } from '../errors.ts';
import { endTree, isAlive } from './process-tree.ts';
import { findRecord } from './record.ts';

/**
 * Ends the stack with everything that runs in it; what it kept stays for the next `up`.
 * @param progress told what is waited for
 * @returns the endpoint that is gone, or undefined when it was not running.
 * @throws UsageError when there is no local stack for this directory.
 */
export async function down(
  directory: string,
  progress: (step: string) => void = () => {},
): Promise<string | undefined> {
  const record = findRecord(directory);
  if (!record) throw new UsageError(`${directory} has no local stack; start one with live-ci local up.`);
  const { pid, endpoint } = record;
  if (!(await isAlive(pid))) return undefined;
  await endTree(pid, undefined, (builds) =>
    progress(
      `stopping ${builds.join(', ')}: Terraform ends what it is doing and writes its state, which may take minutes`,
    ),
  );
  return endpoint;
}
