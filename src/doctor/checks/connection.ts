/** A connection to GitHub is made PENDING, and works once somebody has accepted it in the console (CodeConnections API: Connection). */
import { signedCall } from '../../aws/signed-call.ts';
import type { Target } from '../../deployment/target.ts';
import { type Check, right, wrong } from '../check.ts';

export const connection: Check = {
  name: 'connection to GitHub',
  ofAws: true,
  async look(target) {
    const { connectionArn: arn } = target.config.github;
    if (arn === null) return right('none is named: the token, or what CodeBuild has in the account, reaches GitHub');
    const { ConnectionStatus, ProviderType } = await describe(arn, target);
    if (ConnectionStatus !== 'AVAILABLE')
      return wrong(
        `${arn} is ${ConnectionStatus}; open Developer Tools ▸ Settings ▸ Connections in the console, choose it, and update the pending connection`,
      );
    if (!/^GitHub/.test(ProviderType ?? '')) return wrong(`${arn} leads to ${ProviderType}; name one to GitHub`);
    return right(`${arn} is available`);
  },
};

interface Described {
  Connection?: { ConnectionStatus?: string; ProviderType?: string };
}

async function describe(arn: string, target: Target) {
  const [, , , region = target.region] = arn.split(':');
  const answer = await signedCall<Described>(
    {
      service: 'codeconnections',
      target: 'com.amazonaws.codeconnections.CodeConnections_20231201.GetConnection',
      json: '1.0',
      region,
    },
    { ConnectionArn: arn },
    target,
  );
  return answer.Connection ?? {};
}
