/** What the template's outputs say, as the environment variables that name a deployment. */
import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

const variables = {
  ArtifactBucketName: 'LIVE_CI_BUCKET',
  QueueUrl: 'LIVE_CI_QUEUE_URL',
  DeadLetterQueueUrl: 'LIVE_CI_DEAD_LETTER_QUEUE_URL',
  PipelineArn: 'LIVE_CI_PIPELINE_ARN',
  DecisionArn: 'LIVE_CI_DECISION_ARN',
  PollFunctionName: 'LIVE_CI_POLL_FUNCTION',
  KeyArn: 'LIVE_CI_KEY_ARN',
  SigningKeyParameter: 'LIVE_CI_SIGNING_KEY',
  ApprovalPageUrl: 'LIVE_CI_PAGE_URL',
  /** Only where builds run in CodeBuild. */
  EnqueueProjectName: 'LIVE_CI_ENQUEUE_PROJECT',
  PlanProjectArn: 'LIVE_CI_PLAN_PROJECT',
  ApplyProjectArn: 'LIVE_CI_APPLY_PROJECT',
} as const;

export type StackEnvironment = Record<(typeof variables)[keyof typeof variables], string>;

/** Outputs that the stack does not have are empty. Throws what CloudFormation answers when there is no such stack. */
export async function stackEnvironment(client: CloudFormationClient, stackName: string): Promise<StackEnvironment> {
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
  const outputs = new Map((Stacks?.[0]?.Outputs ?? []).map((output) => [output.OutputKey, output.OutputValue ?? '']));
  const entries = Object.entries(variables).map(([output, variable]) => [variable, outputs.get(output) ?? '']);
  return Object.fromEntries(entries);
}
