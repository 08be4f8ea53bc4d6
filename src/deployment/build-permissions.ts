/** What builds may do because of what is set for them: nothing of it is there when nothing is set. Pure. */
import type { Config } from '../config/schema.ts';
import { tokenVariables } from './github-token.ts';
import { type Statement, sub } from './intrinsics.ts';
import { readParameters, readSecrets } from './secret-permissions.ts';

type Variable = Config['build']['environmentVariables'][number];

/** Builds that begin with a unit's code: each kind has its own role, and its own cache that no other role can write. */
export type Kind = 'plan' | 'apply';

/** The part of the artifact bucket that builds of a kind keep their tools and providers in. */
export const cachePrefix = (kind: Kind) => `cache/${kind}`;

/**
 * Statements for the role of a kind of builds.
 * @param bucketArn the artifact bucket's, as text for Fn::Sub.
 */
export function buildPermissions(config: Config, kind: Kind, bucketArn: string): Statement[] {
  const { build, roles, environments, github } = config;
  const ofEnvironments = Object.values(environments).flatMap(
    ({ planRoleArn, applyRoleArn }) => (kind === 'plan' ? planRoleArn : applyRoleArn) ?? [],
  );
  return [
    ...assume([...new Set([...roles[kind].assumableRoleArns, ...ofEnvironments])]),
    ...readVariables([...build.environmentVariables, ...tokenVariables(config, kind)], config),
    ...pull(build.image),
    ...attach(build.vpc, config.region),
    ...connect(github.connectionArn),
    ...(build.cache === 'bucket' ? [keep(`${bucketArn}/${cachePrefix(kind)}`)] : []),
  ];
}

/** The build that enqueues runs no unit's code: it needs no more than to begin. */
export function enqueuePermissions(config: Config): Statement[] {
  const { build, github } = config;
  return [
    ...readVariables(tokenVariables(config, 'enqueue'), config),
    ...pull(build.image),
    ...connect(github.connectionArn),
  ];
}

function assume(roleArns: string[]): Statement[] {
  if (roleArns.length === 0) return [];
  return [{ Sid: 'Assume', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArns }];
}

/** As the CodeBuild guide has it (GitHub App connections). A connection's ARN has the service's old name or its new one, and so have the actions on it. */
function connect(connectionArn: string | null): Statement[] {
  if (connectionArn === null) return [];
  const service = connectionArn.split(':')[2];
  const Action = ['GetConnectionToken', 'GetConnection'].map((action) => `${service}:${action}`);
  return [{ Sid: 'Connection', Effect: 'Allow', Action, Resource: connectionArn }];
}

/** Nothing of another kind's: what a plan leaves there would run with the role of an apply. */
function keep(cacheArn: string): Statement {
  return { Sid: 'Cache', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: sub(`${cacheArn}*`) };
}

/** An image in ECR is pulled with the role of the build; those of CodeBuild need no permission. */
function pull(image: string | null): Statement[] {
  const [, account, region, repository] = privateImage.exec(image ?? '') ?? [];
  if (repository === undefined) return [];
  const arn = `arn:\${AWS::Partition}:ecr:${region}:${account}:repository/${repository}`;
  return [
    {
      Sid: 'PullImage',
      Effect: 'Allow',
      Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: sub(arn),
    },
    // It is for all repositories or none (Service Authorization Reference, Amazon ECR).
    { Sid: 'PullToken', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
  ];
}

const privateImage = /^(\d{12})\.dkr\.ecr\.([\w-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/;

export function isPrivateImage(image: string | null): boolean {
  return privateImage.test(image ?? '');
}

/** Just the parameters and secrets that variables name, and the secret that every project clones with; KMS decrypts for nothing else. */
function readVariables(variables: Variable[], { github: { token } }: Config): Statement[] {
  const of = (type: Variable['type']) => variables.filter((one) => one.type === type).map(({ value }) => value);
  const secrets = [...of('SECRETS_MANAGER'), ...(token.secretArn === null ? [] : [token.secretArn])];
  return [...readParameters('ssm:GetParameters', of('PARAMETER_STORE')), ...readSecrets(secrets)];
}

/** As the CodeBuild guide has it (Allow CodeBuild access to AWS services required to create a VPC network interface). */
function attach(vpc: Config['build']['vpc'], region: string): Statement[] {
  if (vpc === null) return [];
  return [
    {
      Sid: 'Network',
      Effect: 'Allow',
      Action: [
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      Resource: '*',
    },
    {
      Sid: 'NetworkPermission',
      Effect: 'Allow',
      Action: 'ec2:CreateNetworkInterfacePermission',
      Resource: sub(`arn:\${AWS::Partition}:ec2:${region}:\${AWS::AccountId}:network-interface/*`),
      Condition: {
        StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' },
        ArnEquals: {
          'ec2:Subnet': vpc.subnets.map((id) =>
            sub(`arn:\${AWS::Partition}:ec2:${region}:\${AWS::AccountId}:subnet/${id}`),
          ),
        },
      },
    },
  ];
}
