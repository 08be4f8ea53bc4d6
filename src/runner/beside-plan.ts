/**
 * What a plan was made with and git doesn't have: the lock file as `init` left it, modules that were downloaded, what Terragrunt generated,
 * what a data source or a hook wrote. It is kept beside the plan file, and put back before that is applied, so that what came out in between
 * (a provider's release, a tag that was moved) changes nothing.
 *
 * A plan holds the configuration by itself, but no files that this reads while it is applied (`file()`, a module's scripts, an archive).
 * Providers are never kept: the lock file names them, and `init` gets them. What is too large is compared instead, where it is downloaded again.
 */
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { atMost } from '../at-most.ts';
import { RunError } from '../errors.ts';
import { git } from '../repository/git.ts';
import { StaleError } from './failure.ts';

/** A path without steps upwards, so that nothing is written elsewhere. */
const place = z
  .string()
  .min(1)
  .refine((path) => !path.split('/').some((part) => part === '' || part === '.' || part === '..'));

const fileSchema = z.strictObject({
  /** Below the checkout, or below the directory that Terragrunt has made for the unit. */
  below: z.enum(['checkout', 'cache']),
  path: place,
  /** In hex. */
  sha256: z.string(),
  executable: z.boolean(),
  /** In Base64; null when there was no room for it. */
  content: z.string().nullable(),
  /** Where a link leads, in place of a content. */
  link: z.string().optional(),
});
type KeptFile = z.infer<typeof fileSchema>;

const filesSchema = z.strictObject({ version: z.literal(1), files: z.array(fileSchema) });
export type FilesBeside = z.infer<typeof filesSchema>;

/** Where a unit is run, all absolute. */
export interface Roots {
  checkout: string;
  /** Where the tool is run. */
  working: string;
}

export const lockFile = '.terraform.lock.hcl';

/** What there is room for, before it is compressed. */
const mostBytes = 48 * 2 ** 20;
const filesAtOnce = 32;

interface Found extends Pick<KeptFile, 'below' | 'path' | 'executable'> {
  /** Absolute. */
  file: string;
  size: number;
  /** With its content. */
  keep: boolean;
}

/**
 * What lies beside a plan, as bytes; undefined when it was made with nothing but what git has.
 * @param unit its directory, below the checkout
 */
export async function filesBeside(
  unit: string,
  roots: Roots,
  note: (line: string) => void,
): Promise<Buffer | undefined> {
  const locks = await lockForInit(unit, roots);
  const own = await inCheckout(roots);
  const found = [
    ...own.filter(({ path }) => locks.every((lock) => lock.path !== path)),
    ...(await inCache(roots)),
    ...locks,
  ];
  if (found.length === 0) return undefined;
  const files = await atMost(filesAtOnce, withinBounds(found, note), kept);
  return gzipSync(JSON.stringify({ version: 1, files } satisfies FilesBeside));
}

/** The name of a plan, which an approval is for: a SHA-256 of all that is applied with it. */
export function planName(file: Uint8Array, beside: Uint8Array | undefined): string {
  const [own, others] = [sha256(file), beside && sha256(beside)];
  return others === undefined ? own : sha256(Buffer.from(`${own} ${others}`));
}

/** @throws RunError when it isn't what `filesBeside` made */
export function readBeside(bytes: Buffer | undefined): FilesBeside {
  if (bytes === undefined) return { version: 1, files: [] };
  try {
    return filesSchema.parse(JSON.parse(gunzipSync(bytes).toString('utf8')));
  } catch (cause) {
    throw new RunError(
      'what lies beside the plan in the artifact bucket can not be read; ask for a new plan (replan).',
      {
        cause,
      },
    );
  }
}

/** Puts back what lies in the checkout, so that `init` finds it. What is committed stays as it is committed. */
export async function putBackBeforeInit({ files }: FilesBeside, checkout: string): Promise<void> {
  const tracked = await trackedIn(checkout);
  for (const file of files) if (file.below === 'checkout' && mayPutBack(file, tracked)) await putBack(file, checkout);
}

/**
 * Puts all of it back once more: `init` may have changed it.
 * @throws StaleError when what was too large to be kept is another one by now
 */
export async function putBackAfterInit(beside: FilesBeside, roots: Roots): Promise<void> {
  await putBackBeforeInit(beside, roots.checkout);
  const cache = cacheOf(roots);
  for (const file of beside.files) {
    const root = file.below === 'cache' ? cache : roots.checkout;
    if (root === undefined) continue;
    if (file.below === 'cache') await putBack(file, root);
    if (file.content === null && file.link === undefined) await requireSame(file, root);
  }
}

async function requireSame({ path, sha256: expected }: KeptFile, root: string): Promise<void> {
  const content = await readFile(join(root, path)).catch(() => undefined);
  if (content !== undefined && sha256(content) === expected) return;
  throw new StaleError(
    `${path} is another one than the plan was made with, and it was too large to be kept; ask for a new plan (replan) and look at that one.`,
  );
}

/** What git has not, and a lock file that it has, since `init` completes that. */
async function inCheckout({ checkout, working }: Roots): Promise<Found[]> {
  const tracked = await trackedIn(checkout);
  const dataDirectory = join(working, '.terraform');
  const paths = await walk(checkout, (path) => {
    const name = path.slice(path.lastIndexOf(sep) + 1);
    return !never(name) && (name !== '.terraform' || path === dataDirectory);
  });
  const own = paths.filter((path) => !path.startsWith(`${dataDirectory}${sep}`) || isModule(path, dataDirectory));
  const untracked = own.filter((path) => mayPutBack({ path: relative(checkout, path) }, tracked));
  return atMost(filesAtOnce, untracked, (path) => foundAt('checkout', checkout, path));
}

/** What Terragrunt copied, downloaded and generated there, when the unit is not run in its own directory. */
async function inCache(roots: Roots): Promise<Found[]> {
  const cache = cacheOf(roots);
  if (cache === undefined) return [];
  const dataDirectory = join(roots.working, '.terraform');
  const paths = await walk(cache, (path) => {
    const name = path.slice(path.lastIndexOf(sep) + 1);
    return !never(name) && !name.startsWith('.terragrunt-') && (name !== '.terraform' || path === dataDirectory);
  });
  const own = paths.filter((path) => !path.startsWith(`${dataDirectory}${sep}`) || isModule(path, dataDirectory));
  return atMost(filesAtOnce, own, (path) => foundAt('cache', cache, path));
}

/**
 * The lock file that lies in Terragrunt's copy, as one of the unit's directory, from where `init` will have it: Terragrunt takes it back there
 * only when the configuration lets it (`copy_terraform_lock_file`).
 */
async function lockForInit(unit: string, roots: Roots): Promise<Found[]> {
  const file = join(roots.working, lockFile);
  if (cacheOf(roots) === undefined || !(await isFile(file))) return [];
  return [{ ...(await foundAt('checkout', roots.working, file)), path: posix.join(unit, lockFile) }];
}

async function isFile(path: string): Promise<boolean> {
  const facts = await lstat(path).catch(() => undefined);
  return facts?.isFile() ?? false;
}

/** Terragrunt's copy of a source is two directories below its cache, and the unit is run there or deeper. */
function cacheOf({ checkout, working }: Roots): string | undefined {
  const parts = working.split(sep);
  const at = parts.lastIndexOf('.terragrunt-cache');
  if (at >= 0) return parts.slice(0, at + 3).join(sep);
  return working === checkout || working.startsWith(`${checkout}${sep}`) ? undefined : working;
}

/** Git's own, what others were initialized with, providers, and what `init` says of a backend or a state. */
function never(name: string): boolean {
  return (
    name === '.git' ||
    name === '.terragrunt-cache' ||
    name.startsWith('terraform-provider-') ||
    name.startsWith('terraform.tfstate')
  );
}

function isModule(path: string, dataDirectory: string): boolean {
  return path.startsWith(join(dataDirectory, 'modules') + sep);
}

function mayPutBack({ path }: { path: string }, tracked: ReadonlySet<string>): boolean {
  return !tracked.has(path) || path === lockFile || path.endsWith(`/${lockFile}`);
}

async function trackedIn(checkout: string): Promise<Set<string>> {
  const listed = await git(checkout, ['ls-files', '-z', '--recurse-submodules']);
  return new Set(listed.split('\0'));
}

/** Files and links below `directory`, sorted. @param enters whether a file or directory counts */
async function walk(directory: string, enters: (path: string) => boolean): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const paths = await Promise.all(
    entries.map(async (entry) => {
      const path = join(directory, entry.name);
      if (!enters(path)) return [];
      if (entry.isDirectory()) return walk(path, enters);
      return entry.isFile() || entry.isSymbolicLink() ? [path] : [];
    }),
  );
  return paths.flat().sort();
}

async function foundAt(below: KeptFile['below'], root: string, path: string): Promise<Found> {
  const { size, mode } = await lstat(path);
  const name = relative(root, path).split(sep).join('/');
  return { below, path: name, file: path, size, executable: (mode & 0o100) !== 0, keep: true };
}

/** What is generated can't be had again; what is downloaded is compared where it is too large. */
function withinBounds(files: readonly Found[], note: (line: string) => void): Found[] {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size <= mostBytes) return [...files];
  note(
    `what this plan is made with has ${Math.round(size / 2 ** 20)} MB, too much to be kept beside it: what is downloaded is downloaded again for the apply, and the plan is made anew when it is not the same then`,
  );
  let room = mostBytes;
  const smallest = files.toSorted((a, b) => a.size - b.size);
  return smallest.flatMap((file) => {
    if (file.below === 'cache' || file.path.includes('.terraform/modules/')) return { ...file, keep: false };
    room -= file.size;
    return room >= 0 ? file : [];
  });
}

async function kept({ below, path, file, executable, keep }: Found): Promise<KeptFile> {
  const link = await readlink(file).catch(() => undefined);
  if (link !== undefined) return { below, path, sha256: '', executable: false, content: null, link };
  const content = await readFile(file);
  return { below, path, sha256: sha256(content), executable, content: keep ? content.toString('base64') : null };
}

async function putBack({ path, content, executable, link }: KeptFile, root: string): Promise<void> {
  if (content === null && link === undefined) return;
  const file = join(root, path);
  await ownDirectories(root, dirname(file));
  await rm(file, { force: true, recursive: true });
  if (link !== undefined) {
    const target = resolve(dirname(file), link);
    if (target === root || target.startsWith(`${root}${sep}`)) await symlink(link, file);
    return;
  }
  await writeFile(file, Buffer.from(content ?? '', 'base64'));
  if (executable) await chmod(file, 0o755);
}

/** Makes the directories down to `directory`; a link on the way could lead out of the root, and is taken away. */
async function ownDirectories(root: string, directory: string): Promise<void> {
  const parts = relative(root, directory).split(sep).filter(Boolean);
  for (let depth = 1; depth <= parts.length; depth++) {
    const at = join(root, ...parts.slice(0, depth));
    const facts = await lstat(at).catch(() => undefined);
    if (facts?.isDirectory()) continue;
    if (facts) await rm(at, { force: true });
    await mkdir(at);
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
