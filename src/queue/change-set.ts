/** What one commit asks for, read from git alone. */
import type { Config } from '../config/schema.ts';
import { nothingApplied } from '../delivery/applied.ts';
import { prepareDelivery } from '../delivery/prepare.ts';
import { isWithin } from '../discovery/resolve-links.ts';
import { discoverTouched, type Touched } from '../discovery/touched.ts';
import type { ChangeSet, Unit } from '../model.ts';
import { git } from '../repository/git.ts';
import { trailer } from '../repository/sync-words.ts';
import { isSameFile, treeFiles } from '../repository/tree-files.ts';

/** What a commit's configuration runs (`run_cmd`, when Terragrunt is asked) has no business with this build's role. */
function withoutCredentials(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = Object.entries(environment).filter(
    ([name]) => !/^(AWS_|LIVE_CI_GITHUB_TOKEN$)/.test(name) || name === 'AWS_REGION' || name === 'AWS_DEFAULT_REGION',
  );
  return Object.fromEntries(given);
}

export interface Range {
  /** Null is the empty tree: everything is new. */
  base: string | null;
  head: string;
  sequence: number;
  /** Units of a base commit that is gone: those that aren't there any more are deleted. */
  known?: readonly Unit[];
}

export interface DescribeContext {
  config: Config;
  now: () => Date;
  warn?: ((message: string) => void) | undefined;
}

/** @throws GitError, and DiscoveryError for what can't be put in order */
export async function describeChangeSet(
  directory: string,
  { base, head, sequence, known }: Range,
  { config, now, warn }: DescribeContext,
): Promise<ChangeSet> {
  const environment = withoutCredentials(process.env);
  const found = await discoverTouched(directory, { base, head, known, config, environment, warn });
  const format = '--format=%an%x00%s';
  const [author = '', subject = ''] = (await git(directory, ['show', '--no-patch', format, found.head]))
    .trim()
    .split('\0');
  const { repository, branch } = config;
  const { touched, graph } = found;
  const changeSet: ChangeSet = {
    version: 1,
    repository,
    branch,
    base: found.base,
    head: found.head,
    sequence,
    author,
    authorEmails: await authorsOf(directory, found.base, found.head),
    subject,
    enqueuedAt: now().toISOString(),
    touched,
    graph,
    ...(await putBacksIn(directory, found)),
  };
  // What can't become a delivery is told to whoever pushes, not to the poll; and so is what will fail in it.
  for (const { path, error } of prepareDelivery(changeSet, nothingApplied, [], config).units)
    if (error !== undefined)
      warn?.(`${path} can't be understood, so it fails, and what depends on it is cancelled: ${error}`);
  return changeSet;
}

/** The commits that put units back, as their last lines say, and what of them nobody has changed since. */
async function putBacksIn(
  directory: string,
  { base, head, touched }: Pick<Touched, 'base' | 'head' | 'touched'>,
): Promise<Pick<ChangeSet, 'putBacks'>> {
  if (base === null) return {};
  const format = `--format=%H %(trailers:key=${trailer},valueonly,separator=%x20)`;
  const lines = (await git(directory, ['log', format, `${base}..${head}`])).split('\n');
  const commits = lines.flatMap((line) => {
    const [commit = '', delivery = ''] = line.split(' ');
    return /^[0-9a-f]{12}-\d+$/.test(delivery) ? [{ commit, delivery }] : [];
  });
  if (commits.length === 0) return {};
  const now = await treeFiles(directory, head);
  const putBacks = commits.map(async ({ commit, delivery }) => {
    const then = await treeFiles(directory, commit);
    const all = [...new Set([...now.keys(), ...then.keys()])];
    const changed = all.filter((file) => !isSameFile(now.get(file), then.get(file)));
    const units = touched.map(({ path }) => path).filter((path) => !changed.some((file) => isWithin(file, path)));
    return { delivery, units };
  });
  return { putBacks: await Promise.all(putBacks) };
}

/** Of every commit that the change set brings, with whom its message names beside them; of the head alone where nothing is known before it. */
async function authorsOf(directory: string, base: string | null, head: string): Promise<string[]> {
  const range = base === null ? ['--max-count=1', head] : [`${base}..${head}`];
  // As GitHub writes those whose commits it joins to one.
  const format = '--format=<%ae>%n%(trailers:key=Co-authored-by,valueonly)';
  const authors = (await git(directory, ['log', format, ...range])).toLowerCase();
  const emails = [...authors.matchAll(/<([^<>\n]+)>/g)].map(([, email = '']) => email.trim());
  return [...new Set(emails)].sort();
}
