/**
 * What is asked, in words, for whoever looks at the waiting task in the Step Functions console: `Ask` of the state machine `build` shows
 * it in its input, with nothing in it that lets anybody decide who could not.
 */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { bucketKeys, planners } from '../delivery/bucket-keys.ts';
import { otherStateInFull, otherStateOf } from '../delivery/other-state.ts';
import { readDelivery } from '../delivery/read-delivery.ts';
import {
  type Decision,
  type Delivery,
  type DeliveryUnit,
  noEffects,
  type RunResult,
  runResultSchema,
  settingsIn,
  type UnitSettings,
  unitPath,
} from '../model.ts';
import { plain, shown } from '../plain-text.ts';
import { planInShort } from '../plan-in-short.ts';
import { quoted } from '../shell-quote.ts';
import { toldPlanSchema, unitAsked } from './ask.ts';
import { someOf } from './some-of.ts';

/** The event that `Describe` of the state machine `build` sends. */
export const describeSchema = z.object({
  ask: z.literal('description'),
  /** What the plan is for: to deliver, or to go back. */
  about: z.enum(planners).optional(),
  delivery: z.string(),
  unit: unitPath,
  plan: toldPlanSchema,
});
export type Describe = z.infer<typeof describeSchema>;

/** In the console each is shown under its name. */
export type Description = Record<string, string | string[] | Decision>;

export interface DescribeContext {
  bucket: Bucket;
  /** Addresses of the page for looking on; none where there is no page. */
  links: (about: { delivery: string; units: string[]; approver: null }) => Promise<string[]>;
}

/** Of long texts and lists some: a state's input has room for 256 KB. @throws DeliveryError for a delivery or a unit that there isn't. */
export async function describe(
  { about = 'plan', delivery, unit, plan }: Describe,
  context: DescribeContext,
): Promise<Description> {
  const { bucket, links } = context;
  const described = await readDelivery(delivery, bucket);
  const one = unitAsked(described, unit);
  const [[link], result] = await Promise.all([
    links({ delivery, units: [unit], approver: null }),
    readStored(bucket, bucketKeys.planResult(delivery, unit, about), runResultSchema),
  ]);
  const { add, change, destroy } = plan;
  const planned = result?.value.plan === plan.plan ? result.value : undefined;
  const otherState = otherStateOf(one, about, planned);
  const decide: Decide = (rest) => ({
    delivery,
    unit,
    ...rest,
    plan: plan.plan,
  });
  return {
    unit: plain(unit),
    ...(about === 'rollback' ? rollback(one, planned) : {}),
    changes: planInShort(planned ?? { counts: { ...noEffects, add, change, destroy } }),
    ...(otherState === null ? {} : { state: otherStateInFull(otherState) }),
    ...(planned ? consequences(planned, described) : {}),
    why: someOf(one.reasons).map(shown).join('; '),
    ...commitOf(described),
    ...(one.environment === undefined ? {} : { environment: plain(one.environment) }),
    'approvals needed': approvalOf(settingsIn(described, one)),
    'the plan, to look at': link ?? `live-ci plan ${quoted(plain(unit))}`,
    'to approve, start the state machine "decision" with': decide({ decision: 'approve' }),
    ...(about === 'rollback' ? waysToKeep(decide) : waysToDecline(decide)),
    'to have it planned again, with': decide({ decision: 'replan' }),
  };
}

export function commitOf({ head, subject, author }: Delivery): Description {
  return { commit: head, message: shown(subject), author: shown(author) };
}

type Decide = (rest: Pick<Decision, 'decision' | 'rollback' | 'units'>) => Decision;

const waysToDecline = (decide: Decide): Description => ({
  'to decline and leave what is applied, with': decide({ decision: 'decline', rollback: 'none' }),
  'to decline and roll back what this delivery has applied, with': decide({ decision: 'decline', rollback: 'all' }),
  'other rollback choices': 'current; dependencies; selective, with "units": ["path", …]',
});

const waysToKeep = (decide: Decide): Description => ({
  'to keep the unit as it is, with': decide({ decision: 'decline' }),
  'what else could be done': 'keep it, and roll forward with a new commit',
});

/** What goes back to what, and why that is not done without asking. */
function rollback({ base }: DeliveryUnit, result: RunResult | undefined): Description {
  const asks = someOf(result?.asks ?? []).map(shown);
  return {
    'what is asked': base === null ? 'a rollback: it would be destroyed' : `a rollback: to the code of commit ${base}`,
    ...(asks.length > 0 ? { 'asked because': asks } : {}),
  };
}

function consequences({ unit, destroys, outputsChanged, warnings }: RunResult, { units }: Delivery): Description {
  const readers = units.filter(({ dependencies }) => dependencies.includes(unit)).map(({ path }) => shown(path));
  const said = {
    destroys: destroys.map(({ address, replaced }) => shown(`${address}${replaced ? ' (replaced)' : ''}`)),
    warnings: warnings.map(shown),
    'outputs that change': outputsChanged.map(shown),
    'read by': outputsChanged.length === 0 ? [] : readers,
  };
  const lists = Object.entries(said).map(([name, list]) => [name, someOf(list)] as const);
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

/** Who starts the state machine `decision` is one voter, whoever that is: see vote.ts. */
function approvalOf({ approvers, minimumApprovals, authorMayApprove }: UnitSettings): string {
  const many = minimumApprovals === 1 ? 'one' : `${minimumApprovals} different ones`;
  const whose = approvers.length === 0 ? 'those who were given a link' : someOf(approvers).join(', ');
  return `${many} of ${whose}, and whoever starts "decision"${authorMayApprove ? '' : '; not of those who wrote it'}`;
}
