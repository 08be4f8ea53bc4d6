/** What people were told of a delivery, each channel for itself: one that could not be told is behind the others, and is told later. */
import * as z from 'zod';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';

const toldSchema = z.strictObject({
  version: z.literal(2),
  /** By the name of the channel. */
  channels: z.record(
    z.string(),
    z.strictObject({
      /** Hash of the token of a request that waits ▸ when the channel was told of it last; null: it is not for this channel. */
      waiting: z.record(z.string(), z.iso.datetime().nullable()),
      ended: z.boolean(),
    }),
  ),
});

/** Before there were several channels. */
const earlierSchema = z
  .strictObject({ version: z.literal(1), waiting: z.record(z.string(), z.iso.datetime()), ended: z.boolean() })
  .transform(
    ({ waiting, ended }): z.infer<typeof toldSchema> => ({ version: 2, channels: { topic: { waiting, ended } } }),
  );

export type Told = z.infer<typeof toldSchema>;
export type ToldChannel = Told['channels'][string];

/** What the channel of that name was told. */
export function toldOn({ name }: { name: string }, { channels }: Told): ToldChannel {
  return channels[name] ?? { waiting: {}, ended: false };
}

export async function readTold(delivery: string, bucket: Bucket): Promise<Told> {
  const stored = await readStored(bucket, bucketKeys.told(delivery), z.union([toldSchema, earlierSchema]));
  return stored?.value ?? { version: 2, channels: {} };
}

/** @param changed channels that were told something since. */
export async function keepTold(delivery: string, told: Told, changed: Told['channels'], bucket: Bucket): Promise<void> {
  await bucket.write(bucketKeys.told(delivery), toJson({ ...told, channels: { ...told.channels, ...changed } }));
}
