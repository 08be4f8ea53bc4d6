/** Writes files of the cache, and removes those that nobody writes any more. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Replaces the file whole. One that can't be written is no error. */
export function writeCache(file: string, content: unknown): void {
  const directory = dirname(file);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const partial = `${file}.${process.pid}.partial`;
    writeFileSync(partial, JSON.stringify(content), { mode: 0o600 });
    renameSync(partial, file);
    removeUnused(directory);
  } catch {
    // A full disk or a read-only home: the next run is as slow as this one.
  }
}

const day = 86_400_000;
const daysKept = 30;

/** Files, also of older builds beside this one, that nobody has written for a month. */
function removeUnused(directory: string): void {
  const builds = join(directory, '..');
  for (const name of readdirSync(builds)) {
    const place = join(builds, name);
    const files = readdirSync(place);
    const old = files.filter((file) => Date.now() - statSync(join(place, file)).mtimeMs > daysKept * day);
    for (const file of old) rmSync(join(place, file), { force: true });
    if (old.length === files.length && place !== directory) rmSync(place, { recursive: true, force: true });
  }
}
