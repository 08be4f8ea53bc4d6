/** Each check of an account, by AWS as an endpoint answers it. */
import { type Check, deniedPermission, lookAt, requireReady } from '../../../src/doctor/check.ts';
import { builds } from '../../../src/doctor/checks/builds.ts';
import { connection } from '../../../src/doctor/checks/connection.ts';
import { image } from '../../../src/doctor/checks/image.ts';
import { lambdas } from '../../../src/doctor/checks/lambdas.ts';
import { lastPush } from '../../../src/doctor/checks/last-push.ts';
import { mails } from '../../../src/doctor/checks/mails.ts';
import { parameters } from '../../../src/doctor/checks/parameters.ts';
import { pipelineRole } from '../../../src/doctor/checks/pipeline-role.ts';
import { drift, stack } from '../../../src/doctor/checks/stack.ts';
import { tokenOfGitHub } from '../../../src/doctor/checks/token.ts';
import { webhook } from '../../../src/doctor/checks/webhook.ts';
import { beforeDeploying } from '../../../src/doctor/checks.ts';
import { type Answer, awsEndpoint, type Call } from '../../support/aws-endpoint.ts';
import { actionOf, targetThatAnswers } from '../../support/deployment-target.ts';

const json = (body: object): Answer => ({ body });
const refused = (name: string, message: string): Answer => ({ status: 400, body: { __type: name, message } });
const denied = (action: string) =>
  refused(
    'AccessDeniedException',
    `User: arn:aws:iam::123456789012:user/eve is not authorized to perform: ${action} on resource: *`,
  );
const xml = (action: string, body: string): Answer => ({
  body: `<${action}Response><${action}Result>${body}</${action}Result></${action}Response>`,
  headers: { 'content-type': 'text/xml' },
});
const xmlError = (Code: string, message: string): Answer => ({
  status: 403,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${Code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  headers: { 'content-type': 'text/xml' },
});

/** What one check finds: `✔ …`, `✘ …` or `? …`. */
async function found(check: Check, answer: (call: Call) => Answer, settings: object = {}): Promise<string[]> {
  await using account = await targetThatAnswers(answer, settings);
  const lines = await lookAt([check], account.target);
  return lines.map(({ verdict, says }) => `${{ right: '✔', wrong: '✘', unknown: '?' }[verdict]} ${says}`);
}

const nothing = (): Answer => ({ status: 500 });

describe('builds at once', () => {
  const quota = (Value: number, QuotaName = 'Concurrently running builds for ARM/Medium environment') =>
    json({
      Quotas: [
        { QuotaName: 'Build projects', Value: 5000 },
        { QuotaName, Value },
      ],
    });

  test.each<[string, Answer, object, string]>([
    ['enough', quota(20), {}, '✔ 20 at once on ARM/medium'],
    [
      'one',
      quota(1),
      {},
      "? the account runs 1 at once on ARM/medium: units wait for each other's builds; ask for more",
    ],
    ['none', quota(0), {}, '✘ the account may run no build on ARM/medium'],
    [
      'too few for the limit that is set',
      quota(1),
      { concurrency: 20 },
      '✘ concurrency: 20 is more than the account may run',
    ],
    [
      'of another machine only',
      quota(20, 'Concurrently running builds for ARM/Large environment'),
      {},
      '? Service Quotas lists no number',
    ],
    [
      'that nobody may read',
      denied('servicequotas:ListServiceQuotas'),
      {},
      '? could not look (permission servicequotas:ListServiceQuotas)',
    ],
  ])('%s', async (_, answer, settings, says) => {
    expect(await found(builds, () => answer, settings)).toEqual([expect.stringContaining(says)]);
  });

  test('are looked for on every page of the quotas', async () => {
    const page = ({ input }: Call) =>
      input.NextToken === undefined ? json({ Quotas: [], NextToken: 'more' }) : quota(60);
    expect(await found(builds, page)).toEqual(['✔ 60 at once on ARM/medium']);
  });
});

test.each([
  [1000, '✔ 1000'],
  [10, '? the account may run 10: none of them are kept free'],
])('the account may run %d Lambdas at once', async (most, says) => {
  const answer = json({ AccountLimit: { ConcurrentExecutions: most } });
  expect(await found(lambdas, () => answer)).toEqual([expect.stringContaining(says)]);
});

describe('a connection to GitHub', () => {
  const connectionArn = 'arn:aws:codeconnections:eu-west-1:123456789012:connection/example';
  const of = (ConnectionStatus: string, ProviderType = 'GitHub') =>
    json({ Connection: { ConnectionStatus, ProviderType } });

  test.each<[string, Answer, string]>([
    ['is available', of('AVAILABLE'), `✔ ${connectionArn} is available`],
    ['is pending', of('PENDING'), `✘ ${connectionArn} is PENDING; open Developer Tools`],
    ['leads elsewhere', of('AVAILABLE', 'Bitbucket'), `✘ ${connectionArn} leads to Bitbucket`],
    [
      'may not be looked at',
      denied('codeconnections:GetConnection'),
      '? could not look (permission codeconnections:GetConnection)',
    ],
  ])('%s', async (_, answer, says) => {
    expect(await found(connection, () => answer, { github: { connectionArn } })).toEqual([
      expect.stringContaining(says),
    ]);
  });

  test('is asked for in its own region, signed', async () => {
    const calls: Call[] = [];
    const answer = (call: Call) => {
      calls.push(call);
      return of('AVAILABLE');
    };
    await found(connection, answer, { github: { connectionArn } });
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['GetConnection', { ConnectionArn: connectionArn }],
    ]);
    expect(calls[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=test\/\d+\/eu-west-1\/codeconnections\/aws4_request/,
    );
  });

  test('is not asked for when none is named', async () => {
    expect(await found(connection, nothing)).toEqual([expect.stringMatching(/^✔ none is named/)]);
  });
});

describe('the image of the builds', () => {
  test.each([
    [null, "✔ CodeBuild's own for arm64"],
    ['aws/codebuild/amazonlinux-aarch64-standard:3.0', '✔ aws/codebuild'],
    [
      'aws/codebuild/amazonlinux-aarch64-standard:2.0',
      '✘ aws/codebuild/amazonlinux-aarch64-standard:2.0 has a Node that is too old',
    ],
    [
      '123456789012.dkr.ecr.us-east-1.amazonaws.com/tools:1',
      "? 123456789012.dkr.ecr.us-east-1.amazonaws.com/tools:1 can't be looked into",
    ],
  ])('%s', async (name, says) => {
    expect(await found(image, nothing, { build: { image: name } })).toEqual([expect.stringContaining(says)]);
  });
});

describe('an existing role for the pipeline', () => {
  const arn = 'arn:aws:iam::123456789012:role/delivery/pipeline';
  const role = (Arn: string, principal: string) =>
    xml(
      'GetRole',
      `<Role><Path>/</Path><RoleName>pipeline</RoleName><RoleId>A</RoleId><Arn>${Arn}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>${encodeURIComponent(JSON.stringify({ Principal: { Service: principal } }))}</AssumeRolePolicyDocument></Role>`,
    );

  test.each<[string, Answer, string]>([
    ['is there', role(arn, 'states.amazonaws.com'), '✔'],
    [
      'trusts somebody else',
      role(arn, 'lambda.amazonaws.com'),
      '✘ arn:aws:iam::123456789012:role/delivery/pipeline does not trust states.amazonaws.com',
    ],
    [
      'has another path',
      role('arn:aws:iam::123456789012:role/pipeline', 'states.amazonaws.com'),
      '✘ arn:aws:iam::123456789012:role/delivery/pipeline is not there',
    ],
    ['is not there', xmlError('NoSuchEntity', 'no such role'), '✘ there is no role'],
  ])('%s', async (_, answer, says) => {
    expect(await found(pipelineRole, () => answer, { roles: { pipeline: { arn } } })).toEqual([
      expect.stringContaining(says),
    ]);
  });
});

describe('what builds are given', () => {
  const settings = {
    github: { token: { parameter: '/live-ci/token' } },
    build: {
      environmentVariables: [
        { name: 'A', value: '/shared/a', type: 'PARAMETER_STORE' },
        { name: 'B', value: 'shared/b:password', type: 'SECRETS_MANAGER' },
      ],
    },
  };
  const account =
    (there: string[]) =>
    ({ name, input }: Call): Answer => {
      if (name === 'DescribeSecret')
        return there.includes(String(input.SecretId)) ? json({}) : refused('ResourceNotFoundException', 'gone');
      const [{ Values: [wanted = ''] = [] } = {}] = input.ParameterFilters as { Values: string[] }[];
      return json({ Parameters: there.includes(wanted) ? [{ Name: wanted }] : [] });
    };

  test('is there', async () => {
    const all = account(['/live-ci/token', '/shared/a', 'shared/b']);
    expect(await found(parameters, all, settings)).toEqual(['✔ all 3 that builds are given are there']);
  });

  test('is named when it is not', async () => {
    expect(await found(parameters, account([]), settings)).toEqual([
      expect.stringMatching(/^✘ there is no parameter \/live-ci\/token with the GitHub token/),
      expect.stringMatching(/^✘ there is no parameter \/shared\/a/),
      expect.stringMatching(/^✘ there is no secret shared\/b/),
    ]);
  });
});

test('the secret with the GitHub token must be there, and is not read', async () => {
  const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:live/github';
  const named = { github: { token: { secretArn } } };
  const gone = () => ({ ...json({ __type: 'ResourceNotFoundException', message: 'gone' }), status: 400 });
  expect(await found(parameters, gone, named)).toEqual([
    expect.stringContaining(`there is no secret ${secretArn} with the GitHub token`),
  ]);
  expect(await found(parameters, () => json({}), named)).toEqual(['✔ all 1 that builds are given are there']);
  expect(await found(tokenOfGitHub, gone, named)).toEqual([expect.stringContaining('which is not read here')]);
});

describe('a stack', () => {
  const described = (status: string) =>
    xml(
      'DescribeStacks',
      `<Stacks><member><StackName>live-ci-test</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks>`,
    );

  test.each([
    ['UPDATE_COMPLETE', '✔'],
    ['UPDATE_IN_PROGRESS', '?'],
    ['UPDATE_ROLLBACK_FAILED', '✘'],
    ['UPDATE_ROLLBACK_COMPLETE', '✘'],
  ])('that is %s', async (status, sign) => {
    expect(await found(stack, () => described(status))).toEqual([
      expect.stringMatching(`^\\${sign} live-ci-test is ${status}`),
    ]);
  });

  const drifts = (members: string) => (call: Call) => {
    const action = actionOf(call);
    if (action === 'DetectStackDrift') return xml(action, '<StackDriftDetectionId>id</StackDriftDetectionId>');
    if (action === 'DescribeStackDriftDetectionStatus')
      return xml(
        action,
        `<StackId>s</StackId><StackDriftDetectionId>id</StackDriftDetectionId><StackDriftStatus>${members === '' ? 'IN_SYNC' : 'DRIFTED'}</StackDriftStatus><DetectionStatus>DETECTION_COMPLETE</DetectionStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp>`,
      );
    return xml(action, `<StackResourceDrifts>${members}</StackResourceDrifts>`);
  };
  const drifted = (id: string) =>
    `<member><StackId>s</StackId><LogicalResourceId>${id}</LogicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType><StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp><PropertyDifferences><member><PropertyPath>/Timeout</PropertyPath><ExpectedValue>60</ExpectedValue><ActualValue>3</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences></member>`;

  test.each([
    ['nothing', '', '✔ nothing'],
    ['what a delivery writes', drifted('PipelineStepFunctionsStateMachine'), "✔ nothing but the pipeline's definition"],
    ['a function', drifted('PollLambdaFunction'), '? PollLambdaFunction (/Timeout)'],
  ])('of which somebody changed %s', async (_, members, says) => {
    expect(await found(drift, drifts(members))).toEqual([expect.stringContaining(says)]);
  });
});

describe('the webhook', () => {
  const project = (webhook?: object) => json({ projects: [{ name: 'live-ci-test-enqueue', webhook }] });
  test.each<[string, Answer, string]>([
    ['is there', project({ url: 'https://example.org', status: 'ACTIVE' }), '✔'],
    ['was never made', project(), '✘ live-ci-test-enqueue has no webhook'],
    [
      'could not be made',
      project({ status: 'CREATE_FAILED', statusMessage: 'no access' }),
      '✘ the webhook is CREATE_FAILED: no access',
    ],
    ['has no project', json({ projects: [] }), '✘ there is no project live-ci-test-enqueue'],
  ])('%s', async (_, answer, says) => {
    expect(await found(webhook, () => answer)).toEqual([expect.stringContaining(says)]);
  });
});

describe('the last push', () => {
  const build =
    (buildStatus?: string) =>
    ({ name }: Call) =>
      name === 'ListBuildsForProject'
        ? json({ ids: buildStatus === undefined ? [] : ['live-ci-test-enqueue:1'] })
        : json({
            builds: [
              {
                buildStatus,
                sourceVersion: 'abc',
                startTime: 1767225600,
                logs: { deepLink: 'https://example.org/log' },
              },
            ],
          });
  test.each([
    ['SUCCEEDED', '✔ abc, 2026-01-01T00:00:00.000Z: enqueued'],
    [
      'FAILED',
      '✘ the build that was to enqueue abc ended FAILED (2026-01-01T00:00:00.000Z); its log says why: https://example.org/log; then live-ci enqueue --remote',
    ],
    [undefined, '? nothing has been pushed yet'],
  ])('%s', async (status, says) => {
    expect(await found(lastPush, build(status))).toEqual([expect.stringContaining(says)]);
  });
});

describe('the GitHub token', () => {
  const settings = { repository: 'example-org/live', github: { token: { parameter: '/live-ci/token' } } };
  /** @param refusals path below the repository ▸ what GitHub answers there */
  const judged = async (
    refusals: Record<string, number>,
    parameter: Answer = json({ Parameter: { Value: 'secret' } }),
  ) => {
    await using gitHub = await awsEndpoint(({ name }) => ({
      status: refusals[name.replace(/^GET \/repos\/example-org\/live/, '')] ?? 200,
      body: [],
    }));
    process.env.LIVE_CI_GITHUB_API = gitHub.settings.endpoint;
    try {
      return { says: await found(tokenOfGitHub, () => parameter, settings), calls: gitHub.calls };
    } finally {
      delete process.env.LIVE_CI_GITHUB_API;
    }
  };

  test('is used to look, and changes nothing', async () => {
    const { says, calls } = await judged({});
    expect(says).toEqual([expect.stringMatching(/^✔ it reaches example-org\/live/)]);
    expect(new Set(calls.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer secret']));
    expect(calls.map(({ name }) => name).filter((name) => !name.startsWith('GET '))).toEqual([]);
  });

  test.each<[string, Record<string, number>, RegExp]>([
    [
      'may not see webhooks',
      { '/hooks': 404 },
      /^✘ it lacks "Webhooks: read and write" on example-org\/live \(the deployment makes the webhook/,
    ],
    ['may not see statuses', { '/commits/HEAD/statuses': 403 }, /^✘ it lacks "Commit statuses: read and write"/],
    ['is asked too often', { '/pulls': 429 }, /^\? GitHub answered 429/],
  ])('%s', async (_, refusals, says) => {
    expect((await judged(refusals)).says).toEqual([expect.stringMatching(says)]);
  });

  test('is said to be revoked, once', async () => {
    const all = Object.fromEntries(['', '/hooks', '/commits/HEAD/statuses', '/pulls'].map((path) => [path, 401]));
    expect((await judged(all)).says).toEqual([expect.stringMatching(/^✘ GitHub does not know it/)]);
  });

  test('is not there yet', async () => {
    const { says } = await judged({}, refused('ParameterNotFound', ''));
    expect(says).toEqual(['? there is no parameter /live-ci/token to read it from yet']);
  });
});

test('mails that nobody has confirmed are named', async () => {
  const member = (endpoint: string, arn: string) =>
    `<member><Protocol>email</Protocol><Endpoint>${endpoint}</Endpoint><SubscriptionArn>${arn}</SubscriptionArn></member>`;
  const answer =
    (...members: string[]) =>
    (call: Call) =>
      actionOf(call) === 'ListStackResources'
        ? xml(
            'ListStackResources',
            '<StackResourceSummaries><member><LogicalResourceId>Topic</LogicalResourceId><PhysicalResourceId>arn:aws:sns:us-east-1:123456789012:t</PhysicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus><LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp></member></StackResourceSummaries>',
          )
        : xml('ListSubscriptionsByTopic', `<Subscriptions>${members.join('')}</Subscriptions>`);
  const confirmed = member('ann@example.org', 'arn:aws:sns:us-east-1:123456789012:t:1');
  expect(await found(mails, answer(confirmed))).toEqual(['✔ 1 confirmed']);
  expect(await found(mails, answer(confirmed, member('bob@example.org', 'PendingConfirmation')))).toEqual([
    expect.stringMatching(/^✘ not confirmed, so that nobody is told there: bob@example.org;/),
  ]);
});

describe('before a deployment', () => {
  const ready: Check = { name: 'a', look: async () => ({ verdict: 'right', says: 'well' }) };
  const bad: Check = { name: 'b', look: async () => ({ verdict: 'wrong', says: 'mend it' }) };
  const odd: Check = { name: 'c', look: () => Promise.reject(new Error('no answer')) };

  test('everything that is wrong is told at once, and what nobody could look at stops nothing', async () => {
    await using account = await targetThatAnswers(nothing);
    await requireReady([ready, odd], account.target);
    expect(account.said).toEqual(['c: could not look: no answer']);
    await expect(requireReady([ready, bad, odd, { ...bad, name: 'd' }], account.target)).rejects.toThrow(
      'b: mend it\nd: mend it',
    );
  });

  test('nothing else is looked at in another account than the configuration names', async () => {
    await using other = await targetThatAnswers(nothing, {}, { account: '210987654321' });
    await expect(requireReady(beforeDeploying, other.target)).rejects.toThrow(
      /^account: Your credentials are of the account 210987654321/,
    );
    expect(other.calls).toEqual([]);
  });
});

test.each([
  ['AccessDenied', 'User: x is not authorized to perform: iam:GetRole on resource: y', 'iam:GetRole'],
  ['AuthorizationErrorException', 'no', 'unknown'],
  ['ThrottlingException', 'is not authorized to perform: iam:GetRole', undefined],
])('%s: %s', (name, message, permission) => {
  expect(deniedPermission(Object.assign(new Error(message), { name }))).toBe(permission);
});
