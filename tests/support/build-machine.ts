/** The state machine `build` as it is deployed, in the in-process interpreter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import { parse } from 'yaml';
import { type BuildEnd, taskAnswer } from './code-build.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => parse(readFileSync(join(root, file), 'utf8'), { logLevel: 'error', merge: true });

/** Where builds run: `--param builds=…` of the template. */
export type Builds = 'codebuild' | 'local';

/** What the template puts in for `${…}`. */
const settings = {
  planSeconds: 3600,
  applySeconds: 7200,
  syncSeconds: 3600,
  approvalSeconds: 604_800,
  commandLine: 'artifacts/command-line/example.zip',
};

type Definition = Record<string, unknown>;

/** The definition with the template's variables filled in. */
export function buildDefinition(builds: Builds, seconds: Partial<typeof settings> = {}): Definition {
  return definitionIn('build', builds, seconds);
}

/** The state machine `decision`. */
export const decisionDefinition = () => definitionIn('decision', 'codebuild', {});

function definitionIn(file: string, builds: Builds, seconds: Partial<typeof settings>): Definition {
  const { build } = read(`serverless/${builds}.yml`);
  const known: Record<string, unknown> = { ...settings, ...seconds };
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
    if (typeof value !== 'string') return value;
    const part = /^\$\{file\(.*\$\{param:builds\}\.yml.*\):build\.(\w+)\}$/.exec(value)?.[1];
    if (part) return fill(build[part]);
    const setting = /^\$\{self:custom\.settings\.(\w+)\}$/.exec(value)?.[1];
    if (setting) return known[setting];
    const named = value.replaceAll(/\$\{self:custom\.settings\.names\.(\w+)\}/g, '$1');
    if (named.includes('${')) throw new Error(`Nothing is known of ${named} in ${file}.asl.yml.`);
    return named;
  };
  return fill(read(`statemachine/${file}.asl.yml`)) as Definition;
}

/** What a build is started with, in the form of CodeBuild or of the Lambda that stands in for it. */
export interface BuildInput {
  action: 'plan' | 'apply' | 'destroy' | 'plan-rollback' | 'rollback' | 'sync';
  delivery: string;
  /** Empty for what is not about a unit, or needs no plan. */
  unit: string;
  plan: string;
  /** Commit and project of a CodeBuild build. */
  commit?: string;
  project?: string;
  /** What it is built of, where that is no commit. */
  source?: string;
}

/** What a task begins a build with. */
export function readBuild(input: Record<string, unknown>): BuildInput {
  if (!('ProjectName' in input)) return input.Payload as BuildInput;
  const variables = input.EnvironmentVariablesOverride as { Name: string; Value: string }[];
  const value = (name: string) => variables.find((variable) => variable.Name === name)?.Value ?? '';
  return {
    action: value('LIVE_CI_ACTION') as BuildInput['action'],
    delivery: value('LIVE_CI_DELIVERY'),
    unit: value('LIVE_CI_UNIT'),
    plan: value('LIVE_CI_PLAN'),
    commit: input.SourceVersion as string,
    project: input.ProjectName as string,
    ...('SourceLocationOverride' in input ? { source: input.SourceLocationOverride as string } : {}),
  };
}

export type BuildTask = 'Run plan' | 'Run apply' | 'Run self test' | 'Run sync';

export interface Around {
  /** Answers how the build ends. */
  build(input: BuildInput, task: BuildTask): Promise<BuildEnd>;
  /** Answers what the approver is shown; without it, nothing. */
  describe?(payload: unknown): Promise<unknown>;
  /** Answers what somebody gives for the task token. */
  ask(payload: unknown): Promise<unknown>;
  token?: () => string;
}

/** `States.StringToJson` of a blank text is null on AWS, and an error in this interpreter. */
const readAsAws = (end: BuildEnd): BuildEnd =>
  typeof end === 'object' && end.exports.trim() === '' ? { exports: 'null' } : end;

/** Starts an execution. Nobody waits between two tries of a task. */
export function startBuild(definition: Record<string, unknown>, input: Record<string, unknown>, around: Around) {
  const answer = (task: BuildTask) => async (given: Record<string, unknown>) => {
    const input = readBuild(given);
    const begun = { project: input.project ?? '', commit: input.commit ?? '' };
    const end = await around.build(input, task);
    const answered = taskAnswer('ProjectName' in given ? 'codebuild' : 'local', readAsAws(end), begun);
    if (answered instanceof Error) throw answered;
    return answered;
  };
  const describe = async (given: { Payload: unknown }) => ({
    Payload: (await around.describe?.(given.Payload)) ?? {},
  });
  const ask = (given: { Payload: unknown }) => around.ask(given.Payload);
  const handlers = {
    'Run plan': answer('Run plan'),
    'Run apply': answer('Run apply'),
    'Run self test': answer('Run self test'),
    'Run sync': answer('Run sync'),
    Describe: describe,
    'Describe rollback': describe,
    Ask: ask,
    'Ask about rollback': ask,
  };
  const machine = new StateMachine(definition as never, { validationOptions: { noValidate: true } });
  return machine.run(input as never, {
    overrides: {
      taskResourceLocalHandlers: handlers as never,
      retryIntervalOverrides: Object.fromEntries(Object.keys(handlers).map((task) => [task, 0])),
    },
    context: {
      Execution: { Id: 'arn:aws:states:us-east-1:123456789012:execution:build:example', Input: input },
      Task: {
        get Token() {
          return around.token?.() ?? 'token';
        },
      },
    } as never,
  });
}
