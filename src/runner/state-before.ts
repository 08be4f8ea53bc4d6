/**
 * What stays in the state that a unit had, when its code has another one now. It is looked up where the code that is applied keeps it, in a checkout
 * of that code, so that it is right for each backend; the state is read there, and never written.
 */
import * as z from 'zod';
import { otherStateInWords } from '../delivery/other-state.ts';
import { messageOf, RunError } from '../errors.ts';
import { defaultWorkspace, requireLastingState, workspaceOf } from './backend.ts';
import { type Job, surroundings, type Workplace, withUnitAt } from './job.ts';

const stateSchema = z.object({
  resources: z.array(z.object({ mode: z.string(), instances: z.array(z.unknown()).default([]) })).default([]),
});

/** Milliseconds that it may take. */
const mostMilliseconds = 5 * 60_000;

/**
 * How many resources that state holds; undefined when the unit has no other one, or when they can't be counted: an approver is told then without
 * a number.
 * @param workplace in which the unit was planned
 */
export async function heldBefore(job: Job, workplace: Workplace): Promise<number | undefined> {
  const { unit, log } = job;
  if (unit.stateBefore === undefined || unit.base === null) return undefined;
  log.note(`counting what stays in the state that ${unit.path} had, ${unit.stateBefore}`);
  const counting = {
    ...job,
    unit: { ...unit, tool: unit.toolBefore ?? unit.tool },
    // A bucket that is gone is not made again.
    environment: { ...job.environment, TG_BACKEND_BOOTSTRAP: 'false' },
    signal: AbortSignal.any([job.signal, AbortSignal.timeout(mostMilliseconds)]),
    stopped: () => 'there was no time left for it.',
  };
  try {
    // The states of workspaces have the same name here, and it isn't known which of them the unit had.
    await requireDefaultWorkspace(job, workplace);
    const holds = await withUnitAt(counting, unit.base, (before) => countedIn(counting, before));
    log.note(`${unit.path}: ${otherStateInWords({ holds })}`);
    return holds;
  } catch (error) {
    log.note(`not counted: ${messageOf(error)}`);
    return undefined;
  }
}

async function countedIn(job: Job, before: Workplace): Promise<number> {
  const where = await requireDefaultWorkspace(job, before);
  await requireLastingState({ unit: job.unit.path, checkout: before.checkout, ...where });
  const { resources } = stateSchema.parse(JSON.parse(await before.tool.pullState()));
  return resources.filter(({ mode }) => mode === 'managed').flatMap(({ instances }) => instances).length;
}

async function requireDefaultWorkspace(job: Job, workplace: Workplace) {
  const where = await surroundings(job, workplace);
  const workspace = await workspaceOf(where);
  if (workspace === defaultWorkspace) return where;
  throw new RunError(`${job.unit.path} is in the workspace ${workspace}, and only the default one is looked into.`);
}
