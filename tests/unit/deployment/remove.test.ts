import { startingPointer } from '../../../src/delivery/pointer.ts';
import { bucketToRemove, checkNothingRuns, removeBucket } from '../../../src/deployment/remove.ts';
import { removeSigningKey } from '../../../src/deployment/secrets.ts';
import { type Answer, awsError } from '../../support/aws-endpoint.ts';
import { actionOf, noStack, stackAnswer, targetThatAnswers, templateAnswer } from '../../support/deployment-target.ts';

const running = { delivery: 'new-1', phase: 'started', execution: 'arn:execution', stateMachineVersion: 'arn:1' };

const stackWith = (pointer: object, more: Record<string, Answer> = {}, settings: object = {}) =>
  targetThatAnswers((call) => {
    const answers: Record<string, Answer> = {
      DescribeStacks: stackAnswer({ ArtifactBucketName: 'artifacts' }),
      'GET /artifacts/pipeline/state.json': { body: { ...startingPointer, ...pointer }, headers: { etag: '"1"' } },
      StopExecution: { body: { stopDate: 1 } },
      ...more,
    };
    return answers[actionOf(call)] ?? { status: 500 };
  }, settings);

describe('a stack', () => {
  test('is removed when nothing runs, or when it is not there', async () => {
    await using idle = await stackWith({});
    await expect(checkNothingRuns(idle.target, false)).resolves.toBeUndefined();
    await using gone = await targetThatAnswers(() => noStack);
    await expect(checkNothingRuns(gone.target, false)).resolves.toBeUndefined();
    expect(await bucketToRemove(gone.target)).toBeUndefined();
  });

  test('is not removed while a delivery runs, but with force, which stops it', async () => {
    await using busy = await stackWith({ running });
    await expect(checkNothingRuns(busy.target, false)).rejects.toThrow('Delivery new-1 runs, and would be cut off');
    expect(busy.calls.map(actionOf)).not.toContain('StopExecution');
    await checkNothingRuns(busy.target, true);
    expect(busy.calls.at(-1)).toMatchObject({ name: 'StopExecution', input: { executionArn: 'arn:execution' } });
  });

  test('is removed with force when a delivery is only announced', async () => {
    await using busy = await stackWith({ running: { ...running, phase: 'intended', execution: null } });
    await checkNothingRuns(busy.target, true);
    expect(busy.calls.map(actionOf)).not.toContain('StopExecution');
  });
});

describe('the artifact bucket', () => {
  const deployed = (DeletionPolicy: string) => ({
    GetTemplate: templateAnswer({ Resources: { Key: { Type: 'AWS::KMS::Key', DeletionPolicy } } }),
  });

  test('stays unless the configuration says otherwise, and an existing one always does', async () => {
    await using stays = await stackWith({}, deployed('Retain'));
    expect(await bucketToRemove(stays.target)).toBeUndefined();
    await using goes = await stackWith({}, deployed('Delete'), { artifacts: { removeWithStack: true } });
    expect(await bucketToRemove(goes.target)).toBe('artifacts');
    const existing = { artifacts: { removeWithStack: true, bucket: 'example' } };
    await using yours = await stackWith({}, deployed('Delete'), existing);
    expect(await bucketToRemove(yours.target)).toBeUndefined();
  });

  test.each([
    [true, 'Retain', 'would stay without the bucket'],
    [false, 'Delete', 'could not be read any more'],
  ])(
    'never parts from its key: removeWithStack %s is refused on a stack deployed with %s',
    async (removeWithStack, policy, said) => {
      await using stack = await stackWith({}, deployed(policy), { artifacts: { removeWithStack } });
      await expect(bucketToRemove(stack.target)).rejects.toThrow(said);
    },
  );

  test('is emptied of every version and marker, a page at a time, and then removed', async () => {
    const page = (inner: string) => ({
      body: `<ListVersionsResult>${inner}</ListVersionsResult>`,
      headers: { 'content-type': 'application/xml' },
    });
    const pages = [
      page(
        '<Version><Key>a</Key><VersionId>1</VersionId></Version><DeleteMarker><Key>a</Key><VersionId>2</VersionId></DeleteMarker>',
      ),
      page('<Version><Key>b</Key><VersionId>3</VersionId></Version>'),
      page(''),
    ];
    await using s3 = await targetThatAnswers(({ name }) =>
      name.startsWith('GET') ? (pages.shift() ?? { status: 500 }) : page(''),
    );
    await removeBucket('artifacts', s3.target);
    expect(s3.calls.map(({ name, query }) => `${name}${query.has('delete') ? '?delete' : ''}`)).toEqual([
      'GET /artifacts/',
      'POST /artifacts/?delete',
      'GET /artifacts/',
      'POST /artifacts/?delete',
      'GET /artifacts/',
      'DELETE /artifacts/',
    ]);
    expect(String(s3.calls[1]?.input.text)).toMatch(/<Key>a<\/Key><VersionId>1<.*<Key>a<\/Key><VersionId>2</);
    expect(s3.said.at(-2)).toBe('3 version(s) of objects are removed from artifacts.');
  });

  test('is left as it is from the first object that can not be removed', async () => {
    const answer = { headers: { 'content-type': 'application/xml' } };
    await using locked = await targetThatAnswers(({ name }) =>
      name.startsWith('GET')
        ? {
            ...answer,
            body: '<ListVersionsResult><Version><Key>a</Key><VersionId>1</VersionId></Version></ListVersionsResult>',
          }
        : {
            ...answer,
            body: '<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code><Message>locked</Message></Error></DeleteResult>',
          },
    );
    await expect(removeBucket('artifacts', locked.target)).rejects.toThrow(
      '1 object(s) of artifacts could not be removed (a: locked)',
    );
    expect(locked.calls.map(({ name }) => name)).not.toContain('DELETE /artifacts/');
  });
});

test('the signing key that the deployment made goes with the stack, and one with a name of its own stays', async () => {
  await using made = await targetThatAnswers(() => ({ body: {} }));
  await removeSigningKey(made.target);
  expect(made.calls.map(({ name, input }) => [name, input])).toEqual([
    ['DeleteParameter', { Name: '/live-ci-test/signing-key' }],
  ]);
  await using gone = await targetThatAnswers(() => awsError('ParameterNotFound'));
  await expect(removeSigningKey(gone.target)).resolves.toBeUndefined();
  const named = { approvals: { signingKey: { parameter: '/example/signing-key' } } };
  await using yours = await targetThatAnswers(() => ({ body: {} }), named);
  await removeSigningKey(yours.target);
  expect(yours.calls).toEqual([]);
});
