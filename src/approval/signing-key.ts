/**
 * The key that signs links to the approval page, as the text of a parameter in Parameter Store: JSON, with the key that signs now first,
 * and behind it those that signed before.
 *
 * Rotating puts a new key in front. Links that are out there were signed with the one before, so that one is kept, to verify only, until
 * the last of them has expired. Revoking keeps none: every link that was sent is worthless from then on.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { ConfigError } from '../errors.ts';

const keySchema = z.strictObject({
  /** Links say it, so that the key that signed them is found. */
  id: z.string().regex(/^[0-9a-f]{8}$/),
  /** 32 random bytes, base64. */
  secret: z.base64().length(44),
  since: z.iso.datetime(),
  /** Until when links may be verified with it; null for the key that signs now. */
  until: z.iso.datetime().nullable(),
});

const signingKeysSchema = z.strictObject({ version: z.literal(1), keys: z.array(keySchema).min(1) });
export type SigningKeys = z.infer<typeof signingKeysSchema>;

export interface SigningKey {
  id: string;
  secret: Buffer;
}

/** Where the text is kept: the parameter that `approvals.signingKey` names. */
export interface SigningKeyStore {
  /** Undefined when there is no such parameter. */
  read(): Promise<string | undefined>;
  /** Makes the parameter; false when somebody else has made it by then, and nothing was written. */
  create(text: string): Promise<boolean>;
  replace(text: string): Promise<void>;
}

/** Parameter Store's standard parameters hold 4 KB: 20 keys of 160 bytes are well within. */
const mostKept = 20;

const secretBytes = 32;
const hour = 3_600_000;

/** @throws ConfigError without the text in it. */
export function parseSigningKeys(text: string): SigningKeys {
  try {
    return signingKeysSchema.parse(JSON.parse(text));
  } catch {
    throw new ConfigError(
      'The parameter of approvals.signingKey does not hold a signing key of live-ci; run live-ci rotate-key --revoke, which puts one in its place.',
    );
  }
}

export function formatSigningKeys(keys: SigningKeys): string {
  return JSON.stringify(keys);
}

/** The first one, for a deployment that has none. */
export function firstSigningKey(now: Date): SigningKeys {
  return { version: 1, keys: [made(now)] };
}

function made(now: Date): SigningKeys['keys'][number] {
  const random = (bytes: number) => randomBytes(bytes);
  return {
    id: random(4).toString('hex'),
    secret: random(secretBytes).toString('base64'),
    since: now.toISOString(),
    until: null,
  };
}

/** The key that signs links now. */
export function signingKey({ keys: [newest] }: SigningKeys): SigningKey {
  return keyOf(newest as SigningKeys['keys'][number]);
}

/** The key that a link says it was signed with; undefined when it is unknown, was revoked, or its last link has expired. */
export function verifyingKey({ keys }: SigningKeys, id: string, now: Date): SigningKey | undefined {
  const found = keys.find((key) => key.id === id && isValid(key, now));
  return found && keyOf(found);
}

/**
 * A new key in front of those whose links may still be valid.
 * @param linkHours how long a link is valid that the present key signs.
 */
export function rotated({ keys: [newest, ...before] }: SigningKeys, linkHours: number, now: Date): SigningKeys {
  const until = new Date(now.getTime() + linkHours * hour).toISOString();
  const previous = [{ ...(newest as SigningKeys['keys'][number]), until }, ...before];
  return { version: 1, keys: [made(now), ...previous.filter((key) => isValid(key, now))].slice(0, mostKept) };
}

function isValid({ until }: SigningKeys['keys'][number], now: Date): boolean {
  return until === null || now.getTime() <= Date.parse(until);
}

function keyOf({ id, secret }: SigningKeys['keys'][number]): SigningKey {
  return { id, secret: Buffer.from(secret, 'base64') };
}

/** As the parameter has them now. The page reads them every minute, so a revoked key is worthless that soon. @throws ConfigError */
export async function readSigningKeys(store: Pick<SigningKeyStore, 'read'>): Promise<SigningKeys> {
  const text = await store.read();
  if (text === undefined)
    throw new ConfigError('The parameter of approvals.signingKey does not exist; deploy again, which makes it.');
  return parseSigningKeys(text);
}

/**
 * Makes the first key where there is no parameter.
 * @returns whether it made one.
 * @throws ConfigError when the parameter holds something else.
 */
export async function ensureSigningKey(store: SigningKeyStore, now: Date): Promise<boolean> {
  const text = await store.read();
  if (text === undefined) return store.create(formatSigningKeys(firstSigningKey(now)));
  parseSigningKeys(text);
  return false;
}

/**
 * @param previous `keep`: links that were signed before stay valid until they expire; `revoke`: they are worthless at once.
 * @returns the keys as they are now.
 * @throws ConfigError when the parameter does not exist, or (to keep what it holds) holds something else.
 */
export async function rotateSigningKey(
  store: SigningKeyStore,
  { previous, linkHours, now }: { previous: 'keep' | 'revoke'; linkHours: number; now: Date },
): Promise<SigningKeys> {
  const keys = previous === 'revoke' ? firstSigningKey(now) : rotated(await readSigningKeys(store), linkHours, now);
  await store.replace(formatSigningKeys(keys));
  return keys;
}
