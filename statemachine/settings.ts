/** What a definition needs to know of the deployment. */
export interface Settings {
  /** ARN of the state machine `build`. */
  build: string;
  /** Names or ARNs of the functions that ask approvers and that write down how a delivery ended. */
  requestApproval: string;
  finish: string;
  /** How long the rollback question waits for an answer. */
  approvalSeconds: number;
}
