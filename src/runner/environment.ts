/** What the tools find in their environment. */
import type { Config } from '../config/schema.ts';
import { gitCredentials } from '../repository/credentials.ts';

/**
 * The variables of `environment` for Terraform, OpenTofu or Terragrunt: without the product's own (a unit's code must
 * not learn where approvals are given), without colours and questions.
 * @param github whether private modules may be cloned with the token, which the unit's code can read then
 */
export function toolEnvironment(environment: NodeJS.ProcessEnv, github?: Config['github']): NodeJS.ProcessEnv {
  const given = Object.entries(environment).filter(
    // One data directory for all units would mix their backends.
    ([name]) => !name.startsWith('LIVE_CI_') && name !== 'TF_DATA_DIR',
  );
  return {
    ...Object.fromEntries(given),
    ...(github?.token.modules ? gitCredentials(environment) : {}),
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    NO_COLOR: '1',
    CHECKPOINT_DISABLE: '1',
    ...((environment.TMPDIR?.length ?? 0) > longestTemporary ? { TMPDIR: '/tmp' } : {}),
  };
}

/** Providers listen on a socket there, whose address has 104 characters at most on some systems; the rest is for its name. */
const longestTemporary = 80;
