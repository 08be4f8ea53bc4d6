/** A role of yours that the pipeline's state machine is to have must be there, and let Step Functions assume it. */
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { type Check, right, wrong } from '../check.ts';

export const pipelineRole: Check = {
  name: "the pipeline's role",
  ofAws: true,
  async look({ config, client }) {
    const { arn } = config.roles.pipeline;
    if (arn === null) return right('the stack makes its own');
    const iam = await client(IAMClient);
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    try {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
      if (Role?.Arn !== arn)
        return wrong(`${arn} is not there, and ${Role?.Arn} is; name that one (roles.pipeline.arn)`);
      const trust = decodeURIComponent(Role.AssumeRolePolicyDocument ?? '');
      if (!trust.includes('states.amazonaws.com'))
        return wrong(
          `${arn} does not trust states.amazonaws.com, so that no delivery can begin; let it (docs/deploy.md)`,
        );
      return right(`${arn} is there, and trusts Step Functions`);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'NoSuchEntityException') throw error;
      return wrong(`there is no role ${arn}; make it, or leave roles.pipeline.arn out`);
    }
  },
};
