/** docs/deploy.md shows what `live-ci doctor` says of an account: it is run there, and AWS and GitHub are an endpoint that answers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Answer, awsEndpoint, type Call } from '../../support/aws-endpoint.ts';
import { liveCi } from '../../support/command-line.ts';
import { actionOf } from '../../support/deployment-target.ts';
import { blocksOf } from '../../support/docs.ts';
import { liveRepository } from '../../support/live-repository.ts';

const xml = (action: string, body: string): Answer => ({
  body: `<${action}Response><${action}Result>${body}</${action}Result></${action}Response>`,
  headers: { 'content-type': 'text/xml' },
});
const resource = (id: string, type: string, name: string) =>
  `<member><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${name}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member>`;
const topic = 'arn:aws:sns:us-east-1:123456789012:live-ci-production-topic';

/** An account with one build at once, a plan role that may not lock, and a mail that nobody has confirmed. */
const answers: Record<string, (call: Call) => Answer> = {
  GetCallerIdentity: () => xml('GetCallerIdentity', '<Account>123456789012</Account>'),
  ListServiceQuotas: () => ({
    body: { Quotas: [{ QuotaName: 'Concurrently running builds for ARM/Medium environment', Value: 1 }] },
  }),
  'GET /2016-08-19/account-settings': () => ({ body: { AccountLimit: { ConcurrentExecutions: 1000 } } }),
  GetConnection: () => ({ body: { Connection: { ConnectionStatus: 'AVAILABLE', ProviderType: 'GitHub' } } }),
  DescribeStacks: () =>
    xml(
      'DescribeStacks',
      '<Stacks><member><StackName>live-ci-production</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>',
    ),
  ListStackResources: () =>
    xml(
      'ListStackResources',
      `<StackResourceSummaries>${resource('PlanRole', 'AWS::IAM::Role', 'live-ci-plan')}${resource('Topic', 'AWS::SNS::Topic', topic)}</StackResourceSummaries>`,
    ),
  SimulatePrincipalPolicy: (call) => {
    const asked = new URLSearchParams(String(call.input.text));
    const of = (list: string) =>
      [...asked].filter(([name]) => name.startsWith(`${list}.member.`)).map(([, value]) => value);
    const results = of('ActionNames').flatMap((action) =>
      of('ResourceArns').map(
        (arn) =>
          `<member><EvalActionName>${action}</EvalActionName><EvalResourceName>${arn}</EvalResourceName><EvalDecision>${action === 's3:GetObject' ? 'allowed' : 'implicitDeny'}</EvalDecision></member>`,
      ),
    );
    return xml('SimulatePrincipalPolicy', `<EvaluationResults>${results.join('')}</EvaluationResults>`);
  },
  BatchGetProjects: () => ({
    body: { projects: [{ name: 'live-ci-production-enqueue', webhook: { status: 'ACTIVE' } }] },
  }),
  ListBuildsForProject: () => ({ body: { ids: ['live-ci-production-enqueue:1'] } }),
  BatchGetBuilds: () => ({
    body: { builds: [{ buildStatus: 'SUCCEEDED', sourceVersion: '9f3c2d1', startTime: 1767225600 }] },
  }),
  ListSubscriptionsByTopic: () =>
    xml(
      'ListSubscriptionsByTopic',
      '<Subscriptions><member><Protocol>email</Protocol><Endpoint>on-call@example.org</Endpoint><SubscriptionArn>PendingConfirmation</SubscriptionArn></member></Subscriptions>',
    ),
  DetectStackDrift: () => ({
    status: 403,
    body: '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/ada is not authorized to perform: cloudformation:DetectStackDrift on resource: live-ci-production</Message></Error></ErrorResponse>',
    headers: { 'content-type': 'text/xml' },
  }),
};

const shell = (endpoint: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_MAX_ATTEMPTS: '1',
  AWS_EC2_METADATA_DISABLED: 'true',
});

test('what doctor says is what docs/deploy.md shows', async () => {
  await using live = await liveRepository();
  await using aws = await awsEndpoint((call) => (answers[actionOf(call)] ?? (() => ({ status: 500 })))(call));
  const backend =
    'terraform {\n  backend "s3" {\n    bucket       = "example-states"\n    key          = "network.tfstate"\n    region       = "us-east-1"\n    use_lockfile = true\n  }\n}\n';
  await live.commit({ 'network/main.tf': backend });
  const directory = join(live.states, '..', 'work');
  const [configuration] = blocksOf('docs/deploy.md').filter(({ where }) => where === 'config');
  const connection = 'github:\n  connectionArn: arn:aws:codeconnections:us-east-1:123456789012:connection/example\n';
  await writeFile(join(directory, 'live-ci.config.yml'), `${configuration?.lines.join('\n')}\n${connection}`);

  const { code, out } = await liveCi(directory, ['doctor', '--stage', 'production'], shell(aws.settings.endpoint));
  const [shown] = blocksOf('docs/deploy.md').filter(({ where }) => where === 'doctor');
  expect(out.trimEnd().split('\n')).toEqual(shown?.lines);
  expect(code).toBe(1);
});

test.each<[string, Answer, string]>([
  [
    'is not there',
    {
      status: 400,
      body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id live-ci-production does not exist</Message></Error></ErrorResponse>',
      headers: { 'content-type': 'text/xml' },
    },
    'There is no stack live-ci-production yet, so nothing more can be looked at.',
  ],
  [
    'may not be looked at',
    {
      status: 403,
      body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: ada is not authorized to perform: cloudformation:DescribeStacks on resource: live-ci-production</Message></Error></ErrorResponse>',
      headers: { 'content-type': 'text/xml' },
    },
    '? stack: could not look (permission cloudformation:DescribeStacks)',
  ],
])('a stack that %s', async (_, stack, says) => {
  await using live = await liveRepository();
  await using aws = await awsEndpoint((call) =>
    actionOf(call) === 'DescribeStacks' ? stack : (answers[actionOf(call)] ?? (() => ({ status: 500 })))(call),
  );
  const { out } = await liveCi(live.states, ['doctor', '--stage', 'production'], shell(aws.settings.endpoint));
  expect(out.trimEnd().split('\n').at(-2)).toBe(says);
});
