/**
 * Directories for checkouts in the machine's temporary directory.
 *
 * The one that belongs to a name is the same every time, where it is free. A place is taken by renaming a directory to it that has
 * something in it already: that can't replace another one. In it are links that name the processes at work there; of a
 * place whose processes are all gone nobody will make room, so whoever looks for a place next removes it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, realpath, rename, rm, stat, symlink, unlink } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Place extends AsyncDisposable {
  /** Empty at first; absolute, without symbolic links. */
  directory: string;
  /** A path for a file beside it, which is gone with it. */
  file(name: string): string;
  /** Keeps the place, as long as it runs, also when this process dies: the id of a process, or of a process group below zero. */
  usedBy(process: number): void;
}

/** The place that belongs to `name`, or another one when that one is in use. */
export async function freePlace(name?: string): Promise<Place> {
  const user = process.getuid?.() ?? 0;
  const parent = join(await realpath(tmpdir()), `live-ci-${user}`);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  // In a directory that somebody else made, names that can be guessed could be waiting for us.
  if ((await stat(parent)).uid !== user) return furnish(await mkdtemp(`${parent}-checkout-`));
  await clearAbandoned(parent);
  const place = await furnish(await mkdtemp(join(parent, 'checkout-')));
  if (name === undefined) return place;
  const own = join(parent, createHash('sha256').update(name).digest('hex').slice(0, 16));
  return rename(join(place.directory, '..'), own).then(
    () => placeIn(own),
    () => place,
  );
}

async function furnish(root: string): Promise<Place> {
  const place = placeIn(root);
  place.usedBy(process.pid);
  await mkdir(place.directory);
  return place;
}

function placeIn(root: string): Place {
  return {
    directory: join(root, 'tree'),
    file: (name) => join(root, name),
    usedBy: (user) => symlinkSync(linkTo(user), join(root, `used-by-${randomUUID()}`)),
    [Symbol.asyncDispose]: () => clear(root),
  };
}

const linkTo = (user: number) => `${hostname()}:${user}`;

/** A link is made in one step, with what it says: nobody finds one half written. */
async function clearAbandoned(parent: string): Promise<void> {
  const clearing = join(parent, 'clearing');
  const mine = await symlink(linkTo(process.pid), clearing).then(
    () => true,
    () => false,
  );
  if (!mine) {
    if (isGone(await readlink(clearing).catch(() => ''))) await rm(clearing, { force: true });
    return;
  }
  try {
    for (const name of await readdir(parent)) if (name !== 'clearing') await clearIfAbandoned(parent, name);
  } finally {
    await unlink(clearing);
  }
}

const condemned = 'abandoned-';

async function clearIfAbandoned(parent: string, name: string): Promise<void> {
  const root = join(parent, name);
  if (!name.startsWith(condemned)) {
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    const links = entries.filter((entry) => entry.isSymbolicLink() && entry.name.startsWith('used-by-'));
    const users = await Promise.all(links.map((link) => readlink(join(root, link.name)).catch(() => '')));
    if (users.length === 0 || !users.every(isGone)) return;
  }
  // Out of the way in one step, so that nobody moves in while it is removed.
  const removed = join(parent, `${condemned}${randomUUID()}`);
  await rename(root, removed);
  await clear(removed);
}

/** What runs on another machine, or in another container, can't be seen from here. */
function isGone(link: string): boolean {
  const [host, user] = [link.slice(0, link.lastIndexOf(':')), Number(link.slice(link.lastIndexOf(':') + 1))];
  if (host !== hostname()) return false;
  try {
    process.kill(user, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Tools that were just killed may still be writing; hence the retries. */
function clear(root: string): Promise<void> {
  return rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
