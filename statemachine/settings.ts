/** What a definition needs to know of the deployment. */
import type { Executor } from './tasks.ts';

export interface Settings {
  executor: Executor;
  /** Names or ARNs of the functions that ask approvers and that write down how a delivery ended. */
  requestApproval: string;
  finish: string;
  /** What the compact form needs: the function that finds its next group, the bucket in which that lies, and how many units of one are begun at once. */
  nextGroup: string;
  bucket: string;
  unitsAtOnce: number;
  planSeconds: number;
  applySeconds: number;
  approvalSeconds: number;
}
