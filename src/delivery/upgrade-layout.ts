/**
 * Brings the artifact bucket of an older version up to date, before that version's functions are replaced. From the moment that the pointer
 * carries the new layout's version, the old functions refuse to go on: nothing is written in the old way behind its back. So nothing
 * may run, and a poll that starts something at this moment wins.
 *
 * From 1 to 2: what builds and approvals leave of a delivery moved from its own folder to one for each writer. What still matters is
 * copied: of the delivery that is halted, and of the one that ended last. Of others, the history stays where it was.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, toJson } from '../aws/stored.ts';
import { DeliveryError } from '../errors.ts';
import { deliverySchema } from '../model.ts';
import { bucketKeys, unitKey } from './bucket-keys.ts';
import { checkLayout, layoutVersion } from './layout.ts';

const pointerOfAnyLayout = z.looseObject({
  version: z.int(),
  running: z.looseObject({ delivery: z.string() }).nullable(),
  halted: z.looseObject({ delivery: z.string() }).nullable(),
  last: z.string().nullable(),
});

/**
 * @returns the version that the layout had, or undefined when there was nothing to do.
 * @throws DeliveryError when a delivery runs, or the bucket is that of a newer version.
 */
export async function upgradeLayout(bucket: Bucket): Promise<number | undefined> {
  const pointer = await readStored(bucket, bucketKeys.pointer, pointerOfAnyLayout);
  if (pointer === undefined || pointer.value.version === layoutVersion) return undefined;
  const { version, running, halted, last } = pointer.value;
  if (version > layoutVersion) checkLayout(version);
  if (running)
    throw new DeliveryError(
      `Delivery ${running.delivery} runs, and was begun by a version of live-ci that keeps things elsewhere in the artifact bucket; deploy this version when it has ended (live-ci status), or stop it with live-ci cancel.`,
    );
  for (const delivery of new Set([halted?.delivery, last])) if (delivery) await separateWriters(delivery, bucket);
  const moved = await bucket.write(bucketKeys.pointer, toJson({ ...pointer.value, version: layoutVersion }), {
    ifMatch: pointer.etag,
  });
  if (moved === undefined)
    throw new DeliveryError('The pipeline went on while its bucket was being brought up to date; deploy again.');
  return version;
}

async function separateWriters(delivery: string, bucket: Bucket): Promise<void> {
  const { units } = await readExpected(bucket, bucketKeys.delivery(delivery), deliverySchema);
  const key = new Map(units.map(({ path }) => [unitKeyOf1(path), unitKey(path)]));
  const before = `deliveries/${delivery}/`;
  for (const from of await bucket.list(before)) {
    const [folder, ...rest] = from.slice(before.length).split('/');
    const named = (at: number) => rest.map((part, index) => (index === at ? renamed(part, key) : part)).join('/');
    if (folder === 'requests') await copy(from, `requests/${delivery}/${named(1)}`, bucket);
    if (folder === 'units')
      for (const writer of writersOf(rest[1] ?? '')) await copy(from, `${writer}/${delivery}/${named(0)}`, bucket);
  }
}

/** A plan's file is named after the plan: a rollback may have made it, and then it is looked for among what applies left. */
function writersOf(file: string): string[] {
  const [action] = file.split('.');
  if (action === 'plan') return ['plans'];
  if (action === 'apply' || action === 'destroy' || action === 'rollback') return ['applies'];
  return ['plans', 'applies'];
}

/** `<key>` or `<key>.json`. */
function renamed(part: string, keys: ReadonlyMap<string, string>): string {
  const [, key = '', extension = ''] = /^(.*?)(\.json)?$/.exec(part) ?? [];
  return `${keys.get(key) ?? key}${extension}`;
}

async function copy(from: string, to: string, bucket: Bucket): Promise<void> {
  const object = await bucket.read(from);
  if (object) await bucket.write(to, object.body);
}

/** How layout 1 had a unit's path in a key. */
function unitKeyOf1(path: string): string {
  const encoded = encodeURIComponent(path).replaceAll('.', '%2E');
  if (encoded.length <= 200) return encoded;
  return `${encoded.slice(0, 160)}~${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
}
