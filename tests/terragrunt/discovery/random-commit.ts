/** Random changes to a repository. */
import { posix } from 'node:path';
import fc from 'fast-check';
import type { Changes, Files } from './oracle.ts';

const kinds = ['change', 'add beside', 'add unit', 'delete unit', 'rename unit', 'change shared'] as const;

/** Which file or unit is meant is a number, since what there is to choose from is known only later. */
export interface Edit {
  kind: (typeof kinds)[number];
  which: number;
}

export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), which: fc.nat(1000) }),
  { minLength: 1, maxLength: 6 },
);

/**
 * @param removable directories of units on which no other depends
 */
export function changesOf(files: Files, edits: readonly Edit[], removable: readonly string[]): Changes {
  const paths = Object.keys(files).filter((path) => typeof files[path] === 'string');
  const units = paths.filter((path) => posix.basename(path) === 'terragrunt.hcl').map((path) => posix.dirname(path));
  const changes: Changes = {};
  const gone = new Set<string>();
  for (const [number, { kind, which }] of edits.entries()) {
    const unit = units[which % units.length] as string;
    const removed = removable[which % Math.max(1, removable.length)];
    if (kind === 'change') change(paths[which % paths.length] as string);
    else if (kind === 'change shared') {
      const shared = paths.filter((path) => !units.includes(posix.dirname(path)));
      change(shared[which % shared.length] as string);
    } else if (kind === 'add beside') changes[`${unit}/added-${number}.txt`] = 'x\n';
    else if (kind === 'add unit') changes[`${posix.dirname(unit)}/new-${number}/terragrunt.hcl`] = newUnit;
    else if (removed !== undefined && !gone.has(removed)) remove(removed, kind === 'rename unit');
  }
  return changes;

  /** A comment, or a space where there are none, changes no meaning. */
  function change(path: string): void {
    if (changes[path] !== undefined || gone.has(posix.dirname(path))) return;
    changes[path] = `${files[path]}${/\.(json|txt|tftpl|md)$/.test(path) ? '\n' : '# changed\n'}`;
  }

  /** Takes a unit's own files away; with another name they come back, unless they look for a directory of the old name. */
  function remove(unit: string, renamed: boolean): void {
    gone.add(unit);
    const name = posix.basename(unit);
    const own = Object.keys(files).filter(
      (path) => posix.dirname(path) === unit && !ofOthers.test(posix.basename(path)),
    );
    const bound = own.some((path) => new RegExp(`"${name}/?"`).test(String(files[path])));
    for (const path of own) {
      changes[path] = null;
      if (renamed && !bound) changes[`${unit}-renamed/${posix.basename(path)}`] = files[path] ?? null;
    }
  }
}

/** What units below put above themselves, into the directory of a unit perhaps. */
const ofOthers = /^(near|to|link)-/;
const newUnit = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
