/** What CodeBuild says of builds, in the form in which Step Functions hands it on (CodeBuild API reference, `Build`). */
import type { Builds } from './build-machine.ts';
import { TaskError } from './task-error.ts';

/** How a build ends that tells nothing. */
export type Lost =
  /** A command of it failed. */
  | 'failed'
  /** Somebody stopped it. */
  | 'stopped'
  /** It took longer than its project lets it. */
  | 'timed out'
  /** It took longer than the task that waits for it. */
  | 'given up'
  /** It was not begun, because as many run as may. */
  | 'refused'
  /** It was not begun, because too many were begun at once. */
  | 'throttled';

/** How a build ends: with what it exports, or lost. */
export type BuildEnd = { exports: string } | Lost;

/** A build that succeeds and exports that. */
export const exporting = (result: unknown): BuildEnd => ({ exports: JSON.stringify(result) });

type Status = 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMED_OUT';

export interface Begun {
  project: string;
  commit: string;
}

const region = 'us-east-1:123456789012';
const began = 1_700_000_000_000;

/** A build that has ended. */
export function endedBuild(status: Status, { project, commit }: Begun, exported: { Name: string; Value: string }[]) {
  const id = `${project}:11111111-2222-3333-4444-555555555555`;
  const phase = (PhaseType: string, PhaseStatus: string) => ({
    PhaseType,
    PhaseStatus,
    StartTime: began,
    EndTime: began + 1000,
    DurationInSeconds: 1,
  });
  return {
    Id: id,
    Arn: `arn:aws:codebuild:${region}:build/${id}`,
    BuildNumber: 7,
    StartTime: began,
    EndTime: began + 60_000,
    CurrentPhase: 'COMPLETED',
    BuildStatus: status,
    BuildComplete: true,
    SourceVersion: commit,
    ResolvedSourceVersion: commit,
    ProjectName: project,
    Initiator: 'states/live-ci-production-build',
    Phases: [phase('PROVISIONING', 'SUCCEEDED'), phase('BUILD', status)],
    Source: { Type: 'GITHUB', Location: 'https://github.com/example-org/live.git', GitCloneDepth: 0 },
    Artifacts: { Location: '' },
    Cache: { Type: 'NO_CACHE' },
    Environment: {
      Type: 'ARM_CONTAINER',
      ComputeType: 'BUILD_GENERAL1_MEDIUM',
      Image: 'aws/codebuild/amazonlinux-aarch64-standard:3.0',
      EnvironmentVariables: [{ Name: 'LIVE_CI_ACTION', Value: 'plan', Type: 'PLAINTEXT' }],
    },
    ServiceRole: 'arn:aws:iam::123456789012:role/plan',
    Logs: { GroupName: '/live-ci/production/builds', StreamName: '11111111-2222-3333-4444-555555555555' },
    TimeoutInMinutes: 540,
    QueuedTimeoutInMinutes: 480,
    EncryptionKey: `arn:aws:kms:${region}:alias/aws/s3`,
    ExportedEnvironmentVariables: exported,
  };
}

/** What the task that waits for the build answers in that form of the definition, or the error that it ends with. */
export function taskAnswer(builds: Builds, end: BuildEnd, begun: Begun): unknown {
  if (typeof end === 'string') return new TaskError(...taskError(builds, end, begun));
  const answer = { Build: endedBuild('SUCCEEDED', begun, [{ Name: 'LIVE_CI_RESULT', Value: end.exports }]) };
  return builds === 'codebuild' ? answer : { StatusCode: 200, Payload: answer };
}

/** A build that does not succeed is `States.TaskFailed`, with the build as the cause (Step Functions guide, Run a job). */
function taskError(builds: Builds, end: Lost, begun: Begun): [name: string, cause: string] {
  if (end === 'given up') return ['States.Timeout', 'The task took longer than it may.'];
  if (builds === 'local') {
    return end === 'refused' || end === 'throttled'
      ? ['Lambda.TooManyRequestsException', 'Rate Exceeded.']
      : ['RunError', `live-ci run ended with 1: ${end}`];
  }
  if (end === 'refused') return ['CodeBuild.AccountLimitExceededException', 'As many builds run as may.'];
  if (end === 'throttled') return ['CodeBuild.CodeBuildException', 'Rate exceeded'];
  const status = ({ failed: 'FAILED', stopped: 'STOPPED', 'timed out': 'TIMED_OUT' } as const)[end];
  return ['States.TaskFailed', JSON.stringify(endedBuild(status, begun, []))];
}
