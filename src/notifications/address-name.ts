/** An address as a part of names: SNS and CloudFormation take no addresses in them. Pure. */
import { createHash } from 'node:crypto';

export function addressName(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 12);
}
