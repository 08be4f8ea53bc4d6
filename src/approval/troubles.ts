/** What went wrong in a delivery that asks what to roll back: for whoever answers, whatever the door. */
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { applying, askedFor, factsOf, readFrom, type UnitFacts } from '../delivery/unit-facts.ts';
import type { DeliveryUnit } from '../model.ts';
import { withoutColours } from '../plain-text.ts';
import type { Situation } from './choose-units.ts';
import { decisionInWords } from './decision-words.ts';

/** Of so many units it is looked up what went wrong: a delivery may have thousands. */
export const mostTroubles = 20;

/** Of the first units that were declined or have failed, by path: the error, or who declined, when and why. */
export async function troublesOf({ delivery, troubled }: Situation, bucket: Bucket): Promise<Record<string, string>> {
  const units = delivery.units.filter(({ path }) => troubled.includes(path)).slice(0, mostTroubles);
  const found = await atMost(bucketRequests, units, async (unit) => {
    const facts = await factsOf(delivery.id, unit, readFrom(bucket));
    return [unit.path, troubleIn(facts)] as const;
  });
  return Object.fromEntries(found);
}

/** What builds say is without secrets already. */
function troubleIn({ plan, apply, ...asked }: UnitFacts): string {
  const error = apply?.error ?? plan?.error;
  if (error) return error;
  const request = askedFor({ plan, ...asked });
  if (request?.given?.decision.decision === 'decline') {
    const { decision, voter, voters = [voter], at } = request.given;
    return decisionInWords({ decision: 'decline', voters, at, comment: decision.comment ?? null });
  }
  return request?.answer === null ? 'nobody answered in time' : 'a build of it ended without a result';
}

/** Of so many units that have failed. */
const mostLogs = 3;
const mostLines = 20;

/** What the last build of each of the first units said last, by path. @param failed units whose plan or apply has failed */
export async function lastWordsOf(
  id: string,
  failed: readonly DeliveryUnit[],
  bucket: Bucket,
): Promise<Map<string, string>> {
  const words = await Promise.all(
    failed.slice(0, mostLogs).map(async (unit) => {
      const log = (action: string) => bucket.read(bucketKeys.log(id, unit.path, action));
      const [applied, planned] = await Promise.all([log(applying(unit)), log('plan')]);
      const said = withoutColours((applied ?? planned)?.body.toString('utf8') ?? '').trimEnd();
      return [unit.path, said.split('\n').slice(-mostLines).join('\n')] as const;
    }),
  );
  return new Map(words);
}
