/**
 * Deploys serverless.yml to an emulator, or only packages it. It is done in a copy of the deployment's files, since the
 * Serverless Framework packages into the folder that it runs in: stacks of several clones, or two of one, never meet.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../config/load.ts';
import { LiveCiError } from '../errors.ts';
import { localSettings, withoutAws } from './local-settings.ts';
import { projectRoot } from './project.ts';

export interface DeployRequest {
  /** Folder to work in; emptied. */
  directory: string;
  stage: string;
  /** The settings to deploy with. */
  configFile: string;
  /** For the framework and for the template's `${env:…}`. */
  environment: Record<string, string>;
}

const parts = ['serverless.yml', 'package.json', 'dist', 'serverless', 'statemachine'];

/** @throws LiveCiError with the end of what the framework said. */
export function deploy(request: DeployRequest): Promise<void> {
  return inCopy(request, 'deploy');
}

/** Removes what `deploy` has made, as `serverless remove` does. @throws LiveCiError with the end of what the framework said. */
export function removeDeployment(request: DeployRequest): Promise<void> {
  return inCopy(request, 'remove');
}

/**
 * What `deploy` would upload: the template and each Lambda's zip.
 * @returns the folder that holds them.
 * @throws LiveCiError with the end of what the framework said.
 */
export async function packageDeployment(request: DeployRequest): Promise<string> {
  await inCopy(request, 'package');
  return join(request.directory, '.serverless');
}

async function inCopy({ directory, stage, configFile, environment }: DeployRequest, command: string): Promise<void> {
  const root = projectRoot();
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  for (const part of parts) await cp(join(root, part), join(directory, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  // The framework leaves folders behind in the temporary directory.
  const temporary = join(directory, 'tmp');
  await mkdir(temporary);
  const settings = join(directory, 'live-ci.config.yml');
  if (stage === 'local') {
    const read = readConfig(directory, { LIVE_CI_CONFIG: configFile });
    await writeFile(settings, JSON.stringify(localSettings(read)));
  } else await cp(configFile, settings);
  await serverless([command, '--stage', stage], directory, {
    ...environment,
    LIVE_CI_CONFIG: settings,
    TMPDIR: temporary,
  });
}

function serverless(args: string[], cwd: string, environment: Record<string, string>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const program = join(cwd, 'node_modules', 'osls', 'bin', 'serverless.js');
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: {
      ...withoutAws(process.env),
      ...environment,
      SLS_NOTIFICATIONS_MODE: 'off',
      SLS_AWS_MONITORING_FREQUENCY: '300',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-8000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('error', reject);
  child.on('close', (code) => {
    if (code === 0) return resolve();
    const end = said.trim().split('\n').slice(-40).join('\n');
    reject(new LiveCiError('local', `serverless ${args[0]} failed:\n${end}`));
  });
  return promise;
}
