/**
 * Where the records of units are in an execution's data.
 *
 * A Parallel gives each of its branches `{ b, c, o }`: everything that was there before it, what is the same for all (see
 * tasks.ts), and a place for the branch's own records. A branch answers with its own records alone, and the Parallel keeps the
 * answers as they come: `$.o.g7[2].u12` is the record of unit 12 in the third branch of group 7. So nothing is put together
 * anywhere, no branch can overwrite another's records, and what a Parallel answers is no longer than the records in it. A path from
 * one unit to another's record goes up by `.b` for each Parallel that only the first one is in, and down by the groups that only
 * the other one is in.
 */
import type { Group } from './nesting/group.ts';

/** A Parallel around a unit, by its number, and the unit's branch of it. */
interface Step {
  group: number;
  branch: number;
}

export class Places {
  readonly #key: (unit: string) => string;
  readonly #numbers = new Map<Group, number>();
  readonly #steps = new Map<string, Step[]>();

  /**
   * @param stages one parallel each, in the order in which they run.
   * @param key the name of a unit's record among those of its branch.
   * @param first the number of the first group.
   */
  constructor(stages: readonly Group[], key: (unit: string) => string, first = 1) {
    this.#key = key;
    let number = first;
    const place = (group: Group, steps: Step[]): void => {
      if (group.kind === 'unit') this.#steps.set(group.unit, steps);
      else if (group.kind === 'sequence') for (const part of group.groups) place(part, steps);
      else {
        const own = number++;
        this.#numbers.set(group, own);
        for (const [branch, part] of group.groups.entries()) place(part, [...steps, { group: own, branch }]);
      }
    };
    for (const stage of stages) place(stage, []);
  }

  /** How many groups are numbered. */
  get groups(): number {
    return this.#numbers.size;
  }

  number(parallel: Group): number {
    return known(this.#numbers, parallel);
  }

  /** JSONPath of the data outside of all Parallels, as the states of the unit `from` see it. */
  root(from: string): string {
    return `$${'.b'.repeat(known(this.#steps, from).length)}`;
  }

  /** JSONPath of a unit's record, as the states of the unit `from` see it, or those outside of all Parallels. */
  record(unit: string, from?: string): string {
    const here = from === undefined ? [] : known(this.#steps, from);
    const there = known(this.#steps, unit);
    const parting = here.findIndex((step, depth) => !same(step, there[depth]));
    const shared = parting === -1 ? here.length : parting;
    const down = there.slice(shared).map(({ group, branch }) => `.g${group}[${branch}]`);
    return `$${'.b'.repeat(here.length - shared)}.o${down.join('')}.${this.#key(unit)}`;
  }
}

function same(a: Step, b: Step | undefined): boolean {
  return a.group === b?.group && a.branch === b.branch;
}

function known<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`${String(key)} has no place in the delivery`);
  return value;
}
