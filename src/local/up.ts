/** `live-ci local up`: a deployment on this machine for a live repository that lies on this machine. */
import { existsSync } from 'node:fs';
import { realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configFile, loadConfig } from '../config/load.ts';
import { messageOf, UsageError } from '../errors.ts';
import { git } from '../repository/git.ts';
import { isAlive } from './process-tree.ts';
import { projectRoot, toolPath } from './project.ts';
import { type LocalRecord, makeLocalFolder, readRecord, recordStack } from './record.ts';
import { createBareRepository, installHook } from './repository.ts';
import { startLocalStack } from './stack.ts';
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
 * delivered. What an earlier stack of this repository kept (queue, pointer, plans) is taken up again.
 * @throws UsageError outside of a git repository; LiveCiError when the stack doesn't start.
 */
export async function up(request: UpRequest): Promise<LocalRecord> {
  const repository = await repositoryOf(request.repository);
  const before = readRecord(repository);
  if (before && (await isAlive(before.pid))) {
    request.progress(`already running at ${before.endpoint}`);
    return before;
  }
  const folder = await makeLocalFolder(repository);
  const config = loadConfig(repository, {});
  const settings = await settingsFile(repository, folder);
  const bare = join(folder, 'live.git');
  await createBareRepository(bare, config.branch);
  const path = toolPath('user');
  const tools = describeTools(path, folder);
  const port = request.port ?? (before && Number(new URL(before.endpoint).port));
  const stack = await startLocalStack({
    directory: join(folder, 'stack'),
    configFile: settings,
    repositoryUrl: bare,
    toolPath: path,
    ...(port === undefined ? {} : { port }),
    persist: true,
    progress: request.progress,
  });
  const record = await recordStack({ repository, remote: bare, branch: config.branch }, stack);
  await installHook(bare, {
    branch: config.branch,
    command: [process.execPath, join(projectRoot(), 'dist', 'live-ci.js')],
    environment: { ...stack.environment, PATH: path },
  });
  await pointRemote(repository, bare);
  await stack.emulator.letGo();
  request.progress(await tools);
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

/** The repository's own settings; without any, the defaults are written down where the builds find them. */
async function settingsFile(repository: string, folder: string): Promise<string> {
  const own = join(repository, configFile);
  if (existsSync(own)) return own;
  const defaults = join(folder, configFile);
  await writeFile(
    defaults,
    '# Defaults; put a live-ci.config.yml into your repository to change them.\nsync: commit\n',
  );
  return defaults;
}

async function pointRemote(repository: string, bare: string): Promise<void> {
  const remotes = (await git(repository, ['remote'])).split('\n');
  const verb = remotes.includes(remoteName) ? 'set-url' : 'add';
  await git(repository, ['remote', verb, remoteName, bare]);
}
