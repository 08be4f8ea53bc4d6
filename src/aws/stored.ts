/** JSON documents in the bucket, parsed with their schema as they come out. */
import type { z } from 'zod';
import { DeliveryError } from '../errors.ts';
import type { Bucket } from './bucket.ts';

export interface Stored<T> {
  value: T;
  etag: string;
}

/** @throws DeliveryError when the object isn't what its schema says. */
export async function readStored<T>(bucket: Bucket, key: string, schema: z.ZodType<T>): Promise<Stored<T> | undefined> {
  const object = await bucket.read(key);
  if (object === undefined) return undefined;
  return { value: parseDocument(object.body.toString('utf8'), key, schema), etag: object.etag };
}

function parseDocument<T>(text: string, key: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof DeliveryError) throw error;
    throw new DeliveryError(
      `${key} in the artifact bucket is not what this version writes; restore the object's previous version.`,
      { cause: error },
    );
  }
}

/** @throws DeliveryError when there is no such object. */
export async function readExpected<T>(bucket: Bucket, key: string, schema: z.ZodType<T>): Promise<T> {
  const stored = await readStored(bucket, key, schema);
  if (stored === undefined) {
    throw new DeliveryError(`${key} is not in the artifact bucket; check the name, or restore the deleted object.`);
  }
  return stored.value;
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/**
 * Changes a document by a conditional write, again from the start when somebody else wrote in between.
 * @param change gets the present value; undefined from it leaves everything as it is.
 * @returns the value that now stands.
 */
export async function changeStored<T>(
  bucket: Bucket,
  key: string,
  schema: z.ZodType<T>,
  change: (current: T | undefined) => T | undefined,
): Promise<T | undefined> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const stored = await readStored(bucket, key, schema);
    const next = change(stored?.value);
    if (next === undefined) return stored?.value;
    const condition = stored ? { ifMatch: stored.etag } : ({ ifNoneMatch: '*' } as const);
    if ((await bucket.write(key, toJson(next), condition)) !== undefined) return next;
  }
  throw new DeliveryError(`${key} in the artifact bucket was changed by others twenty times in a row; try again.`);
}
