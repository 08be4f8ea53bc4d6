/** The stack as CloudFormation sees it, and what of it was changed by hand (CloudFormation API: DetectStackDrift). */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
} from '@aws-sdk/client-cloudformation';
import { named } from '../../named.ts';
import { type Check, right, unknown, wrong } from '../check.ts';

export const stack: Check = {
  name: 'stack',
  async look({ client, stackName }) {
    const cloudFormation = await client(CloudFormationClient);
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    const status = Stacks?.[0]?.StackStatus ?? '';
    if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return right(`${stackName} is ${status}`);
    if (/_IN_PROGRESS$/.test(status)) return unknown(`${stackName} is ${status}; look again once that has ended`);
    return wrong(`${stackName} is ${status}: ${Stacks?.[0]?.StackStatusReason ?? 'its events say why'}; deploy again`);
  },
};

const patience = { tries: 60, milliseconds: 2000 };

export const drift: Check = {
  name: 'changed by hand',
  async look({ client, stackName }) {
    const cloudFormation = await client(CloudFormationClient);
    const { StackDriftDetectionId: id } = await cloudFormation.send(
      new DetectStackDriftCommand({ StackName: stackName }),
    );
    for (let tries = 0; tries < patience.tries; tries++) {
      const found = await cloudFormation.send(
        new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId: id }),
      );
      if (found.DetectionStatus === 'DETECTION_FAILED')
        return unknown(`could not look: ${found.DetectionStatusReason ?? 'CloudFormation says no more'}`);
      if (found.DetectionStatus === 'DETECTION_COMPLETE')
        return found.StackDriftStatus === 'DRIFTED' ? drifted(cloudFormation, stackName) : right('nothing');
      await pause(patience.milliseconds);
    }
    return unknown('CloudFormation was still comparing after two minutes; look again later');
  },
};

async function drifted(cloudFormation: CloudFormationClient, stackName: string) {
  const { StackResourceDrifts = [] } = await cloudFormation.send(
    new DescribeStackResourceDriftsCommand({
      StackName: stackName,
      StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
    }),
  );
  // A delivery writes the pipeline's definition: that is how it works.
  const byHand = StackResourceDrifts.filter(
    ({ LogicalResourceId }) => !/^Pipeline(StepFunctions|StateMachine)/.test(LogicalResourceId ?? ''),
  );
  if (byHand.length === 0) return right("nothing but the pipeline's definition, which each delivery writes");
  const changed = byHand.map(({ LogicalResourceId, StackResourceDriftStatus, PropertyDifferences = [] }) => {
    const paths = PropertyDifferences.map(({ PropertyPath }) => PropertyPath);
    return `${LogicalResourceId} (${paths.length > 0 ? paths.join(', ') : StackResourceDriftStatus})`;
  });
  return unknown(`${named(changed)}; if nobody meant that, deploy again`);
}
