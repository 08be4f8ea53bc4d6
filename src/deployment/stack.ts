/** The stack as it is deployed now. */
import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { type StackEnvironment, stackEnvironment } from '../aws/stack-outputs.ts';
import type { Target, Template } from './target.ts';

/** What its outputs say; undefined when there is no such stack. An output that it doesn't have is empty. */
export async function deployedOutputs({ client, stackName }: Target): Promise<StackEnvironment | undefined> {
  const cloudFormation = await client(CloudFormationClient);
  return unlessMissing(() => stackEnvironment(cloudFormation, stackName));
}

/** Undefined when there is no such stack. */
export async function deployedTemplate({ client, stackName }: Target): Promise<Template | undefined> {
  const cloudFormation = await client(CloudFormationClient);
  const command = new GetTemplateCommand({ StackName: stackName, TemplateStage: 'Original' });
  return unlessMissing(async () => JSON.parse((await cloudFormation.send(command)).TemplateBody ?? '') as Template);
}

/** CloudFormation has no error of its own for it: ValidationError, "Stack with id … does not exist". */
async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist'))
      return undefined;
    throw error;
  }
}

/** Logical id ▸ physical id of the stack's resources of a type. */
export async function deployedResources(target: Target, type: string): Promise<Map<string, string>> {
  const client = await target.client(CloudFormationClient);
  const found = new Map<string, string>();
  for await (const page of paginateListStackResources({ client }, { StackName: target.stackName }))
    for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId } of page.StackResourceSummaries ?? [])
      if (ResourceType === type && PhysicalResourceId) found.set(LogicalResourceId, PhysicalResourceId);
  return found;
}
