/**
 * A bucket that an earlier stack of this name left is taken up again, and its key with it: CloudFormation makes no bucket that is there
 * already, and what lies in it can be read with that key only. They are imported into the stack, which by then has nothing but what the
 * framework needs to deploy (CloudFormation guide, Resource import); the update that follows puts every setting of theirs right.
 */
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  ExecuteChangeSetCommand,
  type ResourceToImport,
  waitUntilChangeSetCreateComplete,
  waitUntilStackImportComplete,
} from '@aws-sdk/client-cloudformation';
import { GetBucketTaggingCommand, HeadBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { ConfigError, LiveCiError } from '../errors.ts';
import { deployedTemplate } from './stack.ts';
import type { Resource, Target, Template } from './target.ts';

/** The bucket says so which key of the stack's own it was encrypted with; a key of somebody else's is never taken into the stack. */
export const keyTag = 'live-ci:key';

/** CreateChangeSet's longest TemplateBody (CloudFormation quotas). */
const mostBytes = 51_200;

/** @param template what will be deployed. */
export async function takeUp(template: Template, target: Target): Promise<void> {
  const { ArtifactBucket } = template.Resources;
  if (!ArtifactBucket) return;
  const deployed = await deployedTemplate(target);
  if (!deployed || deployed.Resources.ArtifactBucket) return;
  const account = await target.accountId();
  const bucket = nameOf(ArtifactBucket.Properties?.BucketName, { AccountId: account, Region: target.region });
  const s3 = await target.client(S3Client);
  if (!(await exists(bucket, account, s3))) return;
  const before = await keyOf(bucket, s3);
  const { kmsKeyArn } = target.config;
  if (before !== undefined && kmsKeyArn !== null && kmsKeyArn !== before)
    throw new ConfigError(
      `kmsKeyArn: the bucket ${bucket} is there from an earlier deployment, and what is in it can be read with ${before} only; leave the setting out.`,
    );
  const key = template.Resources.Key && !deployed.Resources.Key ? before : undefined;
  target.say(`The bucket ${bucket} is there from an earlier deployment, and is taken up again.`);
  await importInto(deployed, { bucket, key }, target);
}

async function importInto(
  deployed: Template,
  { bucket, key }: { bucket: string; key: string | undefined },
  { client, stackName: StackName }: Target,
): Promise<void> {
  const found: { id: string; type: string; identifier: Record<string, string>; properties: object }[] = [
    {
      id: 'ArtifactBucket',
      type: 'AWS::S3::Bucket',
      identifier: { BucketName: bucket },
      properties: { BucketName: bucket },
    },
    ...(key === undefined
      ? []
      : [{ id: 'Key', type: 'AWS::KMS::Key', identifier: { KeyId: key.split('/').at(-1) ?? key }, properties: {} }]),
  ];
  const taken = found.map(({ id, type, properties }): [string, Resource] => [
    id,
    { Type: type, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: { ...properties } },
  ]);
  const TemplateBody = JSON.stringify({
    ...deployed,
    Resources: { ...deployed.Resources, ...Object.fromEntries(taken) },
  });
  if (Buffer.byteLength(TemplateBody) > mostBytes)
    throw new LiveCiError(
      'deployment',
      `The bucket ${bucket} is there already and is not the stack's; set artifacts.bucket: ${bucket} to go on with it.`,
    );
  const cloudFormation = await client(CloudFormationClient);
  const ChangeSetName = `${StackName}-take-up`;
  const ResourcesToImport = found.map(
    ({ id, type, identifier }): ResourceToImport => ({
      LogicalResourceId: id,
      ResourceType: type,
      ResourceIdentifier: identifier,
    }),
  );
  await cloudFormation.send(
    new CreateChangeSetCommand({ StackName, ChangeSetName, ChangeSetType: 'IMPORT', TemplateBody, ResourcesToImport }),
  );
  const patience = { client: cloudFormation, minDelay: 1, maxDelay: 5, maxWaitTime: 300 };
  await waitUntilChangeSetCreateComplete(patience, { StackName, ChangeSetName });
  await cloudFormation.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
  await waitUntilStackImportComplete(patience, { StackName });
}

/** The name as the template says it: a text, or one for Fn::Sub with CloudFormation's own variables. */
function nameOf(said: unknown, variables: Record<string, string>): string {
  const name = typeof said === 'string' ? said : (said as { 'Fn::Sub': string })['Fn::Sub'];
  return name.replace(/\$\{AWS::(\w+)\}/g, (whole, variable: string) => variables[variable] ?? whole);
}

async function exists(bucket: string, account: string, s3: S3Client): Promise<boolean> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return false;
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403)
      throw new LiveCiError(
        'deployment',
        `The bucket ${bucket} is there already, in another account or out of reach of your credentials; name another one in artifacts.bucket.`,
        { cause: error },
      );
    throw error;
  }
}

async function keyOf(bucket: string, s3: S3Client): Promise<string | undefined> {
  try {
    const { TagSet = [] } = await s3.send(new GetBucketTaggingCommand({ Bucket: bucket }));
    return TagSet.find(({ Key }) => Key === keyTag)?.Value;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchTagSet') return undefined;
    throw error;
  }
}
