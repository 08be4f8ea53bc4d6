/**
 * `.live-ci/local.json` beside a live repository: how to reach the stack that delivers it. It holds keys, so only its
 * owner may read it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { LiveCiError } from '../errors.ts';

const schema = z.strictObject({
  version: z.literal(1),
  /** The emulator's process. */
  pid: z.int().positive(),
  endpoint: z.string(),
  port: z.int(),
  /** The bare repository to push to. */
  remote: z.string(),
  branch: z.string(),
  /** `LIVE_CI_*` and `AWS_*` of the stack. */
  environment: z.record(z.string(), z.string()),
});
export type LocalRecord = z.infer<typeof schema>;

/** Where everything of a local stack lies: in the live repository, out of git's sight. */
export function localFolder(repository: string): string {
  return join(repository, '.live-ci');
}

const recordFile = (repository: string) => join(localFolder(repository), 'local.json');

export async function makeLocalFolder(repository: string): Promise<string> {
  const folder = localFolder(repository);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, '.gitignore'), '*\n');
  return folder;
}

export async function writeRecord(repository: string, record: LocalRecord): Promise<void> {
  const file = recordFile(repository);
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 1)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** @throws LiveCiError when the file is not what `live-ci local up` writes. */
export function readRecord(repository: string): LocalRecord | undefined {
  const file = recordFile(repository);
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new LiveCiError('local', `${file} is damaged; remove it and run live-ci local up.`, { cause: error });
  }
}

/** The record of the directory or of the nearest one above it that has one. */
export function findRecord(directory: string): { repository: string; record: LocalRecord } | undefined {
  const record = readRecord(directory);
  if (record) return { repository: directory, record };
  const parent = dirname(directory);
  return parent === directory ? undefined : findRecord(parent);
}
