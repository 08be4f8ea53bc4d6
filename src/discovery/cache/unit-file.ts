/** The cache of units on disk. */
import { readFileSync } from 'node:fs';
import { type StoredCache, UnitCache } from './unit-cache.ts';
import { writeCache } from './write-cache.ts';

export interface UnitFile {
  cache: UnitCache;
  /** Writes what was added, if anything was. A cache that can't be written is no error. */
  save(): void;
}

/** Reads it. */
export function openUnits(file: string): UnitFile {
  const cache = load(file) ?? new UnitCache();
  return {
    cache,
    save() {
      if (cache.changed) writeCache(file, cache.stored());
    },
  };
}

function load(file: string): UnitCache | undefined {
  try {
    return new UnitCache(JSON.parse(readFileSync(file, 'utf8')) as StoredCache);
  } catch {
    return undefined; // not there, or cut off
  }
}
