/** Names and ARNs of a packaged template's resources, as CloudFormation would have them, in an invented account. */
import type { Resource } from './packaged.ts';

export type Resources = Record<string, Resource>;

export const account = '000000000000';
export const region = 'us-east-1';
const pseudo: Record<string, string> = {
  'AWS::AccountId': account,
  'AWS::Region': region,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'stack',
};

/** What `Fn::GetAtt: [id, Arn]` is, by type; `name` gives a property as a text, or else the logical id. */
const arns: Record<string, (name: (property: string) => string) => string> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name('BucketName')}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${region}:${account}:${name('QueueName')}`,
  'AWS::SNS::Topic': (name) => `arn:aws:sns:${region}:${account}:${name('TopicName')}`,
  'AWS::KMS::Key': (name) => `arn:aws:kms:${region}:${account}:key/${name('')}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${region}:${account}:function:${name('FunctionName')}`,
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:${region}:${account}:log-group:${name('LogGroupName')}:*`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${account}:role/${name('')}`,
  'AWS::CodeBuild::Project': (name) => `arn:aws:codebuild:${region}:${account}:project/${name('Name')}`,
  'AWS::StepFunctions::StateMachine': (name) =>
    `arn:aws:states:${region}:${account}:stateMachine:${name('StateMachineName')}`,
  'AWS::SSM::Parameter': (name) => `arn:aws:ssm:${region}:${account}:parameter${name('Name')}`,
  'AWS::SecretsManager::Secret': (name) => `arn:aws:secretsmanager:${region}:${account}:secret:${name('Name')}`,
};

/** Types whose `Ref` is the ARN. */
const refIsArn = ['AWS::SNS::Topic', 'AWS::StepFunctions::StateMachine', 'AWS::SecretsManager::Secret'];

export class Template {
  readonly resources: Resources;

  constructor(resources: Resources) {
    this.resources = resources;
  }

  /** Resources of a type, by their logical ids. */
  of(type: string): [string, Resource][] {
    return Object.entries(this.resources).filter(([, resource]) => resource.Type === type);
  }

  arn(id: string): string {
    const resource = this.#resource(id);
    const arn = arns[resource.Type];
    if (!arn) throw new Error(`It is not known which ARN a ${resource.Type} has: ${id}`);
    return arn((property) => this.#name(id, property));
  }

  /** A value without intrinsic functions. */
  text(value: unknown): string {
    if (typeof value === 'string') return value;
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': sub, 'Fn::Join': join } = value as Record<string, unknown>;
    if (typeof Ref === 'string') return this.#ref(Ref);
    if (attribute !== undefined) return this.#attribute(([] as unknown[]).concat(attribute).join('.'));
    if (typeof sub === 'string') return sub.replace(/\$\{([^}]+)\}/g, (_, name) => this.#named(name));
    if (Array.isArray(sub)) {
      const [text, values] = sub as [string, Record<string, unknown>];
      return text.replace(/\$\{([^}]+)\}/g, (_, name) =>
        name in values ? this.text(values[name]) : this.#named(name),
      );
    }
    if (Array.isArray(join)) return join[1].map((part: unknown) => this.text(part)).join(join[0]);
    throw new Error(`It is not known what this is in CloudFormation: ${JSON.stringify(value)}`);
  }

  /** One value or a list of them. */
  texts(value: unknown): string[] {
    return ([] as unknown[]).concat(value).map((one) => this.text(one));
  }

  /** The logical id of the resource that has this ARN. */
  idOf(arn: string): string | undefined {
    return Object.keys(this.resources).find((id) => arns[this.#resource(id).Type] && this.arn(id) === arn);
  }

  #resource(id: string): Resource {
    const resource = this.resources[id];
    if (!resource) throw new Error(`The template has no resource ${id}`);
    return resource;
  }

  #name(id: string, property: string): string {
    const value = this.#resource(id).Properties[property];
    return value === undefined ? id : this.text(value);
  }

  #named(name: string): string {
    return name.includes('.') ? this.#attribute(name) : this.#ref(name);
  }

  #ref(name: string): string {
    const known = pseudo[name];
    if (known !== undefined) return known;
    const arn = this.arn(name);
    if (this.#resource(name).Type === 'AWS::Logs::LogGroup') return this.#name(name, 'LogGroupName');
    return refIsArn.includes(this.#resource(name).Type) ? arn : (arn.split(/[:/]/).at(-1) ?? '');
  }

  #attribute(name: string): string {
    const [id = '', attribute] = name.split('.');
    if (attribute === 'Arn' || attribute === 'TopicArn') return this.arn(id);
    if (attribute === 'QueueName') return this.#name(id, 'QueueName');
    throw new Error(`It is not known what ${name} is`);
  }
}

/** The state machine whose name ends so. */
export function machineArn(template: Template, name: string): string {
  const found = template
    .of('AWS::StepFunctions::StateMachine')
    .find(([, { Properties }]) => String(Properties.StateMachineName).endsWith(`-${name}`));
  if (!found) throw new Error(`The template has no state machine ${name}`);
  return template.arn(found[0]);
}

export function executionArn(machine: string, name: string): string {
  return `${machine.replace(':stateMachine:', ':execution:')}:${name}`;
}
