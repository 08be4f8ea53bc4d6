/**
 * Who wrote what is not applied yet, by unit: whoever is asked about the unit next is asked about that, too, although it was written before
 * the change set's base. A delivery adds its authors to what it leaves open, and so does a change set that is put aside to what it touches; what
 * is applied, or was taken back in git, is forgotten. Pure.
 */
import type { ChangeSet, Delivery } from '../model.ts';
import { ownValue } from '../own-value.ts';
import type { Applied, Ending } from './applied.ts';
import type { CarriedUnit, Pointer } from './pointer.ts';

type Authors = Pointer['authors'];

/** After a delivery, which has left these units open or out of date. */
export function authorsLeft(
  before: Authors,
  delivery: Delivery,
  endings: ReadonlyMap<string, Ending>,
  open: readonly CarriedUnit[],
): Authors {
  const done = delivery.units.map(({ path }) => path).filter((path) => isDelivered(endings.get(path)));
  const authors = without(before, new Set(done));
  const units = new Map(delivery.units.map((unit) => [unit.path, unit]));
  const all = union(...delivery.units.map((unit) => unit.authorEmails ?? []));
  // What was not in the delivery may read what any of its units has become.
  const earlier = (path: string) => (units.has(path) ? (units.get(path)?.authorEmails ?? []) : all);
  return added(
    authors,
    open.map(({ path }) => ({ path, emails: [...delivery.authorEmails, ...earlier(path)] })),
  );
}

/** After a change set that nothing is delivered of for now. */
export function authorsPutAside(before: Authors, { touched, authorEmails }: ChangeSet): Authors {
  return added(
    before,
    touched.map(({ path }) => ({ path, emails: authorEmails })),
  );
}

/** Of units that are carried into the change set's delivery, or whose code at its head isn't what is applied. */
export function authorsStillOpen(
  before: Authors,
  carried: readonly CarriedUnit[],
  { graph }: ChangeSet,
  applied: Applied,
): Authors {
  const open = new Set(carried.map(({ path }) => path));
  const asApplied = graph.filter(({ path, fingerprint }) => {
    const record = ownValue(applied.units, path);
    return !open.has(path) && record?.fingerprint === fingerprint && record.half === null;
  });
  return without(before, new Set(asApplied.map(({ path }) => path)));
}

/** For each unit in the order of a delivery, who wrote earlier what it and the units before it would get. */
export function earlierAuthors(
  authors: Authors,
  units: readonly { path: string; after: readonly string[] }[],
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, after } of units)
    found.set(path, union(ownValue(authors, path) ?? [], ...after.map((before) => found.get(before) ?? [])));
  return found;
}

function isDelivered(ending: Ending | undefined): boolean {
  return ending?.outcome === 'applied' || ending?.outcome === 'unchanged';
}

function without(authors: Authors, paths: ReadonlySet<string>): Authors {
  return Object.fromEntries(Object.entries(authors).filter(([path]) => !paths.has(path)));
}

function added(before: Authors, more: readonly { path: string; emails: readonly string[] }[]): Authors {
  const now = more.map(({ path, emails }) => [path, union(ownValue(before, path) ?? [], emails)] as const);
  return { ...before, ...Object.fromEntries(now) };
}

function union(...lists: (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}
