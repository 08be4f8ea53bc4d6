import { parseSigningKeys } from '../../../src/approval/signing-key.ts';
import { writeSecrets } from '../../../src/deployment/secrets.ts';
import { awsError } from '../../support/aws-endpoint.ts';
import { actionOf, stackAnswer, targetThatAnswers } from '../../support/deployment-target.ts';

const now = new Date('2026-01-02T03:04:05Z');
const key = 'arn:aws:kms:us-east-1:123456789012:key/one';
const settings = {
  tags: { team: 'platform' },
  approvals: { signingKey: { tags: { part: 'links' } } },
  github: { token: { parameter: '/example/github-token', description: 'a token' } },
};

const withoutParameters = (more: object = {}) =>
  targetThatAnswers(
    (call) => {
      if (actionOf(call) === 'DescribeStacks') return stackAnswer({ KeyArn: key });
      return call.name === 'GetParameter' ? awsError('ParameterNotFound') : { body: {} };
    },
    { ...settings, ...more },
  );

const written = (calls: { name: string; input: Record<string, unknown> }[]) =>
  calls.filter(({ name }) => name === 'PutParameter').map(({ input }) => input);

test('the key that signs links is made under the key of the stack, described and tagged, and shown to nobody', async () => {
  await using aws = await withoutParameters();
  await writeSecrets(aws.target, {}, now);
  const [parameter] = written(aws.calls);
  expect(parameter).toMatchObject({
    Name: '/live-ci-test/signing-key',
    Type: 'SecureString',
    KeyId: key,
    Description: 'Signs links to the approval page',
    Tags: [
      { Key: 'team', Value: 'platform' },
      { Key: 'part', Value: 'links' },
    ],
  });
  const { keys } = parseSigningKeys(String(parameter?.Value));
  expect(keys).toHaveLength(1);
  expect(aws.said).toEqual(['The key that signs links is made: the parameter /live-ci-test/signing-key.']);
});

test('no key is made where there is no approval page', async () => {
  await using aws = await withoutParameters({ approvals: { page: { enabled: false } } });
  await writeSecrets(aws.target, {}, now);
  expect(written(aws.calls)).toEqual([]);
});

test('a GitHub token that is given is written over the one before, described, and shown to nobody', async () => {
  await using aws = await withoutParameters();
  await writeSecrets(aws.target, { LIVE_CI_GITHUB_TOKEN: ' secret-token\n' }, now);
  expect(written(aws.calls).at(-1)).toMatchObject({
    Name: '/example/github-token',
    Value: 'secret-token',
    Type: 'SecureString',
    KeyId: key,
    Description: 'a token',
    Overwrite: true,
  });
  expect(aws.said.join()).not.toContain('secret-token');
});

test('without one, the token that is there is left alone', async () => {
  await using aws = await withoutParameters();
  await writeSecrets(aws.target, {}, now);
  expect(written(aws.calls).map(({ Name }) => Name)).toEqual(['/live-ci-test/signing-key']);
});
