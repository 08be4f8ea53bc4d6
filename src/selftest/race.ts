/** Conditional writes of the bucket, on which everything else rests: of several at once exactly one is made. */
import type { Bucket } from '../aws/bucket.ts';

const rivals = 8;

/** @returns what is not as S3 documents it, as sentences; none when all is. */
export async function race(key: string, bucket: Bucket): Promise<string[]> {
  const problems: string[] = [];
  const atOnce = async (what: string, condition: Parameters<Bucket['write']>[2]) => {
    const writes = Array.from({ length: rivals }, (_, rival) => bucket.write(key, `${what} ${rival}`, condition));
    const won = (await Promise.all(writes)).filter((etag) => etag !== undefined);
    if (won.length !== 1) problems.push(`of ${rivals} writes ${what} at once, ${won.length} were made and not one`);
    return won[0];
  };
  const first = await atOnce('where nothing was', { ifNoneMatch: '*' });
  if (first === undefined) return problems;
  const second = await atOnce('over the same version', { ifMatch: first });
  if ((await bucket.read(key))?.etag !== second) problems.push('what is read is not what was written last');
  if ((await bucket.write(key, 'late', { ifMatch: first })) !== undefined)
    problems.push('a write over a version that is gone was made');
  return problems;
}
