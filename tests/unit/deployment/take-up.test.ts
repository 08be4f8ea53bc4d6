import { keyTag, takeUp } from '../../../src/deployment/take-up.ts';
import type { Template } from '../../../src/deployment/target.ts';
import { type Answer, s3Error } from '../../support/aws-endpoint.ts';
import { actionOf, noStack, targetThatAnswers, templateAnswer } from '../../support/deployment-target.ts';

const template: Template = {
  Resources: {
    ArtifactBucket: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'Retain',
      Properties: {
        BucketName: { 'Fn::Sub': ['live-ci-test-artifacts-$', '{AWS::AccountId}-$', '{AWS::Region}'].join('') },
        VersioningConfiguration: { Status: 'Enabled' },
      },
    },
    Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } },
  },
};
const bucket = 'live-ci-test-artifacts-123456789012-us-east-1';
const fresh = { Resources: { ServerlessDeploymentBucket: { Type: 'AWS::S3::Bucket' } } };

const xml = (body: string): Answer => ({ body, headers: { 'content-type': 'text/xml' } });
const stack = (status: string) =>
  xml(
    `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackStatus>${status}</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
const tags = (key: string, value: string) =>
  xml(`<Tagging><TagSet><Tag><Key>${key}</Key><Value>${value}</Value></Tag></TagSet></Tagging>`);

const withStack = (deployed: Answer, answers: Record<string, Answer> = {}) =>
  targetThatAnswers(
    (call) =>
      ({
        GetTemplate: deployed,
        [`HEAD /${bucket}/`]: {},
        [`GET /${bucket}/`]: s3Error(404, 'NoSuchTagSet'),
        DescribeChangeSet: xml(
          '<DescribeChangeSetResponse><DescribeChangeSetResult><Status>CREATE_COMPLETE</Status></DescribeChangeSetResult></DescribeChangeSetResponse>',
        ),
        DescribeStacks: stack('IMPORT_COMPLETE'),
        CreateChangeSet: xml('<CreateChangeSetResponse><CreateChangeSetResult/></CreateChangeSetResponse>'),
        ExecuteChangeSet: xml('<ExecuteChangeSetResponse><ExecuteChangeSetResult/></ExecuteChangeSetResponse>'),
        ...answers,
      })[actionOf(call)] ?? { status: 500 },
  );

/** What the change set imports: logical id ▸ identifier. */
function imports(form: URLSearchParams): Record<string, string | null> {
  const found: Record<string, string | null> = {};
  for (let at = 1; form.has(`ResourcesToImport.member.${at}.LogicalResourceId`); at++) {
    const of = (name: string) => form.get(`ResourcesToImport.member.${at}.${name}`);
    found[of('LogicalResourceId') ?? ''] = of('ResourceIdentifier.entry.1.value');
  }
  return found;
}

test('a bucket that an earlier stack left is imported with the key that its tag names, and with nothing else', async () => {
  const key = 'arn:aws:kms:us-east-1:123456789012:key/one';
  await using aws = await withStack(templateAnswer(fresh), { [`GET /${bucket}/`]: tags(keyTag, key) });
  await takeUp(template, aws.target);
  const created = aws.calls.find((call) => actionOf(call) === 'CreateChangeSet');
  const form = new URLSearchParams(String(created?.input.text));
  expect(form.get('ChangeSetType')).toBe('IMPORT');
  expect(imports(form)).toEqual({ ArtifactBucket: bucket, Key: 'one' });
  expect(JSON.parse(form.get('TemplateBody') ?? '').Resources).toEqual({
    ...fresh.Resources,
    ArtifactBucket: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: { BucketName: bucket },
    },
    Key: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: {} },
  });
  expect(aws.calls.map(actionOf)).toContain('ExecuteChangeSet');
  expect(aws.said).toEqual([`The bucket ${bucket} is there from an earlier deployment, and is taken up again.`]);
});

test('a key that is not the tagged one is never taken into the stack', async () => {
  await using aws = await withStack(templateAnswer(fresh), { [`GET /${bucket}/`]: tags('team', 'platform') });
  await takeUp(template, aws.target);
  const created = aws.calls.find((call) => actionOf(call) === 'CreateChangeSet');
  expect(imports(new URLSearchParams(String(created?.input.text)))).toEqual({ ArtifactBucket: bucket });
});

test("a bucket whose key is the earlier stack's is not taken up with another key, which could not read it", async () => {
  const [before, named] = ['one', 'two'].map((name) => `arn:aws:kms:us-east-1:123456789012:key/${name}`);
  await using aws = await withStack(templateAnswer(fresh), { [`GET /${bucket}/`]: tags(keyTag, before ?? '') });
  const { Key: _, ...Resources } = template.Resources;
  const target = (kmsKeyArn = '') => ({ ...aws.target, config: { ...aws.target.config, kmsKeyArn } });
  await expect(takeUp({ Resources }, target(named))).rejects.toThrow(`can be read with ${before} only`);
  await expect(takeUp({ Resources }, target(before))).resolves.toBeUndefined();
});

test.each([
  ['there is no stack yet', noStack, {}],
  ['the stack has the bucket', templateAnswer(template), {}],
  ['no bucket was left', templateAnswer(fresh), { [`HEAD /${bucket}/`]: { status: 404 } }],
])('nothing is imported when %s', async (_, deployed, answers) => {
  await using aws = await withStack(deployed, answers);
  await takeUp(template, aws.target);
  expect(aws.calls.map(actionOf)).not.toContain('CreateChangeSet');
});

test('nothing is imported where the configuration names the bucket', async () => {
  await using aws = await withStack(templateAnswer(fresh));
  await takeUp({ Resources: {} }, aws.target);
  expect(aws.calls).toEqual([]);
});

test("a bucket of that name that is somebody else's stops the deployment", async () => {
  await using aws = await withStack(templateAnswer(fresh), { [`HEAD /${bucket}/`]: { status: 403 } });
  await expect(takeUp(template, aws.target)).rejects.toThrow(
    `The bucket ${bucket} is there already, in another account`,
  );
});

test("a stack that is deployed already, with a bucket of the configuration's, goes on with the other one only when told to", async () => {
  const large = { Resources: { ...fresh.Resources, Large: { Type: 'x', Description: 'x'.repeat(60_000) } } };
  await using aws = await withStack(templateAnswer(large));
  await expect(takeUp(template, aws.target)).rejects.toThrow(`set artifacts.bucket: ${bucket} to go on with it`);
});
