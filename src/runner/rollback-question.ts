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
  /** JSON of the plan that this delivery applied; undefined when it isn't known. */
  applied: string | undefined;
  /** JSON of the rollback's plan. */
  back: string;
}

/** Reasons beyond these say nothing new. */
const mostReasons = 20;

/** @returns why somebody has to approve it, as sentences; none when it goes on by itself. */
export function whyItAsks({ rule, isNew, applied, back }: PlannedRollback): string[] {
  if (rule === 'never-ask') return [];
  const reasons = [
    ...(rule === 'ask' ? ['every rollback is asked about here (approvals.rollback)'] : []),
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
  return [...forward.flatMap(cannotBeUndone), ...back.flatMap((change) => goesBeyond(change, made, destroyed, isNew))];
}

/** Terraform's word for a resource whose creation failed: what was there before it is gone. */
const ofFailed = 'replace_because_tainted';

/** What this delivery did that going back to the code before does not undo. */
function cannotBeUndone({ address, previous_address: before, change }: Change): string[] {
  if (before !== undefined && before !== address) return [`this delivery moved ${before} to ${address}`];
  if ((change.importing ?? null) !== null) return [`this delivery imported ${address}, which was there before`];
  if (change.actions.includes('forget')) return [`this delivery forgot ${address}, which is still there`];
  return [];
}

function goesBeyond(change: Change, made: ReadonlySet<string>, destroyed: ReadonlySet<string>, isNew: boolean) {
  const address = addressOf(change);
  const ours = isNew || made.has(address);
  if (does('delete')(change) && !ours)
    return [`${does('create')(change) ? 'replaces' : 'destroys'} ${address}, which this delivery did not make`];
  if (does('forget')(change) && !ours) return [`forgets ${address}, which this delivery did not make`];
  if (does('create')(change) && !ours && !destroyed.has(address))
    return [`creates ${address}, which this delivery did not destroy`];
  return cannotBeUndone(change).length > 0 ? [`moves or imports ${address}`] : [];
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
