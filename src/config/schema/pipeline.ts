import * as z from 'zod';
import { resourceName, tags, told } from './told.ts';

const stateMachine = (name: string) =>
  told(
    resourceName.nullable(),
    `name of the state machine; none: <service>-<stage>-${name}`,
    'StateMachineName',
  ).default(null);

export const pipelineSchema = z
  .strictObject({
    name: stateMachine('pipeline'),
    buildName: stateMachine('build'),
    decisionName: stateMachine('decision'),
    tags: tags('tags of the state machines').default({}),
  })
  .prefault({})
  .describe('the state machines');

export const pollSchema = z
  .strictObject({
    ruleName: told(
      resourceName.nullable(),
      'name of the rule that polls; none: <service>-<stage>-poll',
      'EventBridge rule',
    ).default(null),
    rateMinutes: told(
      z.int().min(1).max(60),
      'minutes between polls; deliveries begin at the end of the one before, whatever this is',
      'ScheduleExpression',
    ).default(1),
    branchHours: told(
      z.int().min(1).max(24).nullable(),
      'hours between looks at the branch, which enqueue what was pushed and lost: an event of GitHub, or its build, that never came; a build each. None: nobody looks, as where filterGroups leave out some of the pushes',
      'EventBridge rule',
    ).default(1),
    reservedConcurrency: told(
      z.int().min(1).max(10).nullable(),
      'Lambda calls that are kept free for polls and are the most at once; none: as many as the account has left, and none for the approval page either. Where the account has too few, none are reserved whatever this says',
      'ReservedConcurrentExecutions',
    ).default(1),
  })
  .prefault({})
  .describe('how often the queue is looked at');

const functionName = (name: string) =>
  told(
    resourceName.nullable(),
    `name of the Lambda ${name}; none: <service>-<stage>-${name}`,
    'Lambda FunctionName',
  ).default(null);

export const functionsSchema = z
  .strictObject({
    poll: functionName('poll'),
    requestApproval: functionName('request-approval'),
    decide: functionName('decide'),
    finish: functionName('finish'),
    nextGroup: functionName('next-group'),
  })
  .prefault({})
  .describe('names of the Lambdas');
