import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { giveDecision } from '../../approval/give-decision.ts';
import { codeBuild, lambda, sfn } from '../../aws/clients.ts';
import type { Config } from '../../config/schema.ts';
import { pipelineSettings } from '../../delivery/deployment.ts';
import { AwsStepFunctions, type StepFunctions } from '../../delivery/step-functions.ts';
import { UsageError } from '../../errors.ts';
import { plain } from '../../plain-text.ts';
import { prices } from '../../prices.ts';
import { type Builds, inCodeBuild, onThisMachine, phases } from '../../selftest/builds.ts';
import { caseNames } from '../../selftest/cases.ts';
import { type Report, selfTest, type Tested } from '../../selftest/self-test.ts';
import { worldTools } from '../../selftest/world.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { type Connection, connect } from '../connect.ts';
import { coloured, print, printJson, table } from '../print.ts';

export async function selfTestDeployment(input: CommandInput): Promise<number> {
  const names = chosen(input.positionals);
  const tool = worldTools.find((one) => one === (text(input, 'tool') ?? 'terraform'));
  if (tool === undefined) throw new UsageError(`--tool is one of ${worldTools.join(', ')}.`);
  const connection = await connect(input);
  const { bucket, environment } = connection;
  const config = await connection.config();
  expectBuildspec(config, environment);
  const settings = pipelineSettings(await environmentOfPoll(environment), config);
  const pipeline = environment.LIVE_CI_PIPELINE_ARN ?? '';
  const began = performance.now();
  const report = await selfTest(names, {
    bucket,
    bucketName: environment.LIVE_CI_BUCKET ?? '',
    config,
    settings,
    stepFunctions: oneAtATime(new AwsStepFunctions(sfn(), pipeline)),
    builds: buildsOf(connection, settings.build),
    client: sfn(),
    pipeline,
    tool,
    signal: givenUp(),
    give: (decision) =>
      giveDecision(decision, {
        client: sfn(),
        stateMachine: environment.LIVE_CI_DECISION_ARN ?? '',
        from: `selftest-${userInfo().username}`,
      }),
    async stopExecution(executionArn) {
      await sfn().send(new StopExecutionCommand({ executionArn, cause: 'Stopped by the self test' }));
    },
    build: (given) => runBuild(settings.build, given),
    tell: (name, what) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      process.stderr.write(`${seconds.padStart(7)} s  ${name}: ${plain(what)}\n`);
    },
    now: () => new Date(),
  });
  if (flag(input, 'json')) printJson({ ...report, dollars: dollarsOf(report, config) });
  else print(render(report, config, connection));
  return report.cases.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

/** @throws UsageError */
function chosen(names: readonly string[]): readonly string[] {
  const unknown = names.filter((name) => !caseNames.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`There is no case ${unknown.join(', ')}; they are ${caseNames.join(', ')}.`);
  return names.length === 0 ? caseNames : names;
}

/** @throws UsageError where builds run what is in the repository, which a self test does not have. */
function expectBuildspec({ build }: Config, { LIVE_CI_PLAN_PROJECT }: NodeJS.ProcessEnv): void {
  if (!LIVE_CI_PLAN_PROJECT || build.buildspec === null) return;
  throw new UsageError(
    `Builds of this deployment run ${build.buildspec}, a file of the live repository, which a self test does not have; deploy without build.buildspec to a stage of its own, and test that.`,
  );
}

/** What definitions are made for is told to the function that makes them. */
async function environmentOfPoll({ LIVE_CI_POLL_FUNCTION }: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const asked = new GetFunctionConfigurationCommand({ FunctionName: LIVE_CI_POLL_FUNCTION });
  return (await lambda().send(asked)).Environment?.Variables ?? {};
}

function buildsOf({ bucket, environment }: Connection, build: string): Builds {
  const { LIVE_CI_PLAN_PROJECT: plan, LIVE_CI_APPLY_PROJECT: apply } = environment;
  const name = (arn: string) => arn.slice(arn.indexOf('/') + 1);
  return plan && apply
    ? inCodeBuild(codeBuild(), { plan: name(plan), apply: name(apply) })
    : onThisMachine(sfn(), build, bucket);
}

/** A state machine that is updated twice at once refuses one of them (Step Functions API, UpdateStateMachine: ConflictException). */
function oneAtATime(stepFunctions: StepFunctions): StepFunctions {
  let before: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const next = before.then(act, act);
    before = next;
    return next;
  };
  return {
    publish: (definition, description) => inTurn(() => stepFunctions.publish(definition, description)),
    prune: (keep, needed) => inTurn(() => stepFunctions.prune(keep, needed)),
    start: (version, name, given) => stepFunctions.start(version, name, given),
    status: (execution) => stepFunctions.status(execution),
    answer: (token, output) => stepFunctions.answer(token, output),
    fail: (token, error, cause) => stepFunctions.fail(token, error, cause),
  };
}

async function runBuild(stateMachineArn: string, given: object): Promise<void> {
  const { executionArn } = await sfn().send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(given) }),
  );
  while ((await sfn().send(new DescribeExecutionCommand({ executionArn }))).status === 'RUNNING') await delay(1000);
}

/** Ctrl-C ends the self test in order; a second one ends it at once, and the next self test removes what is left. */
function givenUp(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

/** Null where there are no builds of CodeBuild, or of another size than the price is for. */
function dollarsOf({ minutes }: Report, { build }: Config): number | null {
  if (minutes === 0 || build.computeType !== 'medium') return null;
  return minutes * prices['a minute of CodeBuild (general1.medium)'];
}

export function render(report: Report, config: Config, { environment }: Pick<Connection, 'environment'>): string {
  const seconds = (value: number | null) => (value === null ? '-' : value.toFixed(1));
  const rows = report.cases.map((one) => [
    one.problems.length === 0 ? coloured('green', '✔') : coloured('red', '✘'),
    one.name,
    outcome(one),
    String(one.builds),
    ...phases.map((phase) => seconds(one.phases[phase])),
    seconds(one.seconds),
  ]);
  const head = ['', 'case', 'what came of it', 'builds', ...phases, 'seconds'].map((title) => coloured('bold', title));
  const failed = report.cases.filter(({ problems }) => problems.length > 0);
  return [
    table([head, ...rows]),
    '',
    ...failed.flatMap((one) => [
      coloured('red', `${one.name} (${one.tries}) is not as expected:`),
      ...one.problems.map((problem) => `  ${plain(problem)}`),
      ...one.executions.map((execution) => `  see ${consoleLink(execution, environment)}`),
    ]),
    `${report.cases.length - failed.length} of ${report.cases.length} cases are as expected, after ${report.seconds.toFixed(0)} s. ${cost(report, config)}`,
  ].join('\n');
}

/** "base applied, app declined; halted, as it should be" */
function outcome({ ends, notes }: Tested): string {
  const units = Object.entries(ends).map(([path, state]) => `${path.split('/').at(-1)} ${state}`);
  return [units.join(', '), ...notes].filter((part) => part !== '').join('; ');
}

function cost(report: Report, config: Config): string {
  const { builds, minutes } = report;
  if (minutes === 0) return `Its ${builds} builds ran on this machine, which costs nothing.`;
  const dollars = dollarsOf(report, config);
  const price = dollars === null ? `of build.computeType ${config.build.computeType}` : `some ${dollars.toFixed(2)} $`;
  return `Its ${builds} builds came to ${minutes} minutes of CodeBuild, ${price}; all else comes to less than a cent a unit (docs/cost.md).`;
}

function consoleLink(execution: string, { AWS_ENDPOINT_URL }: NodeJS.ProcessEnv): string {
  const region = execution.split(':')[3];
  if (AWS_ENDPOINT_URL) return execution;
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${execution}`;
}
