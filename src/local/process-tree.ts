/** Ends a process and everything below it, also what has moved to process groups of its own, as terraform does. */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

interface Running {
  pid: number;
  parent: number;
}

/** Every process that runs; a zombie doesn't, it only waits for its parent to notice. */
async function running(): Promise<Running[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => state !== undefined && !state.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

/** Process ids below `root`, in no order. */
export async function descendants(root: number): Promise<number[]> {
  const children = Map.groupBy(await running(), ({ parent }) => parent);
  const below: number[] = [];
  for (let level = [root]; level.length > 0; ) {
    level = level.flatMap((pid) => (children.get(pid) ?? []).map((child) => child.pid));
    below.push(...level);
  }
  return below;
}

/**
 * Asks all of them to end and, those that are there `graceMilliseconds` later, kills them. Resolves when none is left.
 */
export async function endTree(root: number, graceMilliseconds = 5000): Promise<void> {
  const all = [...(await descendants(root)), root];
  send(all, 'SIGTERM');
  if (await ended(all, graceMilliseconds)) return;
  // What was started in the meantime is found below the root, if the root is still there.
  const left = [...(await descendants(root)), ...all];
  send(left, 'SIGKILL');
  await ended(left, graceMilliseconds);
}

export async function isAlive(pid: number): Promise<boolean> {
  return (await running()).some((process) => process.pid === pid);
}

async function ended(pids: readonly number[], milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    if (!(await running()).some(({ pid }) => pids.includes(pid))) return true;
    if (Date.now() > deadline) return false;
    await delay(50);
  }
}

function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // it ended by itself
    }
  }
}
