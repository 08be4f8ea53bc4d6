/** Every call of an AWS API in the definitions, against the model of that API. */
import {
  Build$,
  BuildPhaseType,
  CacheType,
  ComputeType,
  EnvironmentType,
  EnvironmentVariableType,
  SourceType,
  StartBuildInput$,
  StatusType,
} from '@aws-sdk/client-codebuild';
import { GetObjectRequest$ } from '@aws-sdk/client-s3';
import { StartExecutionInput$ } from '@aws-sdk/client-sfn';
import type { States } from '../../../statemachine/asl.ts';
import { buildCompactPipeline } from '../../../statemachine/compact/pipeline.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { atRunTime, capital, faults, type Writing } from '../../support/api-model.ts';
import { buildDefinition, decisionDefinition } from '../../support/build-machine.ts';
import { endedBuild } from '../../support/code-build.ts';
import { settings, statesOf } from '../../support/definition.ts';
import { deliveryOf } from '../../support/delivery.ts';
import { unguarded } from '../../support/unguarded.ts';

const inStepFunctions: Writing = {
  spelt: capital,
  words: {
    'EnvironmentVariable.type': EnvironmentVariableType,
    'ProjectEnvironment.type': EnvironmentType,
    'ProjectEnvironment.computeType': ComputeType,
    'ProjectSource.type': SourceType,
    'ProjectCache.type': CacheType,
    'Build.buildStatus': StatusType,
    'BuildPhase.phaseType': BuildPhaseType,
    'BuildPhase.phaseStatus': StatusType,
  },
};

/** An execution's input is any JSON; Step Functions makes the API's string of it (Step Functions guide, Start an execution). */
const anyInput = (parameters: Parameters) => ('Input' in parameters ? { ...parameters, Input: atRunTime } : parameters);

/** What the integration with Lambda takes (Step Functions guide, Invoke a function); its payload is any JSON. */
const lambdaTakes = ['FunctionName', 'Payload', 'ClientContext', 'InvocationType', 'Qualifier'];
const ofLambda = (parameters: Parameters) => [
  ...Object.keys(parameters).filter((name) => !lambdaTakes.includes(name)),
  ...('FunctionName' in parameters ? [] : ['FunctionName is missing']),
];

type Parameters = Record<string, unknown>;

/** Resource ▸ what is wrong with parameters for it. */
const checks: Record<string, (parameters: Parameters) => string[]> = {
  'arn:aws:states:::codebuild:startBuild.sync': (given) => faults(StartBuildInput$, given, inStepFunctions),
  'arn:aws:states:::states:startExecution.sync:2': (given) =>
    faults(StartExecutionInput$, anyInput(given), inStepFunctions),
  'arn:aws:states:::s3:getObject': (given) => faults(GetObjectRequest$, given, inStepFunctions),
  'arn:aws:states:::lambda:invoke': ofLambda,
  'arn:aws:states:::lambda:invoke.waitForTaskToken': ofLambda,
};

/** Parameters as the call gets them, but for what paths stand for. */
function called(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(called);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) =>
      name.endsWith('.$') ? [name.slice(0, -2), atRunTime] : [name, called(inner)],
    ),
  );
}

/** Every call that is made in a definition: from which state, of what, with what. */
function callsOf(definition: unknown): { state: string; resource: string; parameters: Parameters }[] {
  return statesOf(definition as { States: States }).flatMap(([state, about]) => {
    const calls = [about, about?.Type === 'Map' ? about.ItemReader : undefined];
    return calls.flatMap((call) =>
      call && 'Resource' in call
        ? [{ state, resource: call.Resource, parameters: called(call.Parameters) as Parameters }]
        : [],
    );
  });
}

const delivery = deliveryOf('c'.repeat(40), [
  { path: 'vpc' },
  { path: 'app', after: ['vpc'] },
  { path: 'old', deleted: true, base: 'b'.repeat(40) },
]);
const definitions: [name: string, definition: unknown, calls: string[]][] = [
  ['build, with CodeBuild', buildDefinition('codebuild'), ['codebuild:startBuild.sync']],
  ['build, on this machine', buildDefinition('local'), ['lambda:invoke', 'lambda:invoke.waitForTaskToken']],
  ['decision', decisionDefinition(), ['lambda:invoke']],
  ['pipeline', buildPipeline(delivery, settings), ['states:startExecution.sync:2', 'lambda:invoke']],
  ['compact pipeline', buildCompactPipeline(delivery, settings), ['states:startExecution.sync:2', 's3:getObject']],
];

test.each(definitions)('the state machine %s calls AWS with parameters that it takes', (_, definition, expected) => {
  const calls = callsOf(definition);
  for (const { resource, state, parameters } of calls) {
    expect([state, checks[resource]?.(parameters) ?? `nothing is known of ${resource}`]).toEqual([state, []]);
  }
  const resources = calls.map(({ resource }) => resource);
  expect(resources).toEqual(expect.arrayContaining(expected.map((call) => `arn:aws:states:::${call}`)));
});

/** Written by the definition itself, or told by it. */
const own = ['$.before.applied', '$.build.action', '$.call.action', '$.call.delivery', '$$.Execution.Input.action'];

test.each(definitions)('the state machine %s compares no path that may lead nowhere', (_, definition) => {
  const blind = statesOf(definition as { States: States }).flatMap(([state, about]) =>
    about?.Type === 'Choice' ? unguarded(about).map((path) => [state, path]) : [],
  );
  expect(blind.filter(([, path]) => !own.includes(path ?? ''))).toEqual([]);
});

test.each([
  [{ projectName: 'plan' }, ['ProjectName is missing', 'StartBuildInput has no projectName']],
  [{ ProjectName: 'plan', Project: 'plan' }, ['StartBuildInput has no Project']],
  [{ ProjectName: 'plan', TimeoutInMinutesOverride: '5' }, ['TimeoutInMinutesOverride is no number']],
  [{ ProjectName: 'plan', EnvironmentVariablesOverride: {} }, ['EnvironmentVariablesOverride is no list']],
  [
    { ProjectName: 'plan', EnvironmentVariablesOverride: [{ Name: 'A', Type: 'TEXT' }] },
    ['EnvironmentVariablesOverride[0].Value is missing', "EnvironmentVariablesOverride[0].Type can't be TEXT"],
  ],
])('a build that is started with %j would be refused', (parameters, said) => {
  expect(checks['arn:aws:states:::codebuild:startBuild.sync']?.(parameters)).toEqual(said);
});

test('builds that tests end are what CodeBuild says of builds', () => {
  const exported = [{ Name: 'LIVE_CI_RESULT', Value: '{}' }];
  for (const status of ['SUCCEEDED', 'FAILED', 'STOPPED', 'TIMED_OUT'] as const) {
    const build = endedBuild(status, { project: 'plan', commit: 'c'.repeat(40) }, exported);
    expect(faults(Build$, build, inStepFunctions)).toEqual([]);
  }
});
