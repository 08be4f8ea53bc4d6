/**
 * Everything of a local stack lies in a folder of the user's own, by the live repository's real path: `local.json`, which says how to reach
 * the stack, the bare repository to push to, and what the stack keeps. Nothing of it is in the checkout, where whoever writes a branch could
 * put a stack, a hook or an environment of theirs.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { LiveCiError } from '../errors.ts';
import { userState } from '../user-folders.ts';
import { emulatorEnvironment } from './local-settings.ts';

const schema = z.strictObject({
  version: z.literal(1),
  /** The live repository's real path. */
  repository: z.string(),
  /** The emulator's process. */
  pid: z.int().positive(),
  endpoint: z.string().regex(/^http:\/\/127\.0\.0\.1:\d+$/),
  /** The bare repository to push to. */
  remote: z.string(),
  branch: z.string(),
  /** What the stack's outputs say. */
  environment: z.record(z.string().regex(/^LIVE_CI_[A-Z_]+$/), z.string()),
});
export type LocalRecord = z.infer<typeof schema>;

/** @param repository its real path */
export function localFolder(repository: string, environment = process.env): string {
  const name = basename(repository).replaceAll(/[^\w.-]/g, '_');
  const digest = createHash('sha256').update(repository).digest('hex').slice(0, 12);
  return join(userState(environment, 'local'), `${name}-${digest}`);
}

const recordFile = (repository: string) => join(localFolder(repository), 'local.json');

/** @throws LiveCiError when somebody else could have put it there */
export async function makeLocalFolder(repository: string): Promise<string> {
  const folder = localFolder(repository);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  requireOwn(folder);
  return folder;
}

/** Writes down how to reach the stack, for whoever works in the repository from now on. */
export async function recordStack(
  of: Pick<LocalRecord, 'repository' | 'remote' | 'branch' | 'pid'>,
  { endpoint, environment }: Pick<LocalRecord, 'endpoint' | 'environment'>,
): Promise<LocalRecord> {
  const names = Object.entries(environment).filter(([name]) => name.startsWith('LIVE_CI_'));
  const record = { version: 1, ...of, endpoint, environment: Object.fromEntries(names) } as const;
  const file = recordFile(of.repository);
  await writeFile(`${file}.new`, `${JSON.stringify(schema.parse(record), null, 1)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return record;
}

/** @throws LiveCiError when the file is not what `live-ci local up` writes, or somebody else could have written it. */
export function readRecord(repository: string): LocalRecord | undefined {
  const file = recordFile(repository);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  requireOwn(dirname(file));
  requireOwn(file);
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new LiveCiError('local', `${file} is damaged; remove it and run live-ci local up.`, { cause: error });
  }
}

/** The record of the directory or of the nearest one above it that has one. */
export function findRecord(directory: string): LocalRecord | undefined {
  for (let at = realpathSync(directory); ; at = dirname(at)) {
    const record = readRecord(at);
    if (record || dirname(at) === at) return record;
  }
}

/** What a command needs to work with the stack of the record, and nothing of the AWS that its user works with otherwise. */
export function environmentOf({ endpoint, environment }: LocalRecord): Record<string, string> {
  return { ...emulatorEnvironment(endpoint), ...environment };
}

/** A link counts as what it is: it can point anywhere. */
function requireOwn(path: string): void {
  const { uid, mode } = lstatSync(path);
  if (uid === process.getuid?.() && (mode & 0o077) === 0) return;
  throw new LiveCiError(
    'local',
    `${path} belongs to somebody else, or others may read or write it, so what it says is not trusted. See who made it; when it is yours, chmod go= ${path} and try again.`,
  );
}
