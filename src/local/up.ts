/** `live-ci local up`: a deployment on this machine for a live repository that lies on this machine. */
import { existsSync } from 'node:fs';
import { readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UsageError } from '../errors.ts';
import { git } from '../repository/git.ts';
import { isAlive } from './process-tree.ts';
import { projectRoot, toolPath } from './project.ts';
import { type LocalRecord, makeLocalFolder, readRecord, recordStack } from './record.ts';
import { createBareRepository, installHook } from './repository.ts';
import { settingsOf } from './settings.ts';
import { deployTo, type StackOptions, startLocalStack } from './stack.ts';
import { takeUp } from './take-up.ts';
import { describeTools } from './tools.ts';

export interface UpRequest {
  /** A directory inside the live repository. */
  repository: string;
  port?: number;
  progress: (step: string) => void;
}

const remoteName = 'live-ci';

/**
 * Starts the stack, which goes on when this process ends, and adds the git remote `live-ci`, a bare mirror whose pushes are
 * delivered. What an earlier stack of this repository kept (queue, pointer, plans) is taken up again, and so is what was pushed meanwhile.
 * One that runs is deployed again where the settings are others by now.
 * @throws UsageError outside of a git repository; ConfigError; LiveCiError when the stack doesn't start.
 */
export async function up(request: UpRequest): Promise<LocalRecord> {
  const { progress } = request;
  const repository = await repositoryOf(request.repository);
  const [before, folder] = [readRecord(repository), await makeLocalFolder(repository)];
  const { text, branch } = await settingsOf(repository);
  const settings = join(folder, 'settings.json');
  const running = before && (await isAlive(before.pid)) ? before : undefined;
  if (running) {
    progress(`already running at ${running.endpoint}`);
    if (existsSync(settings) && (await readFile(settings, 'utf8')) === text) return running;
    progress('the settings are other than those that are deployed');
  }
  const remote = join(folder, 'live.git');
  await createBareRepository(remote, branch);
  const path = toolPath('user');
  const tools = describeTools(path, folder);
  const port = request.port ?? (before && Number(new URL(before.endpoint).port));
  // Those that are deployed, once they are.
  const next = `${settings}.new`;
  await writeFile(next, text);
  const options: StackOptions = {
    directory: join(folder, 'stack'),
    configFile: next,
    repositoryUrl: remote,
    toolPath: path,
    ...(port === undefined ? {} : { port }),
    persist: true,
    progress,
  };
  const started = running ? undefined : await startLocalStack(options);
  const stack = started ?? (await deployTo(running?.endpoint ?? '', options));
  await rename(next, settings);
  const environment = { ...stack.environment, LIVE_CI_CONFIG: settings };
  const pid = started?.emulator.pid ?? running?.pid ?? 0;
  const record = await recordStack({ repository, remote, branch, pid }, { ...stack, environment });
  await installHook(remote, {
    branch,
    command: [process.execPath, join(projectRoot(), 'dist', 'live-ci.js')],
    environment: { ...environment, PATH: path },
  });
  await pointRemote(repository, remote);
  await started?.emulator.letGo();
  await takeUp(stack, record, progress);
  progress(await tools);
  return record;
}

/** Its real path. @throws UsageError */
export async function repositoryOf(directory: string): Promise<string> {
  try {
    return await realpath((await git(directory, ['rev-parse', '--show-toplevel'])).replace(/\n$/, ''));
  } catch (error) {
    throw new UsageError(
      `${directory} is not in a git repository; give your live repository with --repository. ${messageOf(error)}`,
      { cause: error },
    );
  }
}

async function pointRemote(repository: string, bare: string): Promise<void> {
  const remotes = (await git(repository, ['remote'])).split('\n');
  const verb = remotes.includes(remoteName) ? 'set-url' : 'add';
  await git(repository, ['remote', verb, remoteName, bare]);
}
