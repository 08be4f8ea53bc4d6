/**
 * The tasks of the pipeline. Whatever takes long for a unit (a plan, the question to the approver, an apply, a rollback) is an
 * execution of the state machine `build` (build.asl.yml): that one waits for a free build, gives up in time, and answers with a
 * record. So a task here needs no timeout, and tries nothing again but the start of that execution.
 *
 * `$.m` is that state machine's ARN; `$.c` is what is the same for the whole delivery, and what `build` is told as `of`.
 */
import type { Catch, Json, Retry, Task } from './asl.ts';

/** `$.m` and `$.c` as the first state writes them. */
export function shared(build: string, commit: string): { [key: string]: Json } {
  return { m: build, c: { 'delivery.$': '$$.Execution.Name', commit, approved: 'apply' } };
}

/** How a state hands them on. */
export const sharedOn = { 'm.$': '$.m', 'c.$': '$.c' };

/** What `build` is told besides what to do with which unit. */
export const ofDelivery = { 'of.$': '$.c' };

/** The same for a unit whose code is that of another commit. */
export const ofCommit = (commit: string, approved: 'apply' | 'destroy') => ({
  of: { 'delivery.$': '$.c.delivery', commit, approved },
});

export interface Call {
  /** What `build` is told, or the JSONPath of it. */
  input: string | { [key: string]: Json };
  /** Names the execution, within the delivery: the same name is never given to another one. A template of `States.Format`, and what fills it. */
  name: [template: string, ...paths: string[]];
  /** JSONPath of the record; what `build` answers is under `r` there. */
  record: string;
  /** Where to go when the execution of `build` itself breaks, or somebody stops it. The record stays what it was. */
  broken: string;
}

/**
 * A start that is refused because too many executions are started at once, or whose answer is lost. The second try of one that
 * did begin finds it by its name: Step Functions answers with the one that runs (StartExecution). What becomes of an
 * execution is `States.TaskFailed`, and none of these.
 */
const refusedStart: Retry = {
  ErrorEquals: ['ThrottlingException', 'SfnException', 'AWSStepFunctionsException', 'SdkClientException'].map(
    (error) => `StepFunctions.${error}`,
  ),
  IntervalSeconds: 15,
  MaxAttempts: 3,
  JitterStrategy: 'FULL',
};

export function callBuild({ input, name: [template, ...paths], record, broken }: Call): Omit<Task, 'Next'> {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: {
      'StateMachineArn.$': '$.m',
      'Name.$': `States.Format(${[`'{}-${template}'`, '$.c.delivery', ...paths].join(',')})`,
      ...(typeof input === 'string' ? { 'Input.$': input } : { Input: input }),
    },
    ResultSelector: { 'r.$': '$.Output' },
    ResultPath: record,
    Retry: [refusedStart],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: null, Next: broken }],
  };
}

/** Every function does the same once more when it is called again, so whatever it failed of is tried again: twelve times is for some ten minutes. */
const retried = (MaxAttempts: number): Retry[] => [
  { ErrorEquals: ['States.Timeout'], MaxAttempts: 0 },
  {
    ErrorEquals: ['States.TaskFailed'],
    IntervalSeconds: 2,
    MaxAttempts,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  },
];

/** Calls a function and waits for its answer. @param attempts how often it is called again when it fails */
export function callTask(
  name: string,
  payload: { [key: string]: Json },
  timeoutSeconds: number,
  caught: Catch[],
  attempts = 12,
): Omit<Task, 'Next'> {
  const task = functionTask('arn:aws:states:::lambda:invoke', name, payload, timeoutSeconds, caught, attempts);
  return { ...task, ResultSelector: { 'result.$': '$.Payload' } };
}

/** Calls a function with a task token and waits until somebody answers with it. */
export function askTask(
  name: string,
  payload: { [key: string]: Json },
  timeoutSeconds: number,
  caught: Catch[],
): Omit<Task, 'Next'> {
  const resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
  return functionTask(resource, name, { 'token.$': '$$.Task.Token', ...payload }, timeoutSeconds, caught);
}

function functionTask(
  resource: string,
  name: string,
  payload: { [key: string]: Json },
  timeoutSeconds: number,
  caught: Catch[],
  attempts = 12,
) {
  return {
    Type: 'Task' as const,
    Resource: resource,
    Parameters: { FunctionName: name, Payload: { 'delivery.$': '$.c.delivery', ...payload } },
    ResultPath: '$.a',
    TimeoutSeconds: timeoutSeconds,
    Retry: retried(attempts),
    Catch: caught,
  };
}
