import fc from 'fast-check';
import { type Claims, linkfuls, readLink, signLink } from '../../../src/approval/link.ts';
import { firstSigningKey, rotated } from '../../../src/approval/signing-key.ts';
import { LinkError } from '../../../src/errors.ts';

const now = new Date('2026-01-02T03:04:05Z');
const keys = firstSigningKey(now);
const hour = 3600;
const claims: Claims = {
  delivery: '0123456789ab-1',
  units: ['prod/vpc', 'prod/dns'],
  approver: 'ada@example.org',
  expires: Math.floor(now.getTime() / 1000) + hour,
};
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const why = (link: string, at = now, known = keys) => {
  try {
    readLink(link, known, at);
    return 'valid';
  } catch (error) {
    expect(error).toBeInstanceOf(LinkError);
    return (error as LinkError).why;
  }
};

describe('a link', () => {
  test('says for which units of which delivery whose decision it carries', () => {
    expect(readLink(signLink(claims, keys), keys, now)).toEqual(claims);
  });

  test('is valid until it expires', () => {
    const link = signLink(claims, keys);
    expect(why(link, later(hour - 1))).toBe('valid');
    expect(why(link, later(hour))).toBe('expired');
  });

  test.each<[string, Partial<Claims>]>([
    ['another unit', { units: ['prod/db'] }],
    ['one unit more', { units: [...claims.units, 'prod/db'] }],
    ['another delivery', { delivery: '0123456789ab-2' }],
    ['another approver', { approver: 'bob@example.org' }],
    ['more time', { expires: claims.expires + hour }],
  ])('is refused when somebody has made it one for %s', (_, other) => {
    const [id, , signature] = signLink(claims, keys).split('.');
    const text = Buffer.from(JSON.stringify({ ...claims, ...other })).toString('base64url');
    expect(why(`${id}.${text}.${signature}`)).toBe('forged');
  });

  test('is refused when any of it is changed', () => {
    const link = signLink(claims, keys);
    fc.assert(
      fc.property(fc.nat(link.length - 1), fc.constantFrom(...'.abzAZ059-_'), (at, letter) => {
        fc.pre(link[at] !== letter);
        const changed = link.slice(0, at) + letter + link.slice(at + 1);
        // The last letter of base64 has bits that mean nothing.
        fc.pre(at < link.length - 1);
        expect(why(changed)).toBe('forged');
      }),
    );
  });

  test('is refused with anything behind it', () => {
    expect(why(`${signLink(claims, keys)}.more`)).toBe('forged');
  });

  test.each(['', '.', '..', 'a.b.c', '....', '%00', 'null', `${'a'.repeat(300)}.b.c`])(
    'is refused when it is none: %j',
    (text) => expect(why(text)).toBe('forged'),
  );

  test('is refused when it was signed with a key that this deployment has not', () => {
    expect(why(signLink(claims, firstSigningKey(now)))).toBe('forged');
  });

  test('stays valid when the key is rotated, and is worthless when the key is revoked', () => {
    const link = signLink(claims, keys);
    const rotation = rotated(keys, 168, now);
    expect(why(link, now, rotation)).toBe('valid');
    expect(why(signLink(claims, rotation), now, rotation)).toBe('valid');
    expect(why(link, now, firstSigningKey(now))).toBe('forged');
  });
});

test('units share links of bounded length, in their order, each in one of them', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 1024 })), (units) => {
      const links = linkfuls(units);
      expect(links.flat()).toEqual(units);
      for (const [index, link] of links.entries()) {
        expect(link.length === 1 || JSON.stringify(link).length <= 1502).toBe(true);
        const next = links[index + 1]?.[0];
        if (next !== undefined) expect(JSON.stringify([...link, next]).length).toBeGreaterThan(1500);
      }
    }),
  );
});
