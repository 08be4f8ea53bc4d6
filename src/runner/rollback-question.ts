/**
 * Whether the plan of a rollback asks somebody, and why. Pure.
 *
 * A rollback that only undoes in place what this delivery did is what was chosen. Anything else is a plan of its own that nobody has
 * seen, so it asks:
 *   - what it destroys, replaces or forgets, unless this delivery made it,
 *   - what it creates, unless this delivery destroyed it: it may still be there, forgotten or in another state,
 *   - whatever it does, when this delivery moved, imported or forgot something, since the code before knows nothing of that.
 * What this delivery did is read from the plan that was applied. Where that can't be known, it asks.
 */
import * as z from 'zod';
import type { RollbackRule } from '../model.ts';

const planSchema = z.object({
  resource_changes: z
    .array(
      z.object({
        address: z.string().default(''),
        mode: z.string().default('managed'),
        previous_address: z.string().optional(),
        action_reason: z.string().optional(),
        change: z.object({ actions: z.array(z.string()), importing: z.unknown().optional() }),
      }),
    )
    .default([]),
});
type Change = z.infer<typeof planSchema>['resource_changes'][number];

export interface PlannedRollback {
  rule: RollbackRule;
  /** Nothing of the unit was applied before this delivery, so all that it has is of deliveries that were never finished. */
  isNew: boolean;
  /** The directory whose state it was before. */
  movedFrom?: string | undefined;
  /** JSON of the plan that this delivery applied; undefined when it isn't known. */
  applied: string | undefined;
  /** JSON of the rollback's plan. */
  back: string;
}

/** Reasons beyond these say nothing new. */
const mostReasons = 20;

/** @returns why somebody has to approve it, as sentences; none when it goes on by itself. */
export function whyItAsks({ rule, isNew, movedFrom, applied, back }: PlannedRollback): string[] {
  if (rule === 'never-ask') return [];
  const reasons = [
    ...(rule === 'ask' ? ['every rollback is asked about here (approvals.rollback)'] : []),
    ...(movedFrom === undefined ? [] : [`its state was that of ${movedFrom} before, and goes back to the code there`]),
    ...beyondUndoing(changesOf(applied), changesOf(back), isNew),
  ];
  return reasons.slice(0, mostReasons);
}

function beyondUndoing(forward: Change[] | undefined, back: Change[] | undefined, isNew: boolean): string[] {
  if (forward === undefined) return ['what this delivery applied is not known any more'];
  if (back === undefined) return ['what the rollback would do could not be read'];
  const created = new Set(forward.filter(does('create')).map(addressOf));
  const made = new Set(forward.filter(does('create')).filter(doesNot('delete')).map(addressOf));
  for (const { address, action_reason: reason } of back)
    if (reason === ofFailed && created.has(address)) made.add(address);
  const destroyed = new Set(forward.filter(does('delete')).map(addressOf));
  const undone = undoneMoves(forward, back);
  const left = (change: Change) => (undone.has(change.address) ? [] : cannotBeUndone(change));
  return [...forward, ...back].flatMap(left).concat(back.flatMap((one) => goesBeyond(one, made, destroyed, isNew)));
}

/** Addresses, new and old, of what was moved and is moved back. */
function undoneMoves(forward: readonly Change[], back: readonly Change[]): Set<string> {
  const moves = new Map(forward.flatMap((one) => (isMoved(one) ? [[one.address, one.previous_address]] : [])));
  const undone = back.filter(
    ({ address, previous_address: from }) => from !== undefined && moves.get(from) === address,
  );
  return new Set(undone.flatMap(({ address, previous_address: from }) => [address, from ?? address]));
}

const isMoved = ({ address, previous_address: from }: Change) => from !== undefined && from !== address;

/**
 * Terraform's `moved` blocks that undo the moves of a plan; empty when it has none. The plan is what a plan build left, and what is made of it
 * becomes part of an apply build's code: nothing but addresses may come out of it.
 */
export function movedBack(applied: string | undefined): string {
  return (changesOf(applied) ?? [])
    .filter((change) => isMoved(change) && [change.address, change.previous_address ?? ''].every(isAddress))
    .map(({ address, previous_address: from }) => `moved {\n  from = ${address}\n  to   = ${from}\n}\n`)
    .join('');
}

const part = String.raw`[A-Za-z_][\w-]*(?:\[(?:\d+|"[\w ./:@+-]*")\])?`;
const address = new RegExp(String.raw`^${part}(?:\.${part})+$`);
const isAddress = (text: string) => address.test(text);

/** Terraform's word for a resource whose creation failed: what was there before it is gone. */
const ofFailed = 'replace_because_tainted';

/** What this delivery did that going back to the code before does not undo. */
function cannotBeUndone({ address, previous_address: before, change }: Change): string[] {
  if (before !== undefined && before !== address) return [`${before} has moved to ${address}`];
  if ((change.importing ?? null) !== null) return [`${address} is imported, and was there before`];
  if (change.actions.includes('forget')) return [`${address} is forgotten, and still there`];
  return [];
}

function goesBeyond(change: Change, made: ReadonlySet<string>, destroyed: ReadonlySet<string>, isNew: boolean) {
  const address = addressOf(change);
  const ours = isNew || made.has(address);
  if (does('delete')(change) && !ours)
    return [`${does('create')(change) ? 'replaces' : 'destroys'} ${address}, which this delivery did not make`];
  if (does('create')(change) && !ours && !destroyed.has(address))
    return [`creates ${address}, which this delivery did not destroy`];
  return [];
}

const addressOf = ({ address }: Change) => address;
const does = (action: string) => (each: Change) => each.mode === 'managed' && each.change.actions.includes(action);
const doesNot = (action: string) => (each: Change) => !each.change.actions.includes(action);

function changesOf(json: string | undefined): Change[] | undefined {
  if (json === undefined) return undefined;
  try {
    return planSchema.safeParse(JSON.parse(json)).data?.resource_changes;
  } catch {
    return undefined;
  }
}
