/**
 * A live repository and what is really applied of it, for properties over whole histories: pushes change code, executions
 * apply some units, fail with others, roll some back. A unit's outputs are made of its code and of what it read.
 */
import type { AppliedUnit, Ending } from '../../src/delivery/applied.ts';
import { type ChangeSet, type Delivery, type DeliveryUnit, endedWell, type TouchedUnit } from '../../src/model.ts';
import { changeSetOf, commit } from './change-set.ts';

/** Unit ▸ its code; undefined where it has none. */
export type Code = Record<string, string | undefined>;

interface Applied {
  code: string;
  /** Dependency ▸ its outputs when this was applied. */
  read: Record<string, string | undefined>;
}

/** What happens to a unit that is planned with changes, and to one that is rolled back. */
export interface Fate {
  delivered: 'applied' | 'declined' | 'failed' | 'half applied';
  rolledBack: 'not' | 'rolled-back' | 'rollback-failed';
}

export class LiveWorld {
  readonly #dependencies: Record<string, string[]>;
  readonly #codeAt = new Map<string, Code>();
  readonly #applied = new Map<string, Applied>();
  /** The newest commit; null before the first. */
  head: string | null = null;
  #code: Code = {};

  constructor(dependencies: Record<string, string[]>) {
    this.#dependencies = dependencies;
  }

  /**
   * A commit on top of the newest.
   * @param changed unit ▸ its new code; undefined deletes it, and whatever can't be without it.
   * @returns its id.
   */
  commit(changed: Code): string {
    const wanted = { ...this.#code, ...changed };
    const code: Record<string, string> = {};
    for (const [path, dependencies] of Object.entries(this.#dependencies)) {
      const version = wanted[path];
      if (version !== undefined && dependencies.every((one) => code[one] !== undefined)) code[path] = version;
    }
    const head = commit(`c${this.#codeAt.size + 1}`);
    this.holds(head, code);
    return head;
  }

  /** A commit with all the code at it, now the newest. */
  holds(head: string, code: Code): void {
    this.#code = code;
    this.head = head;
    this.heads.push(head);
    this.#codeAt.set(head, code);
  }

  /** The branch is put to a commit that it had before. */
  setBack(head: string): void {
    this.holds(head, this.#codeAt.get(head) ?? {});
  }

  /** What the branch has held, one after the other; a commit that it came back to is listed again. */
  readonly heads: string[] = [];

  /** Whether a commit is the other one, or came before it. */
  covers(later: string, head: string): boolean {
    return this.heads.lastIndexOf(head) <= this.heads.lastIndexOf(later);
  }

  /** What a commit asks for, compared with another one. */
  describe(base: string | null, head: string, sequence: number): ChangeSet {
    const [before, after] = [base, head].map((at) => (at === null ? {} : this.#codeAt.get(at)) ?? {}) as [Code, Code];
    const touched: Record<string, TouchedUnit['change']> = {};
    for (const path of Object.keys(this.#dependencies)) {
      if (before[path] === after[path]) continue;
      touched[path] = before[path] === undefined ? 'added' : after[path] === undefined ? 'deleted' : 'modified';
    }
    const code = Object.fromEntries(
      Object.entries(after).flatMap(([path, version]) => (version ? [[path, version]] : [])),
    );
    const facts = { touched, code, base, graph: this.#graphOf(after), before: this.#graphOf(before) };
    return { ...changeSetOf(sequence, facts), head };
  }

  /** Whether a plan of the unit finds something to change. */
  changes(unit: DeliveryUnit, delivery: Delivery): boolean {
    return !this.#isApplied(unit.path, this.#codeIn(unit, delivery));
  }

  /** @param whole false when it is cut off half way. */
  apply(unit: DeliveryUnit, delivery: Delivery, whole: boolean): void {
    this.#apply(unit.path, whole ? this.#codeIn(unit, delivery) : 'broken');
  }

  /** @param whole false when it fails half way. */
  rollBack(unit: DeliveryUnit, whole: boolean): void {
    this.#apply(unit.path, whole ? this.#codeOf(unit.path, unit.base) : 'broken');
  }

  /** Whether what is applied is what the record says. */
  isRecorded(path: string, record: AppliedUnit | undefined): boolean {
    const code = this.#applied.get(path)?.code;
    if (record?.half) return code === 'broken';
    return code === this.#codeOf(path, record?.commit ?? null);
  }

  /** The change that puts units which did not end well, and which nobody has changed since, back to the code that they had. */
  backToTruth(delivery: Delivery, endings: ReadonlyMap<string, Ending>): Code {
    const open = delivery.units
      .filter(({ path }) => !endedWell(endings.get(path)?.outcome ?? 'cancelled'))
      .filter(({ path }) => this.#code[path] === this.#codeOf(path, delivery.head));
    return Object.fromEntries(open.map(({ path, base }) => [path, this.#codeOf(path, base)]));
  }

  /** Units that aren't applied as the last push says, or that read other outputs than there are now. */
  get forgotten(): string[] {
    const paths = new Set([...Object.keys(this.#code), ...this.#applied.keys()]);
    return [...paths].filter((path) => !this.#isApplied(path, this.#code[path]));
  }

  #apply(path: string, code: string | undefined): void {
    if (code === undefined) this.#applied.delete(path);
    else this.#applied.set(path, { code, read: this.#readNow(path) });
  }

  #isApplied(path: string, code: string | undefined): boolean {
    const applied = this.#applied.get(path);
    if (applied === undefined || code === undefined) return applied === undefined && code === undefined;
    return applied.code === code && JSON.stringify(applied.read) === JSON.stringify(this.#readNow(path));
  }

  #readNow(path: string): Applied['read'] {
    return Object.fromEntries((this.#dependencies[path] ?? []).map((one) => [one, this.#outputs(one)]));
  }

  #outputs(path: string): string | undefined {
    const applied = this.#applied.get(path);
    return applied && JSON.stringify(applied);
  }

  #codeIn(unit: DeliveryUnit, delivery: Delivery): string | undefined {
    return unit.deleted ? undefined : this.#codeOf(unit.path, delivery.head);
  }

  #codeOf(path: string, commit: string | null): string | undefined {
    return commit === null ? undefined : this.#codeAt.get(commit)?.[path];
  }

  #graphOf(code: Code): Record<string, string[]> {
    return Object.fromEntries(Object.keys(code).map((path) => [path, this.#dependencies[path] ?? []]));
  }
}
