/** What the stack makes itself, as the configuration says. */
import { type Packaged, packaged, permissionsOf } from '../../support/packaged.ts';

let own: Packaged;
beforeAll(async () => {
  own = await packaged({
    artifacts: { tags: { of: 'artifacts' }, planDays: 400, removeWithStack: true },
    roles: { pipeline: { name: 'network-pipeline', description: 'Delivers the network', maxSessionSeconds: 7200 } },
    build: { image: 'aws/codebuild/standard:7.0', architecture: 'x86_64', buildspec: 'ci/buildspec.yml' },
    approvals: { page: { enabled: false } },
  });
});
afterAll(() => own[Symbol.asyncDispose]());

type Properties = Record<string, unknown>;
const properties = (name: string) => own.resources[name]?.Properties as Properties;

test('the bucket, with its tags and the days that it keeps plans, stays until the stack is gone; the key goes with the stack', () => {
  const { ArtifactBucket, Key } = own.resources;
  const { Tags, LifecycleConfiguration } = properties('ArtifactBucket');
  expect([ArtifactBucket?.DeletionPolicy, Key?.DeletionPolicy]).toEqual(['RetainExceptOnCreate', 'Delete']);
  expect(Tags).toContainEqual({ Key: 'of', Value: 'artifacts' });
  const { Rules } = LifecycleConfiguration as { Rules: Properties[] };
  for (const Prefix of ['plans/', 'applies/'])
    expect(Rules).toContainEqual(expect.objectContaining({ Prefix, ExpirationInDays: 400 }));
});

test('the role of the pipeline', () => {
  expect(properties('PipelineRole')).toMatchObject({
    RoleName: 'network-pipeline',
    Description: 'Delivers the network',
    MaxSessionDuration: 7200,
  });
});

test("plans and applies by the repository's own buildspec, and what enqueues by the deployment's", () => {
  const spec = (name: string) => (properties(name).Source as { BuildSpec: string }).BuildSpec;
  expect([spec('PlanProject'), spec('ApplyProject')]).toEqual(['ci/buildspec.yml', 'ci/buildspec.yml']);
  expect(JSON.parse(spec('EnqueueProject')).phases.install['runtime-versions']).toEqual({ nodejs: 24 });
});

test('no page', () => {
  expect(own.resources).not.toHaveProperty('PageLambdaFunction');
  expect(own.outputs).not.toHaveProperty('ApprovalPageUrl');
});

test('no topics of approvers, where there are none or no page', () => {
  expect(Object.keys(own.resources).filter((name) => name.startsWith('Approver'))).toEqual([]);
  expect(permissionsOf(own, 'PollRole').map(({ Sid }) => Sid)).not.toContain('SigningKey');
});
