/** What a definition needs to know of the deployment. */
export interface Settings {
  /** ARN of the state machine `build`. */
  build: string;
  /** Names or ARNs of the functions that ask approvers and that write down how a delivery ended. */
  requestApproval: string;
  finish: string;
  /** A delivery of more units has the compact form. */
  inlineUnits: number;
  /** What the compact form needs: the function that finds its next group, and the bucket in which that lies. */
  nextGroup: string;
  bucket: string;
  /** How many units of a group are begun at once. */
  unitsAtOnce: number;
  /** How long the rollback question waits for an answer. */
  approvalSeconds: number;
}
