/**
 * The tasks of the pipeline as Step Functions service integrations. A build runs in CodeBuild (`startBuild.sync`) or,
 * where there is none, in the Lambda `local-runner`, which answers in the shape of a CodeBuild build; nothing else in the
 * definition knows the difference.
 */
import type { Catch, Json, Retry, Task } from './asl.ts';

export type BuildAction = 'plan' | 'apply' | 'destroy' | 'rollback' | 'sync';

/** What carries out builds. Project names and function name or ARN as Step Functions' integrations take them. */
export type Executor =
  | { kind: 'codebuild'; projects: Record<BuildAction, string> }
  | { kind: 'lambda'; function: string };

export interface Build {
  action: BuildAction;
  unit?: string;
  /** JSONPath of the approved plan's name. */
  planPath?: string;
  /** Commit whose code is checked out; CodeBuild's `SourceVersion`. */
  commit: string;
  timeoutSeconds: number;
}

/** `$$.Execution.Name` is the delivery's id. */
const delivery = '$$.Execution.Name';

/**
 * Only what was refused because there was too much of it is tried again; a build that began is never repeated by itself.
 * Errors: Lambda and CodeBuild API references.
 */
const throttled: Record<Executor['kind'] | 'function', string[]> = {
  lambda: ['Lambda.TooManyRequestsException'],
  function: ['Lambda.TooManyRequestsException'],
  codebuild: ['CodeBuild.AccountLimitExceededException', 'CodeBuild.ThrottlingException'],
};

/** Where the one exported variable, `LIVE_CI_RESULT`, is in the answer (CodeBuild API: `Build`). */
const exported: Record<Executor['kind'], string> = {
  codebuild: '$.Build.ExportedEnvironmentVariables[0].Value',
  lambda: '$.Payload.Build.ExportedEnvironmentVariables[0].Value',
};

const retry = (kind: keyof typeof throttled): Retry[] => [
  { ErrorEquals: throttled[kind], IntervalSeconds: 5, MaxAttempts: 8, BackoffRate: 2, JitterStrategy: 'FULL' },
];

/** Result, under `result`: what the build exports as `LIVE_CI_RESULT`. */
export function buildTask(executor: Executor, build: Build, caught: Catch[]): Omit<Task, 'Next' | 'End'> {
  return {
    Type: 'Task',
    ...(executor.kind === 'codebuild'
      ? codeBuild(executor.projects[build.action], build)
      : runner(executor.function, build)),
    ResultSelector: { 'result.$': `States.StringToJson(${exported[executor.kind]})` },
    ResultPath: '$.r',
    TimeoutSeconds: build.timeoutSeconds,
    Retry: retry(executor.kind),
    Catch: caught,
  };
}

function codeBuild(project: string, build: Build): Pick<Task, 'Resource' | 'Parameters'> {
  const variable = (name: string, value: { [key: string]: string }): Json => ({
    Name: name,
    ...value,
    Type: 'PLAINTEXT',
  });
  return {
    Resource: 'arn:aws:states:::codebuild:startBuild.sync',
    Parameters: {
      ProjectName: project,
      SourceVersion: build.commit,
      EnvironmentVariablesOverride: [
        variable('LIVE_CI_ACTION', { Value: build.action }),
        variable('LIVE_CI_DELIVERY', { 'Value.$': delivery }),
        ...(build.unit === undefined ? [] : [variable('LIVE_CI_UNIT', { Value: build.unit })]),
        ...(build.planPath === undefined ? [] : [variable('LIVE_CI_PLAN', { 'Value.$': build.planPath })]),
      ],
    },
  };
}

function runner(name: string, build: Build): Pick<Task, 'Resource' | 'Parameters'> {
  return {
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: {
      FunctionName: name,
      Payload: {
        action: build.action,
        'delivery.$': delivery,
        ...(build.unit === undefined ? {} : { unit: build.unit }),
        ...(build.planPath === undefined ? {} : { 'plan.$': build.planPath }),
      },
    },
  };
}

/** Calls a function and waits for its answer. */
export function callTask(
  name: string,
  payload: { [key: string]: Json },
  timeoutSeconds: number,
  caught: Catch[],
): Omit<Task, 'Next' | 'End'> {
  const task = functionTask('arn:aws:states:::lambda:invoke', name, payload, timeoutSeconds);
  return { ...task, ResultSelector: { 'result.$': '$.Payload' }, Catch: caught };
}

/** Calls a function with a task token and waits until somebody answers with it. */
export function askTask(
  name: string,
  payload: { [key: string]: Json },
  timeoutSeconds: number,
): Omit<Task, 'Next' | 'End'> {
  const resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
  return functionTask(resource, name, { 'token.$': '$$.Task.Token', ...payload }, timeoutSeconds);
}

function functionTask(resource: string, name: string, payload: { [key: string]: Json }, timeoutSeconds: number) {
  return {
    Type: 'Task' as const,
    Resource: resource,
    Parameters: { FunctionName: name, Payload: { 'delivery.$': delivery, ...payload } },
    ResultPath: '$.r',
    TimeoutSeconds: timeoutSeconds,
    Retry: retry('function'),
  };
}
