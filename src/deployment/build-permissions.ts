/** What builds may do because of what is set for them: nothing of it is there when nothing is set. Pure. */
import type { Config } from '../config/schema.ts';
import { tokenVariables } from './github-token.ts';
import { here, type Intrinsic, type Statement, sub } from './intrinsics.ts';

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
    ...readVariables([...build.environmentVariables, ...tokenVariables(config, kind)]),
    ...pull(build.image),
    ...connect(github.connectionArn),
    ...(build.cache === 'bucket' ? [keep(`${bucketArn}/${cachePrefix(kind)}`)] : []),
  ];
}

/** The build that enqueues runs no unit's code: it needs no more than to begin. */
export function enqueuePermissions(config: Config): Statement[] {
  const { build, github } = config;
  return [...readVariables(tokenVariables(config, 'enqueue')), ...pull(build.image), ...connect(github.connectionArn)];
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

/** Just the parameters and secrets that variables name; KMS decrypts for nothing else. */
function readVariables(variables: Variable[]): Statement[] {
  const of = (type: Variable['type']) => variables.filter((one) => one.type === type).map(({ value }) => value);
  const parameters = [...new Set(of('PARAMETER_STORE'))].map((name) =>
    sub(`${here('ssm')}:parameter/${name.replace(/^\//, '')}`),
  );
  const secrets = [...new Set(of('SECRETS_MANAGER').map(secretId))].flatMap(secretArns);
  return [
    ...read('Parameters', 'ssm:GetParameters', parameters, 'ssm', 'PARAMETER_ARN'),
    ...read('Secrets', 'secretsmanager:GetSecretValue', secrets, 'secretsmanager', 'SecretARN'),
  ];
}

/** What decrypts is asked by the service, which names what it decrypts for (AWS KMS, encryption context of the services). */
function read(sid: string, action: string, named: Intrinsic[], service: string, context: string): Statement[] {
  if (named.length === 0) return [];
  return [
    { Sid: sid, Effect: 'Allow', Action: action, Resource: named },
    {
      Sid: `Decrypt${sid}`,
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: sub(`${here('kms')}:key/*`),
      Condition: {
        StringEquals: { 'kms:ViaService': sub(`${service}.\${AWS::Region}.amazonaws.com`) },
        StringLike: { [`kms:EncryptionContext:${context}`]: named },
      },
    },
  ];
}

/** CodeBuild takes `<secret>[:<json key>[:<version stage>[:<version>]]]`, where the secret may be an ARN, which has seven parts itself. */
function secretId(value: string): string {
  const parts = value.split(':');
  return value.startsWith('arn:') ? parts.slice(0, 7).join(':') : (parts[0] ?? '');
}

/** Secrets Manager puts a dash and six characters behind the name, and takes an ARN with or without them. */
function secretArns(id: string): Intrinsic[] {
  if (id.startsWith('arn:')) return [sub(id), sub(`${id}-??????`)];
  return [sub(`${here('secretsmanager')}:secret:${id}-??????`)];
}
