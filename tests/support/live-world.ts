/**
 * A live repository and what is really applied of it, for properties over whole histories: pushes change code, executions
 * apply some units, fail with others, roll some back. A unit's outputs are made of its code and of what it read; what it reads, its code says.
 * Nothing may be destroyed while what is applied reads it, nor may anything go back to code that reads what is not there.
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { AppliedUnit } from '../../src/delivery/applied.ts';
import { findCycle } from '../../src/discovery/graph/find-cycle.ts';
import { reachable } from '../../src/discovery/graph/reachable.ts';
import type { ChangeSet, Delivery, DeliveryUnit, TouchedUnit } from '../../src/model.ts';
import { largestThatFits, type OpenUnit, type PutBack } from '../../src/repository/put-back.ts';
import type { SyncRepository } from '../../src/repository/sync-repository.ts';
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
  /** `kept` and `expired`: what the approver of its plan answers, where that asks. */
  rolledBack: 'not' | 'rolled-back' | 'rollback-failed' | 'kept' | 'expired';
  /** Whether its rollback does more than undo in place what the delivery did. */
  doesMore?: boolean;
}

/** Code that can't be understood: its unit is delivered with an error, and never applied. */
export const unreadable = 'unreadable';

/** What a unit reads, by its code. */
export type Reads = (path: string, code: string) => string[];

export class LiveWorld {
  readonly #paths: string[];
  readonly #reads: Reads;
  readonly #codeAt = new Map<string, Code>();
  readonly #applied = new Map<string, Applied>();
  /** The newest commit; null before the first. */
  head: string | null = null;
  #code: Code = {};
  /** What is proposed to bring git back to what is applied; undefined when nothing is. */
  proposal: string | undefined;
  /** Commits that put units back: on top of which, after which delivery, and what was applied then. */
  readonly #putBacks = new Map<string, { parent: string; delivery: string; applied: Code }>();
  /** Heads of the branch that merged such a commit. */
  readonly #merges = new Map<string, string>();

  constructor(paths: string[], reads: Reads) {
    this.#paths = paths;
    this.#reads = reads;
  }

  /**
   * A commit on top of the newest. One whose units would read each other in a circle changes nothing.
   * @param changed unit ▸ its new code; undefined deletes it, and whatever can't be without it.
   * @returns its id.
   */
  commit(changed: Code): string {
    const code = this.#whole({ ...this.#code, ...changed });
    const head = this.#newCommit();
    this.holds(head, this.#circle(code) ? this.#code : code);
    return head;
  }

  /** Without the units that read what is not there. */
  #whole(wanted: Code): Code {
    const units = Object.entries(wanted).filter(
      ([path, code]) => code !== undefined && this.#readsOf(path, code).every((read) => wanted[read] !== undefined),
    );
    return units.length === Object.keys(wanted).length ? wanted : this.#whole(Object.fromEntries(units));
  }

  /** A commit with all the code at it, now the newest. */
  holds(head: string, given: Code): void {
    const code = Object.fromEntries(Object.entries(given).filter(([, version]) => version !== undefined));
    this.#code = code;
    this.head = head;
    this.heads.push(head);
    this.#codeAt.set(head, code);
  }

  /** The branch is put to a commit that it had before. */
  setBack(head: string): void {
    this.holds(head, this.#codeAt.get(head) ?? {});
  }

  /** Units that the newest commit has and nobody can understand. */
  get notUnderstood(): string[] {
    return this.#unreadableIn(this.#code);
  }

  #unreadableIn(code: Code): string[] {
    return Object.keys(code).filter((path) => code[path] === unreadable);
  }

  /** Units that the newest commit has. */
  get paths(): string[] {
    return Object.keys(this.#code);
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
    for (const path of this.#paths) {
      if (before[path] === after[path]) continue;
      touched[path] = before[path] === undefined ? 'added' : after[path] === undefined ? 'deleted' : 'modified';
    }
    const code = Object.fromEntries(
      Object.entries(after).flatMap(([path, version]) => (version ? [[path, version]] : [])),
    );
    const errors = Object.fromEntries(
      this.#unreadableIn(after).map((path) => [path, `${path}/main.tf:1:1: expected "}"`]),
    );
    const facts = { touched, code, base, errors, graph: this.#graphOf(after), before: this.#graphOf(before) };
    const putBacks = this.#putBacksIn(base, head).map(({ commit, delivery }) => ({
      delivery,
      units: Object.keys(touched).filter((path) => after[path] === this.#codeOf(path, commit)),
    }));
    return { ...changeSetOf(sequence, { ...facts, putBacks }), head };
  }

  #putBacksIn(base: string | null, head: string): { commit: string; delivery: string }[] {
    if (base === null) return [];
    const start = this.heads.lastIndexOf(base);
    const range = this.heads.slice(start + 1, this.heads.lastIndexOf(head) + 1);
    return range.flatMap((one) => {
      const commit = this.#merges.get(one) ?? one;
      const made = this.#putBacks.get(commit);
      return made && this.heads.indexOf(one) > start ? [{ commit, delivery: made.delivery }] : [];
    });
  }

  /** What a put-back changes is what was applied when it was made, or what it left half done itself. */
  #checkInTime(path: string, { base, head }: Delivery): void {
    const now = this.#applied.get(path)?.code;
    const code = this.#codeOf(path, head);
    for (const { commit } of this.#putBacksIn(base, head)) {
      if (code === this.#codeOf(path, base) || code !== this.#codeOf(path, commit)) continue;
      const made = this.#putBacks.get(commit);
      if (made === undefined || code === this.#codeOf(path, made.parent)) continue;
      const before = made.applied[path];
      assert.ok([before, code, 'broken'].includes(now), `${path} is put back before anything newer is applied`);
    }
  }

  /** Somebody merges what is proposed: the branch's new head; undefined where git, or who pushes, would refuse it. */
  merge(): string | undefined {
    const { proposal } = this;
    const parent = proposal && this.#putBacks.get(proposal)?.parent;
    if (!proposal || !parent) return undefined;
    const [before, theirs] = [this.#codeAt.get(parent) ?? {}, this.#codeAt.get(proposal) ?? {}];
    const changed = this.#paths.filter((path) => before[path] !== theirs[path]);
    if (changed.some((path) => this.#code[path] !== before[path] && this.#code[path] !== theirs[path]))
      return undefined;
    const code = { ...this.#code, ...Object.fromEntries(changed.map((path) => [path, theirs[path]])) };
    if (this.#missing(code).length > 0 || this.#circle(code)) return undefined;
    const head = this.#newCommit();
    this.#merges.set(head, proposal);
    this.holds(head, code);
    return head;
  }

  /** As bringing git back to what is applied sees it. */
  get repository(): SyncRepository {
    return {
      tip: async (branch) => (branch === 'main' ? (this.head ?? undefined) : this.proposal),
      leadsTo: async (commit, tip) => this.heads.includes(commit) && this.covers(tip, commit),
      trailerOf: async (commit) => this.#putBacks.get(commit)?.delivery,
      isSame: async () => false,
      putBack: (units, { tip }) => this.#putBack(units, tip),
      commit: async (tree, parent, message) => {
        const commit = this.#newCommit();
        const delivery = /^Live-CI-Delivery: (.*)$/m.exec(message)?.[1] ?? '';
        const applied = Object.fromEntries([...this.#applied].map(([path, { code }]) => [path, code]));
        this.#putBacks.set(commit, { parent, delivery, applied });
        this.#codeAt.set(commit, JSON.parse(tree));
        return commit;
      },
      push: async (commit) => {
        if (this.#putBacks.get(commit)?.parent !== this.head) return false;
        this.holds(commit, this.#codeAt.get(commit) ?? {});
        return true;
      },
      replace: async (_, before, commit) => {
        if (this.proposal !== before) return false;
        this.proposal = commit ?? undefined;
        return true;
      },
    };
  }

  /** Each unit by itself, with the product's way to leave out what does not fit: nothing may read what isn't there. */
  async #putBack(units: readonly OpenUnit[], tip: string): Promise<PutBack> {
    const now = this.#codeAt.get(tip) ?? {};
    const code = (kept: readonly OpenUnit[]) => ({
      ...now,
      ...Object.fromEntries(kept.map(({ path, base }) => [path, this.#codeOf(path, base)])),
    });
    const wanted = units.filter(({ path, base }) => now[path] !== this.#codeOf(path, base));
    const { groups, misfits } = await largestThatFits(wanted, async (kept) => {
      const found = new Map<OpenUnit, string>();
      for (const { path, missing } of this.#missing(code(kept))) {
        const others = kept.filter((unit) => missing.includes(unit.path));
        const own = kept.filter((unit) => unit.path === path);
        for (const unit of others.length > 0 ? others : own) found.set(unit, `${path} would read what is not there`);
      }
      const circle = this.#circle(code(kept)) ?? [];
      for (const unit of kept) if (circle.includes(unit.path)) found.set(unit, `${unit.path} would be on a circle`);
      return found;
    });
    return {
      tree: JSON.stringify(code(groups)),
      back: groups.map(({ path }) => path).sort(),
      left: [...misfits].map(([{ path }, reason]) => ({ path, reason })),
    };
  }

  /** Units that read what is not there, with what that is. */
  #missing(code: Code): { path: string; missing: string[] }[] {
    return Object.entries(code).flatMap(([path, version]) => {
      const missing = this.#readsOf(path, version).filter((one) => code[one] === undefined);
      return missing.length > 0 ? [{ path, missing }] : [];
    });
  }

  /** Units that read each other. */
  #circle(code: Code): string[] | undefined {
    return findCycle(new Map(Object.entries(this.#graphOf(code))));
  }

  #newCommit(): string {
    return commit(`c${this.#codeAt.size + 1}`);
  }

  /** Whether everything is there that a plan of the unit reads. */
  canBePlanned(unit: DeliveryUnit, delivery: Delivery): boolean {
    return this.#readsOf(unit.path, this.#codeIn(unit, delivery)).every((read) => this.#applied.has(read));
  }

  /** Whether a plan of the unit finds something to change. */
  changes(unit: DeliveryUnit, delivery: Delivery): boolean {
    return !this.#isApplied(unit.path, this.#codeIn(unit, delivery));
  }

  /** The same of its rollback. */
  changesBack(unit: DeliveryUnit): boolean {
    return !this.#isApplied(unit.path, this.#codeOf(unit.path, unit.base));
  }

  /** What a plan of the unit would do. */
  contentOf(unit: DeliveryUnit, delivery: Delivery): string {
    const code = this.#codeIn(unit, delivery);
    const read = this.#readNow(this.#readsOf(unit.path, code));
    return hash('sha256', JSON.stringify({ from: this.#applied.get(unit.path), code, read }));
  }

  /** @param whole false when it is cut off half way. */
  apply(unit: DeliveryUnit, delivery: Delivery, whole: boolean): void {
    this.#checkInTime(unit.path, delivery);
    const code = this.#codeIn(unit, delivery);
    for (const read of this.#readsOf(unit.path, code))
      assert.ok(
        this.#applied.has(read),
        `${delivery.id}: ${unit.path} is applied, and reads ${read}, which is not there`,
      );
    this.#apply(unit.path, code, whole, delivery);
  }

  /** @param whole false when it fails half way. */
  rollBack(unit: DeliveryUnit, delivery: Delivery, whole: boolean): void {
    const code = this.#codeOf(unit.path, unit.base);
    for (const read of this.#readsOf(unit.path, code))
      assert.ok(
        this.#applied.has(read),
        `${delivery.id}: ${unit.path} goes back to what reads ${read}, which is not there`,
      );
    this.#apply(unit.path, code, whole, delivery);
  }

  /** Whether what is applied is what the record says. */
  isRecorded(path: string, record: AppliedUnit | undefined): boolean {
    const code = this.#applied.get(path)?.code;
    if (record?.half) return code === 'broken';
    return code === this.#codeOf(path, record?.commit ?? null);
  }

  /** Units that are applied, and read one that is not. */
  get dangling(): string[] {
    const isGone = (path: string) => !this.#applied.has(path);
    return [...this.#applied].filter(([, { read }]) => Object.keys(read).some(isGone)).map(([path]) => path);
  }

  /** Units that aren't applied as the last push says, or that read other outputs than there are now. */
  get forgotten(): string[] {
    const paths = new Set([...Object.keys(this.#code), ...this.#applied.keys()]);
    return [...paths].filter((path) => !this.#isApplied(path, this.#code[path]));
  }

  #apply(path: string, code: string | undefined, whole: boolean, { id }: Delivery): void {
    if (code === undefined)
      for (const reader of this.#readers(path)) assert.fail(`${id}: ${path} is destroyed while ${reader} reads it`);
    const older = Object.keys(this.#applied.get(path)?.read ?? {});
    const reads = this.#readsOf(path, code);
    if (!whole) this.#applied.set(path, { code: 'broken', read: this.#readNow([...new Set([...older, ...reads])]) });
    else if (code === undefined) this.#applied.delete(path);
    else this.#applied.set(path, { code, read: this.#readNow(reads) });
  }

  /** What reads a unit as it is applied, but for what it reads itself: of units that are destroyed and read each other, one is the first. */
  #readers(path: string): string[] {
    const graph = new Map([...this.#applied].map(([reader, { read }]) => [reader, Object.keys(read)]));
    const own = reachable(graph, [path]);
    return [...graph].filter(([reader, reads]) => reads.includes(path) && !own.has(reader)).map(([reader]) => reader);
  }

  #isApplied(path: string, code: string | undefined): boolean {
    const applied = this.#applied.get(path);
    if (applied === undefined || code === undefined) return applied === undefined && code === undefined;
    const now = this.#readNow(this.#readsOf(path, code));
    return applied.code === code && JSON.stringify(applied.read) === JSON.stringify(now);
  }

  #readNow(reads: string[]): Applied['read'] {
    return Object.fromEntries(reads.map((one) => [one, this.#outputs(one)]));
  }

  #readsOf(path: string, code: string | undefined): string[] {
    return code === undefined ? [] : this.#reads(path, code);
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
    return Object.fromEntries(Object.entries(code).map(([path, version]) => [path, this.#readsOf(path, version)]));
  }
}
