/** The name of an approver's own topic, behind what all of them begin with: SNS takes no addresses in names. Pure. */
import { createHash } from 'node:crypto';

/** @param approver their address, in small letters. */
export function approverTopic(approver: string): string {
  return createHash('sha256').update(approver).digest('hex').slice(0, 12);
}
