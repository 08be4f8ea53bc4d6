/** Who may do what in the packaged template, and who may take on which role. */
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { bucketOfWorld, folderOf } from '../../../src/selftest/world.ts';
import { account, machineArn, region, Template } from '../../support/cloud-formation.ts';
import { root } from '../../support/docs.ts';
import { allows, type Call, rolesIn, type Statement } from '../../support/iam.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { type Packaged, packaged } from '../../support/packaged.ts';
import { permissionsInDocument, permissionsTable } from '../../support/permissions-table.ts';
import { testNames, testsNamedIn } from '../../support/test-names.ts';

const boundary = 'arn:aws:iam::123456789012:policy/boundary';

let deployment: Packaged;
let template: Template;
let roles: Map<string, Statement[]>;
beforeAll(async () => {
  deployment = await packaged();
  template = new Template(deployment.resources);
  roles = rolesIn(template);
});
afterAll(() => deployment[Symbol.asyncDispose]());

const may = (role: string, action: Call['action'], resource: Call['resource'], context = {}) =>
  allows(roles.get(role) ?? [], { role, action, resource, context });
const whoMay = (action: string, resource: string) =>
  [...roles.keys()].filter((role) => may(role, action, resource)).sort();
const key = (name: string) => `${template.arn('ArtifactBucket')}/${name}`;

const id = '0123456789ab-1';
/** Names of units that look like folders and files of the bucket. */
const units = ['prod/vpc', 'plans', 'applies', 'approvals', 'requests', 'delivery', '../pipeline/state', '*'];
const plans = units.flatMap((unit) => [
  bucketKeys.result(id, unit, 'plan'),
  bucketKeys.log(id, unit, 'plan'),
  bucketKeys.planFile(id, unit, 'abc'),
  bucketKeys.besidePlan(id, unit, 'abc'),
  bucketKeys.planJson(id, unit, 'abc'),
  bucketKeys.planText(id, unit, 'abc'),
]);
const applies = units.flatMap((unit) => [
  ...['apply', 'destroy', 'plan-rollback', 'rollback'].flatMap((one) => [
    bucketKeys.result(id, unit, one),
    bucketKeys.log(id, unit, one),
  ]),
  bucketKeys.planFile(id, unit, 'abc', 'rollback'),
]);
const tokens = [bucketKeys.token(id, 'abc')];
const decisions = [
  ...units.flatMap((unit) => [bucketKeys.request(id, unit), bucketKeys.request(id, unit, 'rollback')]),
  bucketKeys.rollbackRequest(id),
  bucketKeys.cancelled(id),
  bucketKeys.declined(id),
];
const state = [
  bucketKeys.pointer,
  bucketKeys.applied,
  bucketKeys.enqueued,
  bucketKeys.refused,
  bucketKeys.changeSet(1),
  bucketKeys.delivery(id),
  bucketKeys.definition(id),
  bucketKeys.outcomes(id),
  bucketKeys.sync(id),
  bucketKeys.proposal,
  bucketKeys.group(id, 1),
];

describe('whatever a unit is called,', () => {
  test('only plan builds write plans, and only apply builds write what applies leave', () => {
    for (const name of plans) expect([name, whoMay('s3:PutObject', key(name))]).toEqual([name, ['PlanRole']]);
    for (const name of applies) expect([name, whoMay('s3:PutObject', key(name))]).toEqual([name, ['ApplyRole']]);
  });

  test('the cache of plan builds and that of apply builds are open to the builds of that kind only', () => {
    for (const action of ['s3:GetObject', 's3:PutObject']) {
      expect(whoMay(action, key('cache/plan/tools.zip'))).toEqual(['PlanRole']);
      expect(whoMay(action, key('cache/apply/tools.zip'))).toEqual(['ApplyRole']);
    }
  });

  test('no build writes what is delivered, what was asked or what was decided', () => {
    for (const name of [...state, ...decisions, ...tokens]) {
      const writers = whoMay('s3:PutObject', key(name));
      expect([name, writers.filter((role) => ['PlanRole', 'ApplyRole'].includes(role))]).toEqual([name, []]);
    }
  });

  test('only request-approval and decide read task tokens', () => {
    for (const name of tokens) expect(whoMay('s3:GetObject', key(name))).toEqual(['DecideRole', 'RequestApprovalRole']);
  });
});

test('no build writes what a self test goes by, and plan builds write none of its states', async () => {
  const world = { run: 'r1', tool: 'terraform', name: 'deliver' } as const;
  const bucket = new MemoryBucket();
  const own = bucketOfWorld(world, bucket);
  for (const name of [bucketKeys.pointer, bucketKeys.applied, bucketKeys.enqueued, bucketKeys.changeSet(1)])
    await own.write(name, '');
  const writers = (name: string) => whoMay('s3:PutObject', key(name));
  for (const name of bucket.objects.keys())
    expect([name, writers(name)]).toEqual([name, name.endsWith('/applied.json') ? ['FinishRole'] : []]);
  expect(bucket.objects.size).toBe(4);
  expect(writers(`${folderOf(world)}selftest/app.tfstate`)).toEqual(['ApplyRole']);
  expect(writers(`${folderOf(world)}selftest/app.tfstate.tflock`)).toEqual(['ApplyRole', 'PlanRole']);
});

test('no build answers a task, starts an execution, changes a state machine, sends a message or calls a function', () => {
  const actions = [
    ['states:SendTaskSuccess', machineArn(template, 'build')],
    ['states:StartExecution', machineArn(template, 'decision')],
    ['states:StartExecution', machineArn(template, 'build')],
    ['states:StartExecution', machineArn(template, 'pipeline')],
    ['states:UpdateStateMachine', machineArn(template, 'pipeline')],
    ['lambda:InvokeFunction', template.arn('DecideLambdaFunction')],
    ['sqs:SendMessage', template.arn('Queue')],
  ] as const;
  for (const [action, resource] of actions) {
    expect(may('PlanRole', action, resource)).toBe(false);
    expect(may('ApplyRole', action, resource)).toBe(false);
  }
});

test('only the state machine build starts plans and applies, and only the poll rewrites the pipeline', () => {
  for (const project of ['PlanProject', 'ApplyProject'])
    expect(whoMay('codebuild:StartBuild', template.arn(project))).toEqual(['BuildRole']);
  expect(whoMay('codebuild:StartBuild', template.arn('EnqueueProject'))).toEqual(['BranchRole', 'BuildRole']);
  for (const machine of ['pipeline', 'build', 'decision'])
    expect(whoMay('states:UpdateStateMachine', machineArn(template, machine))).toEqual(
      machine === 'pipeline' ? ['PollRole'] : [],
    );
  expect(whoMay('states:StartExecution', machineArn(template, 'build'))).toEqual(['PipelineRole']);
  expect(whoMay('states:StartExecution', machineArn(template, 'decision'))).toEqual([]);
});

test('no role may do everything with anything: an action is named, and where a service has resources, so is the resource', () => {
  const withoutResources =
    /^(logs:\w+(Deliver(y|ies)|ResourcePolic(y|ies)|LogGroups)|xray:\w+|states:(ValidateStateMachineDefinition|SendTask\w+))$/;
  for (const [role, statements] of roles)
    for (const { actions, resources } of statements) {
      expect([role, actions.filter((action) => action.includes('*'))]).toEqual([role, []]);
      if (resources.includes('*'))
        expect([role, actions.filter((one) => !withoutResources.test(one))]).toEqual([role, []]);
      expect([role, resources.filter((one) => /^arn:aws:s3:::[^/]*\*/.test(one))]).toEqual([role, []]);
    }
});

test('every role trusts one service, and that only on behalf of this account and, where it says for what, of this deployment', () => {
  for (const [role, { Properties }] of template.of('AWS::IAM::Role')) {
    const { Statement } = Properties.AssumeRolePolicyDocument as { Statement: Trust[] };
    expect([role, Statement.length]).toEqual([role, 1]);
    const [{ Principal, Condition = {} }] = Statement as [Trust];
    expect(['lambda', 'states', 'codebuild', 'events'].map((service) => `${service}.amazonaws.com`)).toContain(
      Principal.Service,
    );
    expect(template.texts(Condition.StringEquals?.['aws:SourceAccount'])).toEqual([account]);
    if (Principal.Service === 'lambda.amazonaws.com') continue;
    const service = String(Principal.Service).split('.')[0];
    for (const arn of template.texts(Condition.ArnLike?.['aws:SourceArn']))
      expect(arn).toMatch(
        new RegExp(
          `^arn:aws:${service}:${region}:${account}:(project/|stateMachine:|rule/)live-ci-test-\\w+([:/]\\*)?$`,
        ),
      );
  }
});

test('the role of the pipeline is for the state machine, its versions, and the executions of its Maps', () => {
  const { PipelineRole } = template.resources as Record<string, { Properties: Record<string, unknown> }>;
  const { Statement } = (PipelineRole?.Properties.AssumeRolePolicyDocument ?? {}) as { Statement: [Trust] };
  const trusted = template.texts(Statement[0].Condition?.ArnLike?.['aws:SourceArn']);
  const pipeline = machineArn(template, 'pipeline');
  for (const form of [pipeline, `${pipeline}:*`, `${pipeline}/*`]) expect(trusted).toContain(form);
});

interface Trust {
  Principal: { Service: string };
  Condition?: Record<string, Record<string, unknown>>;
}

test('every role has the permissions boundary when there is one', async () => {
  await using bounded = await packaged({ roles: { permissionsBoundaryArn: boundary } } as never);
  for (const [role, { Properties }] of new Template(bounded.resources).of('AWS::IAM::Role'))
    expect([role, Properties.PermissionsBoundary]).toEqual([role, boundary]);
});

describe('docs/security.md', () => {
  test('shows the permissions of the template', () => {
    expect(permissionsInDocument()).toBe(permissionsTable(template));
  });

  test('names tests that there are', () => {
    const named = testsNamedIn(`${root}/docs/security.md`);
    expect(named.length).toBeGreaterThan(10);
    const there = testNames(`${root}/tests`);
    expect(named.filter((name) => !there.has(name))).toEqual([]);
  });
});
