/**
 * Ends a process and everything below it, also what has moved to process groups of its own, as terraform does.
 *
 * Builds come first, and by themselves: each asks its tool to end, and waits until it has. A signal to everything at once would reach Terraform's
 * providers, too, and what one of them is just making would be in no state.
 */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

interface Running {
  pid: number;
  parent: number;
  /** As it was started, words put together with spaces. */
  command: string;
}

/** Every process that runs; a zombie doesn't, it only waits for its parent to notice. */
async function running(): Promise<Running[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], {
    maxBuffer: 2 ** 26,
  });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+([^Z\s]\S*)\s?(.*)$/.exec(line))
    .filter((found) => found !== null)
    .map(([, pid, parent, , command = '']) => ({ pid: Number(pid), parent: Number(parent), command }));
}

/** Process ids below `root`, in no order. */
export async function descendants(root: number): Promise<number[]> {
  return (await runningBelow(root)).map(({ pid }) => pid);
}

async function runningBelow(root: number): Promise<Running[]> {
  const children = Map.groupBy(await running(), ({ parent }) => parent);
  const below: Running[] = [];
  for (let level = children.get(root) ?? []; level.length > 0; ) {
    below.push(...level);
    level = level.flatMap(({ pid }) => children.get(pid) ?? []);
  }
  return below;
}

/** What `live-ci run` does, as in `apply prod/db`; undefined for any other command. */
export function buildOf(command: string): string | undefined {
  const [, action, unit] =
    / run ([a-z-]+) --delivery=\S+(?: --unit=(.*?))?(?: --plan=\S+)? --result-file=/.exec(command) ?? [];
  return action === undefined ? undefined : [action, ...(unit === undefined ? [] : [unit])].join(' ');
}

/** Longer than an apply is given to end, see `applyGrace`. */
const buildGrace = 11 * 60_000;

/** Stops the builds below `root`, and those that begin meanwhile, and waits for them. @param tell gets what is waited for */
async function endBuilds(root: number, tell: (builds: string[]) => void): Promise<void> {
  const deadline = Date.now() + buildGrace;
  const asked = new Set<number>();
  for (;;) {
    const builds = (await runningBelow(root)).filter(({ command }) => buildOf(command) !== undefined);
    if (builds.length === 0 || Date.now() > deadline) return;
    const more = builds.filter(({ pid }) => !asked.has(pid));
    for (const { pid } of more) asked.add(pid);
    // Once only: a second signal ends it on the spot.
    send(
      more.map(({ pid }) => pid),
      'SIGTERM',
    );
    if (more.length > 0) tell(more.map(({ command }) => buildOf(command) ?? ''));
    await delay(50);
  }
}

/**
 * Stops builds and waits for them; then asks all to end and, those that are there `graceMilliseconds` later, kills them. Resolves when none is left.
 * @param tell gets the builds that are waited for
 */
export async function endTree(
  root: number,
  graceMilliseconds = 5000,
  tell: (builds: string[]) => void = () => {},
): Promise<void> {
  await endBuilds(root, tell);
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
