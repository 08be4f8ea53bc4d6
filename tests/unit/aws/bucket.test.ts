import { S3Client } from '@aws-sdk/client-s3';
import { S3Bucket } from '../../../src/aws/bucket.ts';
import { type Answer, awsEndpoint, type Call, s3Error } from '../../support/aws-endpoint.ts';

async function bucketThatAnswers(answer: (call: Call) => Answer) {
  const endpoint = await awsEndpoint(answer);
  return {
    calls: endpoint.calls,
    bucket: new S3Bucket(new S3Client(endpoint.settings), 'artifacts'),
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

describe('the artifact bucket', () => {
  test('answers with the object and its etag', async () => {
    await using s3 = await bucketThatAnswers(() => ({ body: 'hello', headers: { etag: '"one"' } }));
    const object = await s3.bucket.read('a/b c.json');
    expect([object?.body.toString(), object?.etag]).toEqual(['hello', '"one"']);
    expect(s3.calls.map((call) => call.name)).toEqual(['GET /artifacts/a/b c.json']);
  });

  test('answers undefined for an object that is not there, and throws when it may not look', async () => {
    await using missing = await bucketThatAnswers(() => s3Error(404, 'NoSuchKey'));
    expect(await missing.bucket.read('a')).toBeUndefined();
    await using forbidden = await bucketThatAnswers(() => s3Error(403, 'AccessDenied'));
    await expect(forbidden.bucket.read('a')).rejects.toThrow('AccessDenied');
  });

  test('writes on the condition that it is given', async () => {
    await using s3 = await bucketThatAnswers(() => ({ headers: { etag: '"two"' } }));
    expect(await s3.bucket.write('a', 'x', { ifMatch: '"one"' })).toBe('"two"');
    expect(await s3.bucket.write('a', 'x', { ifNoneMatch: '*' })).toBe('"two"');
    expect(await s3.bucket.write('a', 'x')).toBe('"two"');
    const conditions = s3.calls.map(({ headers }) => [headers['if-match'], headers['if-none-match']]);
    expect(conditions).toEqual([
      ['"one"', undefined],
      [undefined, '*'],
      [undefined, undefined],
    ]);
  });

  test.each([
    [412, 'PreconditionFailed'],
    [404, 'NoSuchKey'],
  ])('answers undefined when somebody else wrote first: %s %s', async (status, code) => {
    await using s3 = await bucketThatAnswers(() => s3Error(status, code));
    expect(await s3.bucket.write('a', 'x', { ifMatch: '"one"' })).toBeUndefined();
    await expect(s3.bucket.write('a', 'x')).rejects.toThrow(code);
  });

  test('tries again when two conditional writes met: it may be that neither was made', async () => {
    let met = 0;
    await using s3 = await bucketThatAnswers(() =>
      ++met < 3 ? s3Error(409, 'ConditionalRequestConflict') : { headers: { etag: '"two"' } },
    );
    expect(await s3.bucket.write('a', 'x', { ifNoneMatch: '*' })).toBe('"two"');
    await using always = await bucketThatAnswers(() => s3Error(409, 'ConditionalRequestConflict'));
    await expect(always.bucket.write('a', 'x', { ifNoneMatch: '*' })).rejects.toThrow('ConditionalRequestConflict');
  });

  test('lists all keys, over as many pages as there are, sorted', async () => {
    const page = (keys: string[], next?: string) => ({
      headers: { 'content-type': 'application/xml' },
      body: `<?xml version="1.0"?><ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${keys
        .map((key) => `<Contents><Key>${key}</Key></Contents>`)
        .join('')}${next ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}</ListBucketResult>`,
    });
    await using s3 = await bucketThatAnswers(({ query }) =>
      query.get('continuation-token') === 'more' ? page(['p/a']) : page(['p/c', 'p/b'], 'more'),
    );
    expect(await s3.bucket.list('p/')).toEqual(['p/a', 'p/b', 'p/c']);
    expect(s3.calls.map(({ query }) => query.get('prefix'))).toEqual(['p/', 'p/']);
  });
});
