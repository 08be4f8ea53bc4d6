/** What whoever is given the name of a secret may do, to read that one and nothing else: KMS decrypts for nothing else either. Pure. */
import { here, type Intrinsic, type Statement, sub } from './intrinsics.ts';

/** A parameter's ARN. @param name of a parameter, with or without its slash in front. */
export function parameterArn(name: string): Intrinsic {
  return sub(`${here('ssm')}:parameter/${name.replace(/^\//, '')}`);
}

export function readParameters(
  action: 'ssm:GetParameter' | 'ssm:GetParameters',
  names: readonly string[],
): Statement[] {
  return read('Parameters', action, [...new Set(names)].map(parameterArn), 'ssm', 'PARAMETER_ARN');
}

/** @param values as CodeBuild takes them. */
export function readSecrets(values: readonly string[]): Statement[] {
  const arns = [...new Set(values.map(secretId))].flatMap(secretArns);
  return read('Secrets', 'secretsmanager:GetSecretValue', arns, 'secretsmanager', 'SecretARN');
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
export function secretId(value: string): string {
  const parts = value.split(':');
  return value.startsWith('arn:') ? parts.slice(0, 7).join(':') : (parts[0] ?? '');
}

/** Secrets Manager puts a dash and six characters behind the name, and takes an ARN with or without them. */
function secretArns(id: string): Intrinsic[] {
  if (id.startsWith('arn:')) return [sub(id), sub(`${id}-??????`)];
  return [sub(`${here('secretsmanager')}:secret:${id}-??????`)];
}
