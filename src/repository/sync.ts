/**
 * Brings git back to what is applied. After a delivery that did not end well for every unit:
 *
 * 1. Look for the commit of an earlier run, by its trailer, on the branch and on the sync branch; when it is there, done.
 * 2. For each unit that did not end well, compare its own files at the branch's tip with those at the delivery's head. A
 *    newer commit's version is left alone: that commit's delivery will decide about it.
 *    So is a unit without a base when this delivery's plans found that such units had been applied before there was a record.
 * 3. Put the others' files in an index of the tip's tree back to those at the unit's base; where there is none, take them out.
 * 4. Commit that on top of the tip and push. When the branch has moved meanwhile, begin again at 1.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored } from '../aws/stored.ts';
import type { Config, DiscoverySettings } from '../config/schema.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { GitError } from '../errors.ts';
import {
  type Delivery,
  type DeliveryUnit,
  deliverySchema,
  endedWell,
  type Outcome,
  outcomes,
  runResultSchema,
} from '../model.ts';
import { discoveriesIn, putBackShared } from './generated-units.ts';
import { git } from './git.ts';
import { gitHubOf, openPullRequest } from './pull-request.ts';
import { openRemote, type Remote } from './remote.ts';
import { filesNamed, sameFiles, type UnitFiles, unitFiles } from './unit-files.ts';

export interface SyncContext {
  bucket: Bucket;
  /** Where the commit is pushed: a path or a URL. */
  repositoryUrl: string;
  config: Pick<Config, 'sync'> & DiscoverySettings;
  /** LIVE_CI_GITHUB_TOKEN, LIVE_CI_GITHUB_API. */
  environment: NodeJS.ProcessEnv;
  output: (text: string) => void;
}

export interface SyncResult {
  /** Null when there was nothing to put back. */
  commit: string | null;
  /** The branch that has the commit. */
  branch: string;
  /** The pull request's address, where one could be opened. */
  pullRequest: string | null;
  /** The units that were put back, sorted. */
  units: string[];
}

const outcomesSchema = z.looseObject({ outcomes: z.record(z.string(), z.enum(outcomes)) });
const graphSchema = z.looseObject({ graph: z.array(z.looseObject({ path: z.string() })) });

const attempts = 5;
const trailer = 'Live-CI-Delivery';

/** What a sync is about, read once. */
interface Task {
  delivery: Delivery;
  /** Units without a base may be running nevertheless: nobody recorded a baseline. */
  unrecorded: boolean;
  open: { unit: DeliveryUnit; outcome: Outcome }[];
  config: DiscoverySettings;
  environment: NodeJS.ProcessEnv;
  /** Every unit that is known, to tell a unit's own files from those of the units below it. */
  known: ReadonlySet<string>;
  remote: Remote;
  output: (text: string) => void;
}

/** @throws DeliveryError, GitError */
export async function sync(request: { delivery: string }, context: SyncContext): Promise<SyncResult> {
  const { bucket, config, environment } = context;
  const delivery = await readExpected(bucket, bucketKeys.delivery(request.delivery), deliverySchema);
  const ended = (await readExpected(bucket, bucketKeys.outcomes(delivery.id), outcomesSchema)).outcomes;
  const changeSet = await readStored(bucket, bucketKeys.changeSet(delivery.sequence), graphSchema);
  await using remote = await openRemote(context.repositoryUrl);
  const task: Task = {
    delivery,
    unrecorded: await anyUnrecorded(delivery, bucket),
    open: delivery.units.flatMap((unit) => {
      const outcome = ended[unit.path] ?? 'cancelled';
      return endedWell(outcome) ? [] : [{ unit, outcome }];
    }),
    known: new Set([...delivery.units, ...(changeSet?.value.graph ?? [])].map(({ path }) => path)),
    remote,
    output: context.output,
    config,
    environment,
  };
  const branch = config.sync === 'commit' ? delivery.branch : `live-ci/sync-${delivery.id}`;
  // A commit that a force push removed has taken its changes with it: the branch says nothing of them any more.
  const pushed = (await remote.has(delivery.head)) ? await pushCommit(task, branch) : null;
  if (pushed === null) {
    context.output(`[live-ci] nothing to put back after ${delivery.id}\n`);
    return { commit: null, branch, pullRequest: null, units: [] };
  }
  context.output(`[live-ci] ${pushed.commit} on ${pushed.branch} puts back ${pushed.units.join(', ')}\n`);
  const github = pushed.branch === delivery.branch ? undefined : gitHubOf(delivery.repository, environment);
  const pullRequest = github === undefined ? null : await openPullRequest(github, pullRequestFor(task, pushed, branch));
  if (pullRequest !== null) context.output(`[live-ci] ${pullRequest}\n`);
  const { left: _, ...result } = pushed;
  return { ...result, pullRequest };
}

/** Taking the code of something that runs out of git would have the next delivery destroy it. */
async function anyUnrecorded(delivery: Delivery, bucket: Bucket): Promise<boolean> {
  const added = delivery.units.filter(({ base, ours }) => base === null && !ours);
  const plans = await atMost(bucketRequests, added, ({ path }) =>
    readStored(bucket, bucketKeys.result(delivery.id, path, 'plan'), runResultSchema),
  );
  return plans.some((plan) => plan?.value.existed === true);
}

type Pushed = Omit<SyncResult, 'commit' | 'pullRequest'> & Made;

interface Made {
  commit: string;
  units: string[];
  /** Rows of a list: units that are not what is applied, and why they could not be put back. */
  left: readonly string[];
}

async function pushCommit(task: Task, branch: string): Promise<Pushed | null> {
  const { delivery, remote } = task;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const tip = await remote.tip(delivery.branch);
    if (tip === undefined) {
      throw new GitError(`the branch ${delivery.branch} no longer exists; put it back, then run the sync again.`);
    }
    for (const place of new Set([delivery.branch, branch])) {
      const found = await ownCommit(task, place === delivery.branch ? tip : await remote.tip(place));
      if (found !== undefined) return { ...found, branch: place };
    }
    const made = await commitOnTop(task, tip);
    if (made === null) return null;
    if (await remote.push(made.commit, branch)) return { ...made, branch };
    task.output(`[live-ci] ${branch} has moved on; trying again on its new tip (${attempt} of ${attempts})\n`);
  }
  throw new GitError(`${branch} moved on ${attempts} times while units were put back; run the sync again.`);
}

/** The commit that an earlier run made, in the history of `tip`; what it is about stands in its message. */
async function ownCommit({ delivery, remote, open }: Task, tip: string | undefined): Promise<Made | undefined> {
  if (tip === undefined) return undefined;
  const line = `${trailer}: ${delivery.id}`;
  const log = ['log', '-1', '--format=%H%n%B', '--fixed-strings', `--grep=${line}`, tip, `^${delivery.head}`];
  const [commit = '', ...said] = (await git(remote.directory, log)).split('\n');
  if (commit === '') return undefined;
  const [back, left = []] = said.includes(byHand)
    ? [said.slice(0, said.indexOf(byHand)), said.slice(said.indexOf(byHand))]
    : [said];
  const units = open.filter((one) => back.includes(rowOf(one))).map(({ unit }) => unit.path);
  return { commit, units: units.sort(), left: left.filter((row) => row.startsWith('- ')) };
}

async function commitOnTop(task: Task, tip: string): Promise<Made | null> {
  const { delivery, unrecorded, remote, open, known, output } = task;
  const index = { GIT_INDEX_FILE: join(remote.directory, `index-${tip}`) };
  const run = (args: string[], input?: string) =>
    git(remote.directory, args, { environment: index, ...(input === undefined ? {} : { input }) });
  await run(['read-tree', tip]);
  const discoveries = discoveriesIn(remote.directory, task.config, task.environment);
  const sources = (await discoveries(delivery.head)).tree.stacks?.sources ?? new Set();
  const back: Task['open'] = [];
  const shared: Task['open'] = [];
  for (const { unit, outcome } of open) {
    if (unit.base === null && unrecorded) {
      output(`[live-ci] ${unit.path} is left alone: no commit is recorded for what is applied; run live-ci baseline\n`);
      continue;
    }
    if (unit.base !== null) await remote.need(unit.base);
    const files = (commit: string | null) => unitFiles(remote.directory, commit, unit.path, known);
    const [atTip, atHead, atBase] = [await files(tip), await files(delivery.head), await files(unit.base)];
    if (sources.has(unit.path) || [atTip, atHead, atBase].every(({ size }) => size === 0)) {
      shared.push({ unit, outcome });
      continue;
    }
    if (sameFiles(atTip, atBase)) continue;
    if (!sameFiles(atTip, atHead)) {
      output(`[live-ci] ${unit.path} is left alone: a newer commit has changed it\n`);
      continue;
    }
    await run(['update-index', '-z', '--replace', '--index-info'], indexInfo(atTip, atBase));
    back.push({ unit, outcome });
  }
  const put = await putBackShared(
    shared.map(({ unit }) => unit),
    {
      tree: (await run(['write-tree'])).trim(),
      head: delivery.head,
      before: delivery.base !== null && (await remote.has(delivery.base)) ? delivery.base : null,
      async replace(tree, files) {
        await run(['read-tree', tree]);
        for (const [path, commit] of files) {
          const named = (at: string | null) => filesNamed(remote.directory, at, path);
          await run(
            ['update-index', '-z', '--replace', '--index-info'],
            indexInfo(await named(tree), await named(commit)),
          );
        }
        return (await run(['write-tree'])).trim();
      },
    },
    discoveries,
  );
  back.push(...shared.filter(({ unit }) => put.back.includes(unit.path)));
  for (const { path, reason } of put.left) output(`[live-ci] ${path} is left alone: ${reason}\n`);
  const left = put.left.map(({ path, reason }) => `- ${path}: ${reason}`).sort();
  if (back.length === 0) return null;
  const commit = await git(remote.directory, ['commit-tree', put.tree, '-p', tip], {
    input: message(delivery, back, left),
    environment: await identity(remote.directory),
  });
  return { commit: commit.trim(), units: back.map(({ unit }) => unit.path).sort(), left };
}

/** For `git update-index --index-info`: everything in `from` goes, everything in `to` comes. */
function indexInfo(from: UnitFiles, to: UnitFiles): string {
  const gone = [...from].map(([path, { object }]) => `0 ${'0'.repeat(object.length)}\t${path}\0`);
  const come = [...to].map(([path, { mode, object }]) => `${mode} ${object}\t${path}\0`);
  return [...gone, ...come].join('');
}

function title(delivery: Delivery, count: number): string {
  return `live-ci: put back ${count} ${count === 1 ? 'unit' : 'units'} not delivered by ${delivery.id}`;
}

/** Heads the list of what a commit says it could not put back. */
const byHand = 'These are not applied either, and are to be put back by hand:';

const rowOf = ({ unit, outcome }: Task['open'][number]) => `- ${unit.path}: ${outcome}`;

function message(delivery: Delivery, back: Task['open'], left: readonly string[]): string {
  const others = left.length === 0 ? '' : `${byHand}\n\n${left.join('\n')}\n\n`;
  return `${title(delivery, back.length)}\n\n${back.map(rowOf).sort().join('\n')}\n\n${others}${trailer}: ${delivery.id}\n`;
}

function pullRequestFor({ delivery, open }: Task, { units, left }: Made, head: string) {
  const rows = open
    .filter(({ unit }) => units.includes(unit.path))
    .map(({ unit, outcome }) => `| \`${unit.path}\` | ${outcome} | ${unit.base?.slice(0, 12) ?? 'not there'} |`);
  const body = [
    `Delivery \`${delivery.id}\` of ${delivery.head} ("${delivery.subject}" by ${delivery.author}) did not apply these units.`,
    'Merging this makes the branch say what is applied.',
    '',
    '| unit | outcome | put back to |',
    '| --- | --- | --- |',
    ...rows,
    ...(left.length === 0 ? [] : ['', byHand, '', ...left]),
  ];
  return { head, base: delivery.branch, title: title(delivery, units.length), body: body.join('\n') };
}

/** Git's own settings come first; a machine without any commits as live-ci. */
async function identity(directory: string): Promise<Record<string, string>> {
  const set = (name: string) => git(directory, ['config', '--get', name]).catch(() => '');
  const name = (await set('user.name')).trim() || 'live-ci';
  const email = (await set('user.email')).trim() || 'live-ci@example.org';
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}
