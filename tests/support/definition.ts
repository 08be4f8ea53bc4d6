/** Definitions for tests: the settings of a deployment, and what is in a machine. */
import type { Machine, States } from '../../statemachine/asl.ts';
import type { Settings } from '../../statemachine/settings.ts';
import type { BuildAction, Executor } from '../../statemachine/tasks.ts';

export const executors: Record<Executor['kind'], Executor> = {
  lambda: { kind: 'lambda', function: 'local-runner' },
  codebuild: {
    kind: 'codebuild',
    projects: { plan: 'plan', apply: 'apply', destroy: 'apply', rollback: 'apply', sync: 'enqueue' },
  },
};

export function settingsFor(kind: Executor['kind']): Settings {
  return {
    executor: executors[kind],
    requestApproval: 'request-approval',
    finish: 'finish',
    nextGroup: 'next-group',
    bucket: 'artifacts',
    unitsAtOnce: 1000,
    planSeconds: 3600,
    applySeconds: 7200,
    approvalSeconds: 604_800,
  };
}

/** All states of a machine, those inside of branches and of Maps too. */
export function statesOf(machine: Pick<Machine, 'States'>): [string, States[string]][] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state],
    ...(state?.Type === 'Parallel' ? state.Branches.flatMap(statesOf) : []),
    ...(state?.Type === 'Map' ? statesOf(state.ItemProcessor) : []),
  ]);
}

/** What a task asks a build for. */
export interface BuildInput {
  action: BuildAction;
  unit?: string;
  plan?: string;
  commit: string | null;
}

/** What a task's input asks for, in the form of CodeBuild or of the Lambda that stands in for it. */
export function readBuild(input: Record<string, unknown>): BuildInput {
  if ('ProjectName' in input) {
    const variables = input.EnvironmentVariablesOverride as { Name: string; Value: string }[];
    const value = (name: string) => variables.find((variable) => variable.Name === name)?.Value;
    return {
      action: value('LIVE_CI_ACTION') as BuildAction,
      unit: value('LIVE_CI_UNIT') as string,
      plan: value('LIVE_CI_PLAN') as string,
      commit: input.SourceVersion as string,
    };
  }
  return { ...(input.Payload as BuildInput), commit: null };
}
