/** One client of each AWS service a process, made when it is first asked for. Region, endpoint and keys come from the environment. */
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const clients = {
  cloudFormation: once(() => new CloudFormationClient({})),
  codeBuild: once(() => new CodeBuildClient({})),
  s3: once(() => new S3Client({})),
  sfn: once(() => new SFNClient({})),
  sqs: once(() => new SQSClient({})),
};
