/**
 * Calls that AWS makes under a role, or checks besides, and that no emulator does: from the template and from the calls that were
 * made, as AWS's documentation says. Each rule names its page there.
 */
import type * as z from 'zod';
import type { configSchema } from '../../src/config/schema.ts';
import { account, executionArn, machineArn, region, type Template } from './cloud-formation.ts';
import { buildRules, decrypts } from './derived-build-calls.ts';
import type { Call } from './iam.ts';

/** What live-ci.config.yml says. */
type Settings = z.input<typeof configSchema>;

export interface Rule {
  /** Of the documentation. */
  page: string;
  calls: (template: Template, made: readonly Call[], settings: Settings) => Call[];
}

/** Some name that a wildcard stands for. */
const some = 'some';

const rules: Rule[] = [
  {
    page: 'Lambda guide, Sending Lambda function logs to CloudWatch Logs',
    calls: (template) => functions(template).flatMap(({ role, name }) => writesLogs(role, `/aws/lambda/${name}`)),
  },
  {
    page: 'Lambda guide, Visualize Lambda function invocations using AWS X-Ray',
    calls: (template) =>
      functions(template)
        .filter(({ properties }) => property(properties, 'TracingConfig', 'Mode') === 'Active')
        .flatMap(({ role }) => each(role, ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*')),
  },
  {
    page: 'Lambda guide, Capturing records of Lambda asynchronous invocations',
    calls: (template) =>
      template.of('AWS::Lambda::EventInvokeConfig').flatMap(([, { Properties }]) => {
        const name = template.text(Properties.FunctionName);
        const queue = template.text(property(Properties, 'DestinationConfig', 'OnFailure', 'Destination'));
        const called = functions(template).filter((one) => one.name === name);
        return called.map(({ role }) => ({ role, action: 'sqs:SendMessage', resource: queue }));
      }),
  },
  {
    page: 'CodeBuild guide, Allow CodeBuild to interact with other AWS services',
    calls: (template) =>
      template.of('AWS::CodeBuild::Project').flatMap(([, { Properties }]) => {
        const group = property(Properties, 'LogsConfig', 'CloudWatchLogs', 'GroupName');
        return writesLogs(roleNamed(template, Properties.ServiceRole), template.text(group));
      }),
  },
  {
    page: 'CodeBuild guide, Cache builds to improve performance, Amazon S3 caching',
    calls: (template) =>
      template.of('AWS::CodeBuild::Project').flatMap(([, { Properties }]) => {
        if (property(Properties, 'Cache', 'Type') !== 'S3') return [];
        const place = template.text(property(Properties, 'Cache', 'Location'));
        const role = roleNamed(template, Properties.ServiceRole);
        return each(role, ['s3:GetObject', 's3:PutObject'], `arn:aws:s3:::${place}/${some}`);
      }),
  },
  {
    page: 'CodeBuild guide, Allow CodeBuild to interact with other AWS services, and Multiple input sources and output artifacts',
    calls: (template) =>
      template
        .of('AWS::CodeBuild::Project')
        .flatMap(([, { Properties }]) =>
          ((Properties.SecondarySources ?? []) as { Type: string; Location: unknown }[])
            .filter(({ Type }) => Type === 'S3')
            .flatMap(({ Location }) =>
              each(
                roleNamed(template, Properties.ServiceRole),
                ['s3:GetObject', 's3:GetObjectVersion'],
                `arn:aws:s3:::${template.text(Location)}`,
              ),
            ),
        ),
  },
  {
    page: 'Step Functions guide, Using CloudWatch Logs to log execution history',
    calls: (template) =>
      machines(template)
        .filter(({ properties }) => (property(properties, 'LoggingConfiguration', 'Level') ?? 'OFF') !== 'OFF')
        .flatMap(({ role }) =>
          each(
            role,
            [
              'logs:CreateLogDelivery',
              'logs:GetLogDelivery',
              'logs:UpdateLogDelivery',
              'logs:DeleteLogDelivery',
              'logs:ListLogDeliveries',
              'logs:PutResourcePolicy',
              'logs:DescribeResourcePolicies',
              'logs:DescribeLogGroups',
            ],
            '*',
          ),
        ),
  },
  {
    page: 'Step Functions guide, Trace Step Functions request data in AWS X-Ray',
    calls: (template) =>
      machines(template)
        .filter(({ properties }) => property(properties, 'TracingConfiguration', 'Enabled') === true)
        .flatMap(({ role }) =>
          each(
            role,
            ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
            '*',
          ),
        ),
  },
  {
    page: 'Step Functions guide, IAM policies for calling nested workflows (.sync)',
    calls: (template, made) => {
      const build = machineArn(template, 'build');
      const callers = made.filter(({ action, resource }) => action === 'states:StartExecution' && resource === build);
      return callers.flatMap(({ role }) => [
        ...each(role, ['states:DescribeExecution', 'states:StopExecution'], executionArn(build, some)),
        ...watchesRule(role, 'StepFunctionsGetEventsForStepFunctionsExecutionRule'),
      ]);
    },
  },
  {
    page: 'Step Functions guide, IAM policies for using Distributed Map state',
    calls: (template, made) => {
      const pipeline = machineArn(template, 'pipeline');
      const [{ role } = { role: '' }] = machines(template).filter(({ arn }) => arn === pipeline);
      const isMade = made.some((call) => call.role === role && call.resource === pipeline);
      if (!isMade) return [];
      return [
        ...each(role, ['states:DescribeExecution', 'states:StopExecution'], executionArn(pipeline, some)),
        ...each(
          role,
          ['states:DescribeExecution', 'states:StopExecution'],
          `${executionArn(pipeline, some).replace(/:some$/, '/some')}:some`,
        ),
      ];
    },
  },
  {
    page: 'Step Functions guide, IAM policies for AWS CodeBuild calls in Step Functions (Run a Job)',
    calls: (template) =>
      machines(template)
        .filter(({ definition }) => definition.includes('states:::codebuild:startBuild.sync'))
        .flatMap(({ role, definition }) => [
          ...projectsIn(definition).flatMap((project) =>
            each(
              role,
              ['codebuild:StartBuild', 'codebuild:StopBuild', 'codebuild:BatchGetBuilds'],
              `arn:aws:codebuild:${region}:${account}:project/${project}`,
            ),
          ),
          ...watchesRule(role, 'StepFunctionsGetEventForCodeBuildStartBuildRule'),
        ]),
  },
  {
    page: 'Step Functions guide, Authorization for versions and aliases; Service Authorization Reference, UpdateStateMachine',
    calls: (template, made) =>
      made
        .filter(({ action }) => action === 'states:UpdateStateMachine')
        .flatMap(({ role, resource }) => {
          const [updated] = machines(template).filter(({ arn }) => arn === resource);
          return [
            { role, action: 'states:PublishStateMachineVersion', resource },
            {
              role,
              action: 'iam:PassRole',
              resource: template.arn(updated?.role ?? ''),
              context: { 'iam:PassedToService': 'states.amazonaws.com' },
            },
          ];
        }),
  },
  {
    page: 'S3 guide, Using server-side encryption with AWS KMS keys (SSE-KMS), Permissions',
    calls: (template, made) =>
      keyCalls(template, made, 'ArtifactBucket', {
        's3:GetObject': ['kms:Decrypt'],
        's3:PutObject': ['kms:GenerateDataKey'],
      }),
  },
  {
    page: 'SQS guide, Key management, Configure AWS KMS permissions',
    calls: (template, made) =>
      template.of('AWS::SQS::Queue').flatMap(([queue]) =>
        keyCalls(template, made, queue, {
          'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
          'sqs:ReceiveMessage': ['kms:Decrypt'],
        }),
      ),
  },
  {
    page: 'SNS guide, Managing Amazon SNS encryption keys and costs',
    calls: (template, made) =>
      template
        .of('AWS::SNS::Topic')
        .flatMap(([topic]) =>
          keyCalls(template, made, topic, { 'sns:Publish': ['kms:GenerateDataKey', 'kms:Decrypt'] }),
        ),
  },
  {
    page: 'KMS guide, encryption context of Parameter Store',
    calls: (_, made) =>
      made
        .filter(({ action, resource }) => action === 'ssm:GetParameter' && !resource.endsWith('/signing-key'))
        .map(({ role, resource }) => decrypts(role, 'ssm', 'PARAMETER_ARN', resource)),
  },
];

/** What follows from the template and from the calls that were made; a rule sees what follows by those before it. */
export function derivedCalls(template: Template, made: readonly Call[], settings: Settings): Call[] {
  const known = [...made];
  for (const { calls } of [...rules, ...buildRules]) known.push(...calls(template, known, settings));
  return known.slice(made.length);
}

interface Running {
  role: string;
  properties: Record<string, unknown>;
}

function functions(template: Template): (Running & { name: string })[] {
  return template.of('AWS::Lambda::Function').map(([, { Properties }]) => ({
    role: roleNamed(template, Properties.Role),
    name: template.text(Properties.FunctionName),
    properties: Properties,
  }));
}

function machines(template: Template): (Running & { arn: string; definition: string })[] {
  return template.of('AWS::StepFunctions::StateMachine').map(([id, { Properties }]) => ({
    role: roleNamed(template, Properties.RoleArn),
    arn: template.arn(id),
    definition: template.text(Properties.DefinitionString),
    properties: Properties,
  }));
}

function roleNamed(template: Template, value: unknown): string {
  const arn = template.text(value);
  return template.idOf(arn) ?? arn;
}

/** What a Pass state of the definition names as the project of a build. */
function projectsIn(definition: string): string[] {
  return [...new Set([...definition.matchAll(/"project":\s*"([^"]+)"/g)].map(([, project = '']) => project))];
}

function each(role: string, actions: readonly string[], resource: string): Call[] {
  return actions.map((action) => ({ role, action, resource }));
}

function writesLogs(role: string, group: string): Call[] {
  const stream = `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:${some}`;
  return each(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], stream);
}

function watchesRule(role: string, rule: string): Call[] {
  return each(
    role,
    ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    `arn:aws:events:${region}:${account}:rule/${rule}`,
  );
}

/** Calls of KMS behind calls on something that is encrypted with a key of the template. */
function keyCalls(template: Template, made: readonly Call[], id: string, behind: Record<string, string[]>): Call[] {
  const key = keyOf(template, id);
  if (key === undefined) return [];
  const arn = template.arn(id);
  return made
    .filter(({ resource }) => resource === arn || resource.startsWith(`${arn}/`))
    .flatMap(({ role, action }) => each(role, behind[action] ?? [], key));
}

/** The ARN of the key of the template that a bucket, a queue or a topic is encrypted with. */
function keyOf(template: Template, id: string): string | undefined {
  const properties = template.resources[id]?.Properties ?? {};
  const [rule] = (property(properties, 'BucketEncryption', 'ServerSideEncryptionConfiguration') ?? []) as object[];
  const key = properties.KmsMasterKeyId ?? property(rule ?? {}, 'ServerSideEncryptionByDefault', 'KMSMasterKeyID');
  if (key === undefined) return undefined;
  const text = template.text(key);
  return text.startsWith('arn:') ? text : `arn:aws:kms:${region}:${account}:key/${text}`;
}

function property(of: object, ...path: string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], of);
}
