/** What builds run in on AWS, and who may begin and end them, as the packaged template has it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ArtifactsType,
  CacheType,
  ComputeType,
  CreateProjectInput$,
  CreateWebhookInput$,
  EnvironmentType,
  EnvironmentVariableType,
  LogsConfigStatusType,
  SourceAuthType,
  SourceType,
  StartBuildInput$,
  WebhookFilterType,
} from '@aws-sdk/client-codebuild';
import { configSchema } from '../../../src/config/schema.ts';
import { templateSettings } from '../../../src/deployment/template-settings.ts';
import { atRunTime, capital, faults, type Writing } from '../../support/api-model.ts';
import { type Ran, runBuildspec } from '../../support/buildspec.ts';
import { type Packaged, packaged } from '../../support/packaged.ts';

let deployment: Packaged;
beforeAll(async () => {
  deployment = await packaged();
});
afterAll(() => deployment[Symbol.asyncDispose]());

const inCloudFormation: Writing = {
  spelt: (member) => (member === 'buildspec' ? 'BuildSpec' : capital(member)),
  words: {
    'ProjectSource.type': SourceType,
    'SourceAuth.type': SourceAuthType,
    'ProjectArtifacts.type': ArtifactsType,
    'ProjectEnvironment.type': EnvironmentType,
    'ProjectEnvironment.computeType': ComputeType,
    'EnvironmentVariable.type': EnvironmentVariableType,
    'ProjectCache.type': CacheType,
    'CloudWatchLogsConfig.status': LogsConfigStatusType,
    'S3LogsConfig.status': LogsConfigStatusType,
    'WebhookFilter.type': WebhookFilterType,
  },
};

const inApi: Writing = { spelt: (member) => member, words: { 'EnvironmentVariable.type': EnvironmentVariableType } };

type Properties = Record<string, unknown>;

/** The template's value, but for what CloudFormation puts in. */
function filledIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filledIn);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && /^(Ref|Fn::.*)$/.test(entries[0]?.[0] ?? '')) return atRunTime;
  return Object.fromEntries(entries.map(([name, inner]) => [name, filledIn(inner)]));
}

const projects = () =>
  Object.entries(deployment.resources)
    .filter(([, { Type }]) => Type === 'AWS::CodeBuild::Project')
    .map(([name, { Properties }]) => ({ name, properties: filledIn(Properties) as Properties }));

test('CodeBuild takes the projects, with their images, variables and webhook, as they are written', () => {
  expect(projects().map(({ name }) => name)).toEqual(['EnqueueProject', 'PlanProject', 'ApplyProject']);
  for (const { name, properties } of projects()) {
    const { Triggers, ...project } = properties;
    expect([name, faults(CreateProjectInput$, project, inCloudFormation)]).toEqual([name, []]);
    if (!Triggers) continue;
    const { Webhook, ...triggers } = Triggers as Properties;
    expect(Webhook).toBe(true);
    expect(faults(CreateWebhookInput$, { ProjectName: atRunTime, ...triggers }, inCloudFormation)).toEqual([]);
  }
});

test('no build begins, or goes on, when its task has given up: it may wait and run for less time than the task waits', () => {
  const machine = Object.values(deployment.resources).find(
    ({ Properties }) => Properties.StateMachineName === 'live-ci-test-build',
  );
  const definition = machine?.Properties.DefinitionString as { 'Fn::Sub': [string, object] } | undefined;
  const { States } = JSON.parse(definition?.['Fn::Sub'][0] ?? '');
  const tasks = { EnqueueProject: 'Run sync', PlanProject: 'Run plan', ApplyProject: 'Run apply' };
  for (const { name, properties } of projects()) {
    const { QueuedTimeoutInMinutes: queued, TimeoutInMinutes: runs } = properties as Record<string, number>;
    const waits = States[tasks[name as keyof typeof tasks]].TimeoutSeconds / 60;
    expect([name, (queued ?? Number.NaN) + (runs ?? Number.NaN) < waits]).toEqual([name, true]);
  }
});

test('CodeBuild takes the times, whatever is configured', () => {
  const { queuedMinutes, planMinutes, applyMinutes } = templateSettings(
    configSchema.parse({ timeouts: { planMinutes: 480, applyMinutes: 480 } }),
    { prefix: 'live-ci-test', commandLine: 'command-line/0.zip' },
  );
  expect([queuedMinutes <= 480, planMinutes <= 2160, applyMinutes <= 2160]).toEqual([true, true, true]);
});

const buildspecs = () => projects().map(({ properties }) => (properties.Source as { BuildSpec: string }).BuildSpec);

/** Runs the steps of the buildspec of each project, with a `live-ci` of those words. */
async function runEach(liveCi: string, action = 'sync'): Promise<Ran[]> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-builds-'));
  const script = `["-c", ${JSON.stringify(liveCi)}, "live-ci", ...process.argv.slice(2)]`;
  const said = `process.exit(require("node:child_process").spawnSync("sh", ${script}, {stdio: "inherit"}).status);`;
  await writeFile(join(directory, 'live-ci.js'), said);
  const environment = {
    PATH: process.env.PATH ?? '',
    LIVE_CI_ACTION: action,
    CODEBUILD_SRC_DIR: directory,
    CODEBUILD_SRC_DIR_live_ci: directory,
  };
  try {
    return await Promise.all(buildspecs().map((text) => runBuildspec(text, { directory, environment })));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const writeResult = 'for one; do case $one in --result-file=*) echo \'{"ok":true}\' >"${one#*=}";; esac; done';

test('a build exports one variable, the result, which is the first that the state machine reads', async () => {
  for (const { succeeded, exported } of await runEach(writeResult)) {
    expect(succeeded).toBe(true);
    expect(exported).toEqual([{ Name: 'LIVE_CI_RESULT', Value: '{"ok":true}' }]);
  }
});

test('the clock has the build that enqueues look at the branch, and who began the build of an event is told', async () => {
  const rule = deployment.resources.BranchRule?.Properties as {
    ScheduleExpression: string;
    State: string;
    Targets: { Input: string; Arn: unknown; RoleArn: unknown }[];
  };
  expect(rule).toMatchObject({ ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' });
  const [{ Input, Arn, RoleArn } = { Input: '', Arn: undefined, RoleArn: undefined }] = rule.Targets;
  expect([Arn, RoleArn]).toEqual([
    { 'Fn::GetAtt': ['EnqueueProject', 'Arn'] },
    { 'Fn::GetAtt': ['BranchRole', 'Arn'] },
  ]);
  expect(faults(StartBuildInput$, { projectName: atRunTime, ...JSON.parse(Input) }, inApi)).toEqual([]);
  const { sourceVersion, environmentVariablesOverride } = JSON.parse(Input);
  expect(sourceVersion).toBe('main');
  const [{ name, value }] = environmentVariablesOverride;
  expect(name).toBe('LIVE_CI_ACTION');
  const [enqueue] = await runEach('echo "$@"', value);
  expect(enqueue).toMatchObject({ succeeded: true, output: expect.stringContaining('enqueue --ask --look\n') });
  const [pushed] = await runEach('echo "$@"', '');
  expect(pushed).toMatchObject({ succeeded: true, output: expect.stringContaining('enqueue --ask --event=') });
});

test.each([
  ['its command fails', 'exit 1'],
  ['its command fails after it wrote a result', `${writeResult}; exit 1`],
  ['its command leaves no result', 'exit 0'],
])('when %s, a build fails and exports nothing', async (_, liveCi) => {
  for (const { succeeded, exported } of await runEach(liveCi))
    expect({ succeeded, exported }).toEqual({ succeeded: false, exported: [] });
});

interface Policy {
  PolicyDocument: { Statement: { Action: string | string[]; Resource: unknown }[] };
}

const statementsOf = (role: string) =>
  ((deployment.resources[role]?.Properties.Policies ?? []) as Policy[]).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );

/** What a task needs that waits for a job: to begin it, to follow it, to end it when its own execution ends (Step Functions guide, IAM). */
const jobs = [
  {
    role: 'BuildRole',
    job: 'a build',
    start: 'codebuild:StartBuild',
    follow: 'codebuild:BatchGetBuilds',
    stop: 'codebuild:StopBuild',
    rule: 'StepFunctionsGetEventForCodeBuildStartBuildRule',
  },
  {
    role: 'PipelineRole',
    job: 'an execution of build',
    start: 'states:StartExecution',
    follow: 'states:DescribeExecution',
    stop: 'states:StopExecution',
    rule: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
  },
];

test.each(jobs)('whoever waits for $job may follow it, and stop it when its own execution is stopped', (needed) => {
  const statements = statementsOf(needed.role);
  const actions = statements.flatMap(({ Action }) => Action);
  expect(actions).toEqual(expect.arrayContaining([needed.start, needed.follow, needed.stop]));
  const onRule = statements.filter(({ Resource }) => JSON.stringify(Resource).includes(`rule/${needed.rule}`));
  expect(onRule.flatMap(({ Action }) => Action).sort()).toEqual([
    'events:DescribeRule',
    'events:PutRule',
    'events:PutTargets',
  ]);
});

test('whoever may start a build of a project may stop it, and the state machine starts those of all three', () => {
  const on = (action: string) =>
    statementsOf('BuildRole')
      .filter(({ Action }) => [Action].flat().includes(action))
      .flatMap(({ Resource }) => Resource);
  expect(on('codebuild:StartBuild')).toEqual(projects().map(({ name }) => ({ 'Fn::GetAtt': [name, 'Arn'] })));
  expect(on('codebuild:StopBuild')).toEqual(on('codebuild:StartBuild'));
});
