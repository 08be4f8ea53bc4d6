/**
 * The rollback question in words, for whoever looks at the waiting task `Choose rollback` in the Step Functions console: what went wrong, what each
 * choice would do, and what to paste for it.
 */
import * as z from 'zod';
import { mostDescribed } from '../../statemachine/limits.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import { readStored } from '../aws/stored.ts';
import type { Ending } from '../delivery/applied.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { toldEndings, toldSchema } from '../delivery/endings.ts';
import { readDelivery } from '../delivery/read-delivery.ts';
import { type Decision, type RollbackChoice, rollbackChoices, runResultSchema } from '../model.ts';
import { plain, shown } from '../plain-text.ts';
import { reachOf, type Situation } from './choose-units.ts';
import { cancelInWords } from './decision-words.ts';
import { commitOf, type DescribeContext, type Description } from './describe.ts';
import { cancelledSchema } from './request.ts';
import { type KnownUnit, previewInWords, previewsOf } from './rollback-preview.ts';
import { situationAfter } from './situation.ts';
import { howManyWithin, someOf, someWithin } from './some-of.ts';
import { lastWordsOf, troublesOf } from './troubles.ts';

/** The event that `Describe rollback` of the pipeline sends. */
export const describeRollbackSchema = z.object({
  ask: z.literal('description of the rollback'),
  delivery: z.string(),
  outcomes: toldSchema,
});
export type DescribeRollback = z.infer<typeof describeRollbackSchema>;

/** Bytes for each list, so that all of them fit what the pipeline's data has room for, whatever they say: see mostDescribed. */
const room = mostDescribed / 12;

/** At most `mostDescribed` bytes. @throws DeliveryError for a delivery that there isn't. */
export async function describeRollback(
  { delivery: id, outcomes }: DescribeRollback,
  { bucket, links }: DescribeContext,
): Promise<Description> {
  const delivery = await readDelivery(id, bucket);
  const endings = await toldEndings(delivery, outcomes, bucket);
  const situation = situationAfter(delivery, endings);
  const wentWrong = new Set(situation.troubled);
  const failed = delivery.units.filter(({ path }) => wentWrong.has(path) && endings.get(path)?.outcome === 'failed');
  const [[link], troubles, lastWords, cancelled, known] = await Promise.all([
    links({ delivery: id, units: [], approver: null }),
    troublesOf(situation, bucket),
    lastWordsOf(id, failed, bucket),
    readStored(bucket, bucketKeys.cancelled(id), cancelledSchema),
    knownUnits(situation, endings, bucket),
  ]);
  const wrong = Object.entries(troubles).map(([path, why]) => {
    const how = endings.get(path)?.outcome === 'failed' ? 'failed: ' : '';
    return `${shown(path)}: ${how}${shown(why)}`;
  });
  const more = situation.troubled.length - wrong.length;
  const logs = [...lastWords].filter(([, said]) => said !== '');
  const previews = previewsOf(situation, known);
  const would = (choice: keyof typeof previews) => someWithin(room, previewInWords(previews[choice]).map(plain));
  const answer = (rest: Pick<Decision, 'decision' | 'rollback' | 'units'>): Decision => ({ delivery: id, ...rest });
  const choose = (rollback: RollbackChoice) => answer({ decision: 'decline', rollback });
  const some = situation.modified.slice(0, howManyWithin(room, situation.modified));
  return {
    'what went wrong': [...someWithin(room, wrong), ...(more > 0 ? [`… and ${more} more units`] : [])],
    ...Object.fromEntries(
      logs.map(([path, said]) => [
        `the end of the log of ${shown(path)}`,
        someWithin(room, said.split('\n').map(shown).reverse()).reverse(),
      ]),
    ),
    ...(cancelled ? { 'the delivery was': shown(cancelInWords(cancelled.value)) } : {}),
    ...commitOf(delivery),
    'to look at it': link ?? 'live-ci status',
    'to try again what did not end well, start the state machine "decision" with': answer({ decision: 'retry' }),
    'to leave what is applied, with': choose('none'),
    '"none" would': would('none'),
    'to roll back what was declined or has failed, with': choose('current'),
    '"current" would': would('current'),
    'to roll back that and its dependencies, with': choose('dependencies'),
    '"dependencies" would': would('dependencies'),
    'to roll back everything that this delivery has applied, with': choose('all'),
    '"all" would': would('all'),
    'to roll back some units, of these, with': {
      ...choose('selective'),
      units: some.length > 0 ? some : ['path', '…'],
    },
  };
}

/** Of the units that are named: what their plans did, and how they ended. */
async function knownUnits(
  situation: Situation,
  endings: ReadonlyMap<string, Ending>,
  bucket: DescribeContext['bucket'],
): Promise<KnownUnit[]> {
  const { delivery, modified } = situation;
  const named = new Set(rollbackChoices.flatMap((choice) => someOf(reachOf(choice, [], situation).units)));
  const known = await atMost(
    bucketRequests,
    delivery.units.filter(({ path }) => named.has(path)),
    async ({ path }) => {
      const plan = (await readStored(bucket, bucketKeys.planResult(delivery.id, path), runResultSchema))?.value;
      return [path, plan] as const;
    },
  );
  const plans = new Map(known);
  return modified.map((path) => ({
    path,
    state: endings.get(path)?.outcome ?? 'cancelled',
    complete: endings.get(path)?.complete === true,
    counts: plans.get(path)?.counts ?? null,
    destroys: plans.get(path)?.destroys ?? [],
  }));
}
