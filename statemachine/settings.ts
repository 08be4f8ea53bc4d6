/** What a definition needs to know of the deployment. */
import type { Executor } from './tasks.ts';

export interface Settings {
  executor: Executor;
  /** Names or ARNs of the functions that ask approvers and that write down how a delivery ended. */
  requestApproval: string;
  finish: string;
  planSeconds: number;
  applySeconds: number;
  approvalSeconds: number;
}
