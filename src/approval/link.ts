/**
 * Signed links to the approval page. A link says for which units of which delivery whose decision it carries, and until when; an
 * HMAC-SHA-256 over that makes it impossible to change. Whoever holds one decides in the approver's name, so nothing more is in it than
 * what the approver was asked. That it is useless after the decision is not the link's doing: nothing waits for one any more then.
 *
 *   <id of the key>.<claims, as base64url of JSON>.<signature, base64url>
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { LinkError } from '../errors.ts';
import { unitPath } from '../model.ts';
import { type SigningKey, type SigningKeys, signingKey, verifyingKey } from './signing-key.ts';

const claimsSchema = z.strictObject({
  delivery: z.string(),
  /** None: the link is for the delivery's rollback choice. */
  units: z.array(unitPath),
  /** E-mail address. Null: whoever holds the link looks on and decides nothing. */
  approver: z.string().nullable(),
  /** Seconds since 1970. */
  expires: z.int(),
});
export type Claims = z.infer<typeof claimsSchema>;

/** A link travels in mail and in a URL: of very many units it takes several. */
const mostCharacters = 1500;

/** Ties a signature to its use. */
const purpose = 'live-ci approval link 1';

export function signLink(claims: Claims, keys: SigningKeys): string {
  const key = signingKey(keys);
  const text = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${key.id}.${text}.${signature(text, key).toString('base64url')}`;
}

function signature(text: string, { id, secret }: SigningKey): Buffer {
  return createHmac('sha256', secret).update(`${purpose}\n${id}\n${text}`).digest();
}

/** @throws LinkError when this deployment has not signed it, or its time is over. */
export function readLink(link: string, keys: SigningKeys, now: Date): Claims {
  const parts = link.split('.');
  const [id = '', text = '', signed = ''] = parts;
  const key = verifyingKey(keys, id, now);
  if (parts.length !== 3 || key === undefined || !isEqual(Buffer.from(signed, 'base64url'), signature(text, key)))
    throw new LinkError('forged', 'This is no link that was sent to anybody, or its key has been replaced since.');
  const claims = claimsSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  if (claims.expires * 1000 <= now.getTime()) {
    const since = new Date(claims.expires * 1000).toISOString();
    throw new LinkError('expired', `This link has expired: it was valid until ${since}.`);
  }
  return claims;
}

/** Takes as long for any signature. */
function isEqual(given: Buffer, right: Buffer): boolean {
  return given.length === right.length && timingSafeEqual(given, right);
}

/** Units for one link each, as few links as may be. */
export function linkfuls(units: readonly string[]): string[][] {
  const links: string[][] = [];
  let room = 0;
  for (const unit of units) {
    room -= JSON.stringify(unit).length + 1;
    if (room < 0) {
      links.push([]);
      room = mostCharacters - JSON.stringify(unit).length;
    }
    links.at(-1)?.push(unit);
  }
  return links;
}
