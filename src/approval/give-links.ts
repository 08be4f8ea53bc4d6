/** Addresses of the approval page, signed for one approver or for whoever looks on. */
import { linkfuls, signLink } from './link.ts';
import type { SigningKeys } from './signing-key.ts';

export interface LinkRequest {
  delivery: string;
  /** None: for the delivery's rollback choice. */
  units: readonly string[];
  /** E-mail address; null: for looking on, not for deciding. */
  approver: string | null;
  /** Hours that they are valid. */
  hours: number;
  now: Date;
}

/** One address, or several where the units don't fit one. @param page the page's own address, with its slash. */
export function giveLinks(request: LinkRequest, page: string, keys: SigningKeys): string[] {
  const { delivery, units, approver, hours, now } = request;
  const expires = Math.floor(now.getTime() / 1000 + hours * 3600);
  const lots = units.length === 0 ? [[]] : linkfuls(units);
  return lots.map((lot) => `${page}${signLink({ delivery, units: lot, approver, expires }, keys)}`);
}
