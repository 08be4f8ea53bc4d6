/** Which delivery somebody means who names it: by its id or the beginning of that, or by its commit. */
import type { Bucket } from '../aws/bucket.ts';
import { UsageError } from '../errors.ts';
import { shown } from '../plain-text.ts';
import { readChangeSet } from '../queue/change-sets.ts';
import { bucketKeys } from './bucket-keys.ts';
import { readPointer } from './pointer.ts';

/** Of an id so many digits are enough, as git takes them. */
const fewestDigits = 4;

/**
 * @param said an id, the beginning of one, a commit, or what else `commitOf` knows. Of several attempts at one commit the newest is meant.
 * @param commitOf the commit that a word such as HEAD stands for, if it does.
 * @throws UsageError when there is no such delivery, or it could be several.
 */
export async function findDelivery(
  said: string,
  bucket: Bucket,
  commitOf: (word: string) => Promise<string | undefined> = async () => undefined,
): Promise<string> {
  const ids = await idsBeginningWith(said, bucket);
  if (ids.includes(said)) return said;
  const found = ids.length > 0 ? ids : await ofCommit((await commitOf(said)) ?? '', bucket);
  const [newest] = found.toSorted((a, b) => attemptOf(b) - attemptOf(a));
  if (new Set(found.map(commitDigits)).size > 1)
    throw new UsageError(`${shown(said)} could be ${found.toSorted().join(', ')}. Say which, with more of its digits.`);
  if (newest !== undefined) return newest;
  const known = await newestDeliveries(bucket);
  throw new UsageError(
    `There is no delivery ${shown(said)}; ${known.length === 0 ? 'nothing was delivered yet.' : `the newest are ${known.join(', ')}. What waits is in live-ci queue.`}`,
  );
}

const commitDigits = (id: string) => id.split('-')[0] ?? '';
const attemptOf = (id: string) => Number(id.split('-')[1]);

async function idsBeginningWith(said: string, bucket: Bucket): Promise<string[]> {
  if (!/^[0-9a-f]+(-\d+)?$/.test(said) || said.length < fewestDigits) return [];
  // A commit has more digits than the id that is made of it.
  const beginning = said.includes('-') ? said : said.slice(0, 12);
  const keys = await bucket.list(`${bucketKeys.deliveries}${beginning}`);
  return [...new Set(keys.flatMap((key) => /^deliveries\/([0-9a-f]{12}-\d+)\//.exec(key)?.[1] ?? []))];
}

async function ofCommit(commit: string, bucket: Bucket): Promise<string[]> {
  return commit === '' ? [] : idsBeginningWith(commit, bucket);
}

const mostNamed = 5;

async function newestDeliveries(bucket: Bucket): Promise<string[]> {
  const found: string[] = [];
  for await (const id of deliveriesBackwards(bucket)) if (found.push(id) === mostNamed) break;
  return found;
}

/** Ids, the newest first; of several attempts at one commit the last. */
export async function* deliveriesBackwards(bucket: Bucket): AsyncGenerator<string> {
  let { sequence } = (await readPointer(bucket)).value;
  for (; sequence > 0; sequence--) {
    const changeSet = await readChangeSet(sequence, bucket);
    const ids = typeof changeSet === 'object' ? await idsBeginningWith(changeSet.head, bucket) : [];
    yield* ids.toSorted((a, b) => attemptOf(b) - attemptOf(a));
  }
}
