/**
 * CodeBuild, played on this machine for the emulator: a build that the state machine `build` begins runs the buildspec of its deployed
 * project, with that project's variables, in a clone of the repository, or without one where its source is overridden, and is answered as CodeBuild does.
 * What CodeBuild's API tells of such builds, and how one is stopped, is played as well.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { BatchGetProjectsCommand, CodeBuildClient, type Project } from '@aws-sdk/client-codebuild';
import { S3Client } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { unzipSync } from 'fflate';
import { S3Bucket } from '../../src/aws/bucket.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { emulatorEnvironment } from '../../src/local/local-settings.ts';
import { toolPath } from '../../src/local/project.ts';
import { git } from '../../src/repository/git.ts';
import { type BuildInput, readBuild } from './build-machine.ts';
import { type Ran, runBuildspec } from './buildspec.ts';
import { endedBuild, type Lost, taskAnswer } from './code-build.ts';
import { KnownBuilds } from './known-builds.ts';
import { TaskError } from './task-error.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Where it finds what it needs, which is there only after it has been started. */
export interface Surroundings {
  /** The emulator. */
  endpoint: string;
  /** The bare repository that stands for the one on GitHub. */
  repository: string;
  /** PATH of the image; that of the tests' own tools, unless given. */
  path?: string;
}

export interface PlayedCodeBuild extends AsyncDisposable {
  /** Where the emulator hands builds to, and where CodeBuild's API answers what is asked of builds. */
  url: string;
  /** Every build that was asked for. */
  begun: BuildInput[];
  surround(surroundings: Surroundings): void;
  /** Before each build: how it is lost, or undefined for one that runs. */
  lose(how: (build: BuildInput) => Lost | undefined): void;
  /** Runs a build as if its turn had come now, though nobody waits for it. */
  runLate(build: BuildInput): Promise<Pick<Ran, 'succeeded' | 'output'>>;
  /** What the webhook of the project does for a push. @throws with what the build said, when it fails */
  push(project: string, commit: string, before: string): Promise<void>;
}

export async function playCodeBuild(): Promise<PlayedCodeBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'live-ci-codebuild-'));
  const begun: BuildInput[] = [];
  const builds = new KnownBuilds();
  let around: Surroundings = { endpoint: '', repository: '' };
  let lose: (build: BuildInput) => Lost | undefined = () => undefined;

  /** @param commit undefined for a build whose source is not the repository */
  async function run(name: string, commit: string | undefined, told: Record<string, string>, signal?: AbortSignal) {
    const project = await projectNamed(name, around.endpoint);
    const directory = await mkdtemp(join(folder, 'src-'));
    try {
      if (commit !== undefined) {
        await git(folder, ['clone', '--quiet', around.repository, directory]);
        await git(directory, ['checkout', '--quiet', '--detach', commit]);
      }
      const variables = (project.environment?.environmentVariables ?? []).map(({ name, value }) => [name, value ?? '']);
      const set: Record<string, string> = Object.fromEntries(variables);
      const environment = {
        ...emulatorEnvironment(around.endpoint),
        ...(commit === undefined ? {} : insteadOf(project.source?.location ?? '', around.repository)),
        ...set,
        ...told,
        PATH: around.path ?? toolPath('own'),
        HOME: folder,
        CODEBUILD_SRC_DIR: directory,
        CODEBUILD_SRC_DIR_live_ci: await unpackCommandLine(
          set.LIVE_CI_BUCKET ?? '',
          await mkdtemp(join(folder, 'command-line-')),
          around,
        ),
        ...(commit === undefined ? {} : { CODEBUILD_RESOLVED_SOURCE_VERSION: commit }),
      };
      return await runBuildspec(project.source?.buildspec ?? '', {
        directory,
        environment,
        ...(signal ? { signal } : {}),
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** A build that had begun with its unit when it was lost. */
  async function leaveLog({ project = '', delivery, unit, action }: BuildInput): Promise<void> {
    const { environment } = await projectNamed(project, around.endpoint);
    const name = environment?.environmentVariables?.find((variable) => variable.name === 'LIVE_CI_BUCKET')?.value ?? '';
    const client = new S3Client({ endpoint: around.endpoint, region: 'us-east-1', credentials });
    await new S3Bucket(client, name).write(bucketKeys.log(delivery, unit, action), 'it began');
  }

  /** What the task that began the build gets, or the error that it ends with. */
  async function answer(parameters: Record<string, unknown>): Promise<unknown> {
    const build = readBuild(parameters);
    begun.push(build);
    const { project = '', commit = '', source } = build;
    const lost = lose(build);
    if (lost === 'stopped' || lost === 'timed out') await leaveLog(build);
    if (lost !== undefined) return taskAnswer('codebuild', lost, { project, commit });
    const overrides = parameters.EnvironmentVariablesOverride as { Name: string; Value: string }[];
    const told = Object.fromEntries(overrides.map(({ Name, Value }) => [Name, Value]));
    const known = builds.begin(project, told);
    const ran = await run(project, source === undefined ? commit : undefined, told, known.signal);
    const status = known.end(ran.succeeded);
    const ended = endedBuild(status, { project, commit }, ran.exported);
    return ran.succeeded ? { Build: ended } : new TaskError('States.TaskFailed', JSON.stringify(ended));
  }

  const server = createServer(async (request, response) => {
    const given = (await json(request)) as Record<string, unknown>;
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    const said = operation === undefined ? await answer(given) : builds.answer(operation, given);
    response.end(JSON.stringify(said instanceof Error ? { Error: said.name, Cause: said.message } : said));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begun,
    surround(surroundings) {
      around = surroundings;
    },
    lose(how) {
      lose = how;
    },
    runLate({ project = '', commit = '', action, delivery, unit, plan }) {
      return run(project, commit, {
        LIVE_CI_ACTION: action,
        LIVE_CI_DELIVERY: delivery,
        LIVE_CI_UNIT: unit,
        LIVE_CI_PLAN: plan,
      });
    },
    async push(project, commit, before) {
      const { succeeded, output } = await run(project, commit, {
        CODEBUILD_WEBHOOK_PREV_COMMIT: before,
        CODEBUILD_WEBHOOK_HEAD_REF: 'refs/heads/main',
      });
      if (!succeeded) throw new Error(output);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The project's secondary source, which the emulator does not keep: the one command line that was deployed. Each build has a folder of
 * its own for it, as in CodeBuild: one that another build writes to at this moment holds half a program.
 */
async function unpackCommandLine(name: string, folder: string, { endpoint }: Surroundings): Promise<string> {
  const bucket = new S3Bucket(new S3Client({ endpoint, region: 'us-east-1', credentials }), name);
  const [key = '', ...others] = await bucket.list('command-line/');
  expect(others).toEqual([]);
  const files = unzipSync((await bucket.read(key))?.body ?? Buffer.alloc(0));
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  return folder;
}

async function projectNamed(name: string, endpoint: string): Promise<Project> {
  const client = new CodeBuildClient({ endpoint, region: 'us-east-1', credentials });
  const { projects } = await client.send(new BatchGetProjectsCommand({ names: [name] }));
  if (!projects?.[0]) throw new Error(`There is no CodeBuild project ${name}.`);
  return projects[0];
}

/** Has git take one repository for the other. */
function insteadOf(location: string, repository: string): Record<string, string> {
  return { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `url.${repository}.insteadOf`, GIT_CONFIG_VALUE_0: location };
}
