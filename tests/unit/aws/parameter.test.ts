import { SSMClient } from '@aws-sdk/client-ssm';
import { type ParameterSettings, SecureParameter } from '../../../src/aws/parameter.ts';
import { type Answer, awsEndpoint, awsError, type Call } from '../../support/aws-endpoint.ts';

const settings: ParameterSettings = {
  name: '/live-ci/secret',
  description: 'A secret',
  tags: { team: 'platform' },
  kmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/one',
};

async function parameterThatAnswers(answer: (call: Call) => Answer, more: Partial<ParameterSettings> = {}) {
  const endpoint = await awsEndpoint(answer);
  return {
    calls: endpoint.calls,
    parameter: new SecureParameter(new SSMClient(endpoint.settings), { ...settings, ...more }),
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

describe('a secret parameter', () => {
  test('is read decrypted, and undefined where there is none', async () => {
    await using there = await parameterThatAnswers(() => ({ body: { Parameter: { Value: 'secret' } } }));
    expect(await there.parameter.read()).toBe('secret');
    expect(there.calls[0]?.input).toEqual({ Name: '/live-ci/secret', WithDecryption: true });
    await using missing = await parameterThatAnswers(() => awsError('ParameterNotFound'));
    expect(await missing.parameter.read()).toBeUndefined();
    await using forbidden = await parameterThatAnswers(() => awsError('AccessDeniedException'));
    await expect(forbidden.parameter.read()).rejects.toThrow('AccessDenied');
  });

  test('is made as a SecureString with description, tags and key, and never over another', async () => {
    await using ssm = await parameterThatAnswers(() => ({ body: { Version: 1 } }));
    expect(await ssm.parameter.create('secret')).toBe(true);
    expect(ssm.calls.map(({ name, input }) => [name, input])).toEqual([
      [
        'PutParameter',
        {
          Name: '/live-ci/secret',
          Value: 'secret',
          Type: 'SecureString',
          Description: 'A secret',
          KeyId: settings.kmsKeyArn,
          Tags: [{ Key: 'team', Value: 'platform' }],
        },
      ],
    ]);
    await using taken = await parameterThatAnswers(() => awsError('ParameterAlreadyExists'));
    expect(await taken.parameter.create('secret')).toBe(false);
  });

  test('is replaced, and then tagged: Parameter Store does not do both at once', async () => {
    await using ssm = await parameterThatAnswers(() => ({ body: { Version: 2 } }));
    await ssm.parameter.replace('new');
    expect(ssm.calls.map(({ name, input }) => [name, input.Overwrite, input.Tags])).toEqual([
      ['PutParameter', true, undefined],
      ['AddTagsToResource', undefined, [{ Key: 'team', Value: 'platform' }]],
    ]);
  });

  test('without tags and key is written with one call, under the key of the account', async () => {
    await using ssm = await parameterThatAnswers(() => ({ body: { Version: 2 } }), { tags: {}, kmsKeyArn: null });
    await ssm.parameter.replace('new');
    expect(ssm.calls.map(({ name, input }) => [name, input.KeyId])).toEqual([['PutParameter', undefined]]);
  });
});
