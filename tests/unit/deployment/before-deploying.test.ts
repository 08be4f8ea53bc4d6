import { checkAccount } from '../../../src/deployment/check-account.ts';
import { checkBucket } from '../../../src/deployment/check-bucket.ts';
import { givenToken } from '../../../src/deployment/secrets.ts';
import { importToken } from '../../../src/deployment/source-credentials.ts';
import { s3Error } from '../../support/aws-endpoint.ts';
import { targetThatAnswers } from '../../support/deployment-target.ts';

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
