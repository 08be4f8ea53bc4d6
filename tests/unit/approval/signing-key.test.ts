import { inspect } from 'node:util';
import {
  ensureSigningKey,
  firstSigningKey,
  formatSigningKeys,
  parseSigningKeys,
  readSigningKeys,
  rotated,
  rotateSigningKey,
  type SigningKeyStore,
  type SigningKeys,
  signingKey,
  verifyingKey,
} from '../../../src/approval/signing-key.ts';

const day = (number: number) => new Date(Date.UTC(2026, 0, number));

const ids = ({ keys }: SigningKeys) => keys.map(({ id }) => id);

class MemoryParameter implements SigningKeyStore {
  text: string | undefined;

  constructor(text?: string) {
    this.text = text;
  }

  read = async () => this.text;

  async create(text: string) {
    if (this.text !== undefined) return false;
    this.text = text;
    return true;
  }

  async replace(text: string) {
    this.text = text;
  }
}

test('a signing key is 32 random bytes with an id, and comes out of its parameter as it was put in', () => {
  const keys = firstSigningKey(day(1));
  expect(parseSigningKeys(formatSigningKeys(keys))).toEqual(keys);
  const { id, secret } = signingKey(keys);
  expect(secret).toHaveLength(32);
  expect(verifyingKey(keys, id, day(1))).toEqual({ id, secret });
  expect(signingKey(firstSigningKey(day(1))).secret).not.toEqual(secret);
});

test('after a rotation a new key signs, and links of the one before are good until the last of them has expired', () => {
  const first = firstSigningKey(day(1));
  const second = rotated(first, 48, day(10));
  const old = signingKey(first);
  expect(signingKey(second).id).not.toBe(old.id);
  expect(verifyingKey(second, old.id, day(12))).toEqual(old);
  expect(verifyingKey(second, old.id, day(13))).toBeUndefined();
  expect(verifyingKey(second, signingKey(second).id, day(400))).toEqual(signingKey(second));
});

test('a rotation drops the keys whose links have all expired, and never keeps more than Parameter Store takes', () => {
  let keys = rotated(rotated(firstSigningKey(day(1)), 48, day(2)), 48, day(10));
  expect(keys.keys).toHaveLength(2);
  for (let count = 0; count < 100; count++) keys = rotated(keys, 8760, day(20));
  expect(keys.keys).toHaveLength(20);
  expect(new Set(ids(keys)).size).toBe(20);
  expect(Buffer.byteLength(formatSigningKeys(keys))).toBeLessThan(4096);
});

test('the key is made where there is none, and only there', async () => {
  const store = new MemoryParameter();
  expect(await ensureSigningKey(store, day(1))).toBe(true);
  const made = store.text;
  expect(await ensureSigningKey(store, day(2))).toBe(false);
  expect(store.text).toBe(made);
});

test('two deployments at once make one key', async () => {
  const store = new MemoryParameter();
  const made = await Promise.all([ensureSigningKey(store, day(1)), ensureSigningKey(store, day(1))]);
  expect(made.filter(Boolean)).toHaveLength(1);
  expect((await readSigningKeys(store)).keys).toHaveLength(1);
});

test('rotating with revocation leaves the new key alone, whatever the parameter held', async () => {
  const store = new MemoryParameter(formatSigningKeys(rotated(firstSigningKey(day(1)), 48, day(2))));
  const old = await readSigningKeys(store);
  const now = { linkHours: 48, now: day(3) };
  const kept = await rotateSigningKey(store, { previous: 'keep', ...now });
  expect(ids(kept).slice(1)).toEqual(ids(old));
  const revoked = await rotateSigningKey(store, { previous: 'revoke', ...now });
  expect(await readSigningKeys(store)).toEqual(revoked);
  for (const id of ids(kept)) expect(verifyingKey(revoked, id, day(3))).toBeUndefined();
  store.text = 'hand-written';
  await expect(rotateSigningKey(store, { previous: 'keep', ...now })).rejects.toThrow('does not hold a signing key');
  expect((await rotateSigningKey(store, { previous: 'revoke', ...now })).keys).toHaveLength(1);
});

test('what is wrong with the parameter is said without its text', async () => {
  const secret = 'c2VjcmV0';
  const parse = async () => parseSigningKeys(JSON.stringify({ version: 1, keys: [{ secret }] }));
  const said = await parse().catch((error: unknown) => inspect(error));
  expect(said).toContain('does not hold a signing key');
  expect(said).not.toContain(secret);
  await expect(readSigningKeys(new MemoryParameter())).rejects.toThrow('does not exist; deploy again');
});
