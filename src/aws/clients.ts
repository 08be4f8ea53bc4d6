/**
 * One client of each AWS service a process, made when it is first asked for. Region, endpoint and keys come from the
 * environment. Functions, so that a bundle has only the clients that it asks for.
 */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';

const made = new Map<unknown, unknown>();

function once<T>(Client: new (settings: object) => T): T {
  if (!made.has(Client)) made.set(Client, new Client({}));
  return made.get(Client) as T;
}

export const cloudFormation = () => once(CloudFormationClient);
export const codeBuild = () => once(CodeBuildClient);
export const s3 = () => once(S3Client);
export const sfn = () => once(SFNClient);
export const sns = () => once(SNSClient);
export const sqs = () => once(SQSClient);
export const ssm = () => once(SSMClient);
export const lambda = () => once(LambdaClient);
export const sts = () => once(STSClient);
