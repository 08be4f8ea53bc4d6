import type { AssumeRole } from '../../src/runner/assumed-role.ts';

/** Of deliveries whose builds stay under their own role. */
export const noRole: AssumeRole = (role) => Promise.reject(new Error(`nobody may assume ${role}`));
