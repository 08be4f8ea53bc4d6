import { checkAccount } from '../../../src/deployment/check-account.ts';
import { checkBucket } from '../../../src/deployment/check-bucket.ts';
import { checkKey } from '../../../src/deployment/check-key.ts';
import { checkNotifications } from '../../../src/deployment/check-notifications.ts';
import { checkRegion } from '../../../src/deployment/check-region.ts';
import { checkRepository } from '../../../src/deployment/check-repository.ts';
import { givenToken } from '../../../src/deployment/secrets.ts';
import { importToken } from '../../../src/deployment/source-credentials.ts';
import { type Answer, s3Error } from '../../support/aws-endpoint.ts';
import { actionOf, noStack, stackAnswer, targetThatAnswers, templateAnswer } from '../../support/deployment-target.ts';

const nothing = () => ({ status: 500 });

describe('credentials of another account than the configuration names', () => {
  test('are refused, with both accounts', async () => {
    await using other = await targetThatAnswers(nothing, {}, { account: '210987654321' });
    await expect(checkAccount(other.target)).rejects.toThrow(/of the account 210987654321.*accountId: "123456789012"/);
  });

  test('are refused with what to write, when it names none', async () => {
    await using none = await targetThatAnswers(nothing, { accountId: '000000000000' });
    await expect(checkAccount(none.target)).rejects.toThrow('write accountId: "123456789012" into it');
  });

  test('and another region than the one that is deployed to as well', async () => {
    await using other = await targetThatAnswers(nothing, { region: 'eu-west-1' });
    await expect(checkAccount(other.target)).rejects.toThrow('says region: eu-west-1, and this is for us-east-1');
  });

  test('are the right ones where both agree', async () => {
    await using same = await targetThatAnswers(nothing);
    await expect(checkAccount(same.target)).resolves.toBeUndefined();
  });
});

describe('a configuration that names no repository', () => {
  test('is refused with what to write: pages and mails would name somebody else', async () => {
    await using none = await targetThatAnswers(nothing);
    expect(() => checkRepository(none.target)).toThrow('write repository: OWNER/NAME into it');
    await using named = await targetThatAnswers(nothing, { repository: 'acme/live' });
    expect(checkRepository(named.target)).toBeUndefined();
  });
});

describe('a region for which CodeBuild does not list machines for arm64', () => {
  test('is told, and the deployment goes on', async () => {
    const saidIn = async (region: string, build = {}) => {
      await using aws = await targetThatAnswers(nothing, { region, build }, { region });
      checkRegion(aws.target);
      return aws.said;
    };
    expect(await saidIn('eu-north-1')).toEqual([expect.stringContaining('set build.architecture: x86_64')]);
    expect(await saidIn('eu-north-1', { architecture: 'x86_64' })).toEqual([]);
    expect(await saidIn('eu-west-1')).toEqual([]);
  });
});

describe('an existing artifact bucket', () => {
  const settings = { artifacts: { bucket: 'example-artifacts' } };
  const versioning = (Status: string) => ({
    body: `<VersioningConfiguration><Status>${Status}</Status></VersioningConfiguration>`,
    headers: { 'content-type': 'application/xml' },
  });

  test('is taken when it is versioned, and in the account that is deployed to', async () => {
    await using versioned = await targetThatAnswers(() => versioning('Enabled'), settings);
    await checkBucket(versioned.target);
    expect(versioned.calls.map(({ headers }) => headers['x-amz-expected-bucket-owner'])).toEqual(['123456789012']);
  });

  test.each([
    ['NoSuchBucket', 404, 'does not exist; make it, or leave the setting out'],
    ['AccessDenied', 403, 'is not in the account 123456789012, or your credentials may not read its versioning'],
    ['PermanentRedirect', 301, 'is not in us-east-1'],
    ['SlowDown', 503, "can't be looked at: SlowDown"],
  ])('is refused when S3 answers %s', async (code, status, said) => {
    await using s3 = await targetThatAnswers(() => s3Error(status, code), settings);
    await expect(checkBucket(s3.target)).rejects.toThrow(`artifacts.bucket: example-artifacts ${said}`);
  });

  test('is refused when it is not versioned', async () => {
    await using suspended = await targetThatAnswers(() => versioning('Suspended'), settings);
    await expect(checkBucket(suspended.target)).rejects.toThrow('example-artifacts is not versioned; turn');
  });

  test('is not asked for when the stack makes its own', async () => {
    await using own = await targetThatAnswers(nothing);
    await checkBucket(own.target);
    expect(own.calls).toEqual([]);
  });
});

describe('an existing key', () => {
  const settings = { kmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/example' };
  const described = (more: object) => ({
    body: {
      KeyMetadata: {
        KeyId: 'example',
        KeyState: 'Enabled',
        KeySpec: 'SYMMETRIC_DEFAULT',
        KeyUsage: 'ENCRYPT_DECRYPT',
        ...more,
      },
    },
  });
  const error = (name: string) => ({ status: 400, body: { __type: name, message: `${name} it is` } });

  const kmsThatAnswers = (answer: Answer, said: object = settings, deployed: Record<string, Answer> = {}) =>
    targetThatAnswers(
      (call) => deployed[actionOf(call)] ?? (actionOf(call) === 'DescribeStacks' ? noStack : answer),
      said,
    );

  test('is taken when it is enabled and encrypts', async () => {
    await using kms = await kmsThatAnswers(described({}));
    await checkKey(kms.target);
    expect(kms.calls.at(-1)?.input.KeyId).toBe(settings.kmsKeyArn);
  });

  const other = 'arn:aws:kms:us-east-1:123456789012:key/other';
  const madeByStack = templateAnswer({ Resources: { Key: { Type: 'AWS::KMS::Key' } } });
  const madeElsewhere = templateAnswer({ Resources: {} });

  test.each([
    ['a key instead of the one that the stack made', settings, other, madeByStack, 'leave the setting out'],
    ['another key', settings, other, madeElsewhere, `write kmsKeyArn: ${other}`],
    ['no key any more', {}, other, madeElsewhere, `write kmsKeyArn: ${other}`],
  ])('can not take the place of what is in use: %s', async (_, said, deployed, GetTemplate, advice) => {
    await using kms = await kmsThatAnswers(described({}), said, {
      DescribeStacks: stackAnswer({ KeyArn: deployed }),
      GetTemplate,
    });
    await expect(checkKey(kms.target)).rejects.toThrow(`can be read with the stack's key ${other} only; ${advice}`);
  });

  test.each([
    ['the same key', settings, settings.kmsKeyArn, madeElsewhere],
    ['the one that the stack made', {}, other, madeByStack],
    ['the one that the stack made, by its name', { kmsKeyArn: other }, other, madeByStack],
  ])('stays: %s', async (_, said, deployed, GetTemplate) => {
    await using kms = await kmsThatAnswers(described({}), said, {
      DescribeStacks: stackAnswer({ KeyArn: deployed }),
      GetTemplate,
    });
    await expect(checkKey(kms.target)).resolves.toBeUndefined();
  });

  test.each<[string, Answer, string]>([
    ['it is not there', error('NotFoundException'), "can't be looked at: NotFoundException it is"],
    ['it is disabled', described({ KeyState: 'Disabled' }), 'the key is Disabled; enable it'],
    ['it is about to be deleted', described({ KeyState: 'PendingDeletion' }), 'the key is PendingDeletion'],
    [
      'it signs',
      described({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
      'the key is for SIGN_VERIFY with RSA_2048',
    ],
  ])('is refused when %s', async (_, answer, said) => {
    await using kms = await kmsThatAnswers(answer);
    await expect(checkKey(kms.target)).rejects.toThrow(`kmsKeyArn: ${said}`);
  });

  test('that may not be looked at is only said', async () => {
    await using kms = await kmsThatAnswers(error('AccessDeniedException'));
    await checkKey(kms.target);
    expect(kms.said).toEqual([expect.stringContaining('your credentials may not look at the key')]);
  });
});

describe('whom notifications go to', () => {
  const topicArn = 'arn:aws:sns:us-east-1:123456789012:operators';
  const settings = { notifications: { topicArn } };
  const xml = (status: number, body: string) => ({ status, body, headers: { 'content-type': 'text/xml' } });
  const topic = (attributes: Record<string, string>) => {
    const entries = Object.entries(attributes).map(
      ([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`,
    );
    return xml(
      200,
      `<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>${entries.join('')}</Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`,
    );
  };
  const error = (code: string) =>
    xml(
      403,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${code} it is</Message></Error></ErrorResponse>`,
    );

  test('is a topic that is there', async () => {
    await using sns = await targetThatAnswers(() => topic({ TopicArn: topicArn }), settings);
    await checkNotifications(sns.target);
    expect([sns.calls.length, sns.said]).toEqual([1, []]);
  });

  test.each<[string, Answer, string]>([
    ['is not there', error('NotFound'), "can't be looked at: NotFound it is"],
    ['is a FIFO topic', topic({ FifoTopic: 'true' }), 'is a FIFO topic, to which no alarm and no mail can go'],
  ])('a topic that %s is refused', async (_, answer, said) => {
    await using sns = await targetThatAnswers(() => answer, settings);
    await expect(checkNotifications(sns.target)).rejects.toThrow(`notifications.topicArn: ${said}`);
  });

  test.each<[string, Answer, string]>([
    ['may not be looked at', error('AuthorizationError'), 'your credentials may not look at the topic'],
    [
      'has a key of its own',
      topic({ KmsMasterKeyId: 'alias/aws/sns' }),
      'is encrypted with alias/aws/sns; nobody is told unless',
    ],
  ])('a topic that %s is only said', async (_, answer, said) => {
    await using sns = await targetThatAnswers(() => answer, settings);
    await checkNotifications(sns.target);
    expect(sns.said).toEqual([expect.stringContaining(said)]);
  });

  test('a webhook whose URL is not there yet is said', async () => {
    const missing = { status: 400, body: { __type: 'ParameterNotFound' } };
    const found = { body: { Parameter: { Name: '/example/teams', Value: 'hidden' } } };
    const webhooks = [
      { kind: 'slack', parameter: '/example/slack' },
      { kind: 'teams', parameter: '/example/teams' },
    ];
    await using ssm = await targetThatAnswers(({ input }) => (input.Name === '/example/slack' ? missing : found), {
      notifications: { webhooks },
    });
    await checkNotifications(ssm.target);
    expect(ssm.said).toEqual([expect.stringContaining('there is no parameter /example/slack yet')]);
  });
});

describe('a GitHub token', () => {
  const environment = { LIVE_CI_GITHUB_TOKEN: 'secret-token' };
  const settings = { github: { token: { parameter: '/example/github-token' } } };
  const template = { Resources: { PlanProject: { Type: 'AWS::CodeBuild::Project' } } };
  const codeBuildWith = (...authTypes: string[]) =>
    targetThatAnswers(
      ({ name }) => ({
        body:
          name === 'ListSourceCredentials'
            ? { sourceCredentialsInfos: authTypes.map((authType) => ({ serverType: 'GITHUB', authType })) }
            : { arn: 'arn' },
      }),
      settings,
    );

  test('is refused when there is no parameter to keep it in, without being shown', async () => {
    await using aws = await targetThatAnswers(nothing);
    expect(() => givenToken(aws.target, environment)).toThrow('set github.token.parameter, or unset the variable');
    expect(() => givenToken(aws.target, environment)).not.toThrow('secret-token');
    expect(givenToken(aws.target, {})).toBeUndefined();
  });

  test.each([[[]], [['PERSONAL_ACCESS_TOKEN']]])(
    'becomes the source credential of CodeBuild where it has %j',
    async (present) => {
      await using aws = await codeBuildWith(...present);
      await importToken(template, aws.target, environment);
      expect(aws.calls.at(-1)).toMatchObject({
        name: 'ImportSourceCredentials',
        input: {
          serverType: 'GITHUB',
          authType: 'PERSONAL_ACCESS_TOKEN',
          token: 'secret-token',
          shouldOverwrite: true,
        },
      });
      expect(aws.said.join()).toContain('for all projects of the account');
      expect(aws.said.join()).not.toContain('secret-token');
    },
  );

  test('leaves what somebody connected in the console as it is', async () => {
    await using aws = await codeBuildWith('OAUTH');
    await importToken(template, aws.target, environment);
    expect(aws.calls.map(({ name }) => name)).toEqual(['ListSourceCredentials']);
    expect(aws.said).toEqual(['CodeBuild is connected to GitHub already (OAUTH), and stays so.']);
  });

  test('is not given to CodeBuild where nothing runs there, and without one nothing is asked', async () => {
    await using aws = await codeBuildWith();
    await importToken({ Resources: {} }, aws.target, environment);
    await importToken(template, aws.target, {});
    expect(aws.calls).toEqual([]);
  });
});
