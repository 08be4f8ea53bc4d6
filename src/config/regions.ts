/** What regions of AWS don't have, as far as AWS documents it. Where nothing is known, nothing is refused. */

/** Partitions with ARNs and endpoints of their own, by how their regions begin (AWS General Reference, AWS service endpoints). */
export const otherPartitions = ['cn-', 'us-gov-', 'us-iso-', 'us-isob-', 'us-isof-', 'eu-isoe-', 'eusc-'];

/** Without `AWS::CodeBuild::Project` (CloudFormation resource schemas of each region). */
export const withoutCodeBuild = ['ap-east-2', 'ca-west-1', 'mx-central-1'];

/** Lambda guide, Creating and managing Lambda function URLs; of mx-central-1 the resource schemas, which have no `AWS::Lambda::Url`. */
export const withoutFunctionUrls = [
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
];

/** With ARM_CONTAINER (CodeBuild API, Fleet and ProjectEnvironment). CodeBuild may have these machines in more regions than it lists. */
export const withArmBuilds = [
  'ap-northeast-1',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'eu-west-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-2',
];
