/**
 * Brings git back to what is applied, after a delivery:
 *
 * 1. Something newer waits, or the branch has moved on: nothing is done. The end of the newest delivery decides, in view of all of them.
 * 2. What the delivery left open, and what was open before, is compared with what is applied of it now, and put back in the tip's tree as far as
 *    that can be: see put-back.ts.
 * 3. With `sync: commit`, what somebody decided goes on the branch by a commit directly on top of what was delivered. Should somebody push in the
 *    meantime, git refuses it, and it is dropped: what was pushed has its own delivery.
 * 4. Everything else is one proposal: a branch of the pipeline's own, and a pull request where there is GitHub, made anew each time. When nothing
 *    differs any more, both go.
 *
 * What is done is written down in the bucket before it is done, so that a build that is repeated finds it.
 */
import * as z from 'zod';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readExpected, readStored, toJson } from '../aws/stored.ts';
import type { Config, DiscoverySettings } from '../config/schema.ts';
import { appliedSchema, nothingApplied } from '../delivery/applied.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { type OutOfStep, outOfStep } from '../delivery/out-of-step.ts';
import { readPointer } from '../delivery/pointer.ts';
import { type SyncRecord, syncRecordSchema } from '../delivery/sync-record.ts';
import { GitError } from '../errors.ts';
import { type Delivery, deliverySchema, outcomes, runResultSchema } from '../model.ts';
import { readEnqueued } from '../queue/change-sets.ts';
import { closePullRequest, type GitHub, gitHubOf, openPullRequest } from './pull-request.ts';
import type { PutBack } from './put-back.ts';
import { openRemote } from './remote.ts';
import { gitRepository, type SyncRepository } from './sync-repository.ts';
import { message, nothingDiffers, pullRequestBody, type SyncWords, title } from './sync-words.ts';

export interface BringBackContext {
  bucket: Bucket;
  config: Pick<Config, 'sync'>;
  /** LIVE_CI_GITHUB_TOKEN, LIVE_CI_GITHUB_API. */
  environment: NodeJS.ProcessEnv;
  output: (text: string) => void;
}

export interface SyncContext extends BringBackContext {
  /** Where the commit is pushed: a path or a URL. */
  repositoryUrl: string;
  config: Pick<Config, 'github' | 'sync'> & DiscoverySettings;
}

const graphSchema = z.looseObject({ graph: z.array(z.looseObject({ path: z.string(), fingerprint: z.string() })) });
const outcomesSchema = z.looseObject({ outcomes: z.record(z.string(), z.enum(outcomes)) });

/** What a sync is about, read once. */
interface Task extends BringBackContext {
  delivery: Delivery;
  open: OutOfStep[];
  repository: SyncRepository;
  /** What the branch holds: what was delivered. */
  tip: string;
  /** Undefined where no pull request can be opened. */
  github: GitHub | undefined;
}

/** The branch of the proposal: one for each branch that is delivered. */
export function proposalBranch(branch: string): string {
  return `live-ci/sync-${branch}`;
}

/** @throws DeliveryError, GitError */
export async function sync(request: { delivery: string }, context: SyncContext): Promise<SyncRecord> {
  await using remote = await openRemote(context.repositoryUrl);
  return await bringBack(request, gitRepository(remote, context), context);
}

/** The same in any repository. @throws DeliveryError, GitError */
export async function bringBack(
  request: { delivery: string },
  repository: SyncRepository,
  context: BringBackContext,
): Promise<SyncRecord> {
  const { bucket, config, environment, output } = context;
  const delivery = await readExpected(bucket, bucketKeys.delivery(request.delivery), deliverySchema);
  const { branch } = delivery;
  const enqueued = await readEnqueued(bucket);
  const tip = await repository.tip(branch);
  if (tip === undefined)
    throw new GitError(`the branch ${branch} no longer exists; put it back, then run the sync again.`);
  const earlier = (await readStored(bucket, bucketKeys.sync(delivery.id), syncRecordSchema))?.value;
  const isOnBranch = earlier?.branch === branch && earlier.commit !== null;
  if (isOnBranch && (await repository.leadsTo(earlier.commit ?? '', tip))) {
    output(`[live-ci] ${earlier.commit} on ${branch} has put back ${earlier.units.join(', ')}\n`);
    return earlier;
  }
  if (tip !== delivery.head || (enqueued?.sequence ?? 0) > delivery.sequence) {
    output(`[live-ci] ${branch} holds something newer than ${delivery.id}, whose delivery decides what is put back\n`);
    // What was proposed before is proposed still.
    return earlier && !isOnBranch ? earlier : record({ delivery, bucket }, nothingOn(branch));
  }
  const open = await readOutOfStep(delivery, bucket);
  const github = gitHubOf(delivery.repository, environment);
  const task: Task = { ...context, delivery, open, repository, tip, github };
  return (config.sync === 'commit' ? await commitDecided(task) : undefined) ?? (await propose(task));
}

async function readOutOfStep(delivery: Delivery, bucket: Bucket): Promise<OutOfStep[]> {
  const ended = (await readExpected(bucket, bucketKeys.outcomes(delivery.id), outcomesSchema)).outcomes;
  const endings = new Map(Object.entries(ended).map(([path, outcome]) => [path, { outcome }]));
  const { carried } = (await readPointer(bucket)).value;
  const applied = (await readStored(bucket, bucketKeys.applied, appliedSchema))?.value ?? nothingApplied;
  const changeSet = await readStored(bucket, bucketKeys.changeSet(delivery.sequence), graphSchema);
  const fingerprints = new Map(changeSet?.value.graph.map(({ path, fingerprint }) => [path, fingerprint]));
  const unrecorded = await anyUnrecorded(delivery, bucket);
  return outOfStep({ delivery, endings, carried, applied, fingerprints, unrecorded });
}

/** Taking the code of something that runs out of git would have the next delivery destroy it. */
async function anyUnrecorded(delivery: Delivery, bucket: Bucket): Promise<boolean> {
  // What has moved has the state that it had before.
  const added = delivery.units.filter(({ base, ours, movedFrom }) => base === null && !ours && !movedFrom);
  const plans = await atMost(bucketRequests, added, ({ path }) =>
    readStored(bucket, bucketKeys.result(delivery.id, path, 'plan'), runResultSchema),
  );
  return plans.some((plan) => plan?.value.existed === true);
}

/** What people decided, on the branch itself. Undefined when nothing of that can be put back. */
async function commitDecided(task: Task): Promise<SyncRecord | undefined> {
  const { delivery, repository, output } = task;
  const { branch } = delivery;
  const decided = task.open.filter((unit) => unit.decided);
  const made = await makeCommit(task, decided);
  if (made.commit === null) return undefined;
  const others = task.open.filter((unit) => !unit.decided);
  const stay = others.map(({ path, because, keep }) => ({ path, reason: keep ?? `${because}; its code stays` }));
  const done = await record(task, { branch, ...made, left: [...made.left, ...stay].sort(byPath) });
  if (await repository.push(made.commit, branch)) {
    output(`[live-ci] ${made.commit} on ${branch} puts back ${done.units.join(', ')}\n`);
    return done;
  }
  output(`[live-ci] ${branch} has moved on meanwhile: the delivery of what was pushed decides what is put back\n`);
  return record(task, nothingOn(branch));
}

/** The proposal as it is to be now: made anew, left as it is, or taken back. */
async function propose(task: Task): Promise<SyncRecord> {
  const { delivery, repository, bucket, output, github } = task;
  const branch = proposalBranch(delivery.branch);
  const there = await repository.tip(branch);
  if (there !== undefined && (await repository.trailerOf(there)) === undefined) {
    const reason = `${branch}, where it would be put back, holds commits of somebody else; merge or delete that branch`;
    output(`[live-ci] nothing is put back: ${reason}\n`);
    return record(task, { ...nothingOn(branch), left: task.open.map(({ path }) => ({ path, reason })) });
  }
  const made = await makeCommit(task, task.open);
  if (made.commit === null) {
    output(`[live-ci] nothing to put back after ${delivery.id}\n`);
    if (there !== undefined) await withdraw(branch, there, task);
    await bucket.write(bucketKeys.proposal, toJson(recordOf({ branch, ...made })));
    return record(task, { branch, ...made });
  }
  const isThere = there !== undefined && (await repository.isSame(there, made.commit));
  const proposal = { branch, ...made, commit: isThere ? there : made.commit };
  await bucket.write(bucketKeys.proposal, toJson(recordOf(proposal)));
  const done = await record(task, proposal);
  if (!isThere && !(await repository.replace(branch, there, made.commit)))
    throw new GitError(`somebody else changed ${branch} at the same moment; run the sync again.`);
  output(`[live-ci] ${proposal.commit} on ${branch} puts back ${done.units.join(', ')}\n`);
  if (github === undefined) return done;
  const words = wordsOf(task, made);
  const pullRequest = await openPullRequest(github, {
    head: branch,
    base: delivery.branch,
    title: title(words),
    body: pullRequestBody(words),
  });
  output(`[live-ci] ${pullRequest}\n`);
  await bucket.write(bucketKeys.proposal, toJson(recordOf({ ...proposal, pullRequest })));
  return record(task, { ...proposal, pullRequest });
}

async function withdraw(branch: string, there: string, { delivery, repository, github, output }: Task): Promise<void> {
  if (github) await closePullRequest(github, { head: branch, base: delivery.branch }, nothingDiffers);
  if (!(await repository.replace(branch, there, null)))
    throw new GitError(`somebody else changed ${branch} at the same moment; run the sync again.`);
  output(`[live-ci] ${branch} is taken back: nothing differs any more\n`);
}

interface Made {
  /** Null when no unit can, or needs to, be put back. */
  commit: string | null;
  back: OutOfStep[];
  left: PutBack['left'];
}

/** A commit on top of the tip in which the units are what is applied, as far as that can be. */
async function makeCommit(task: Task, units: readonly OutOfStep[]): Promise<Made> {
  const { delivery, repository, tip, output } = task;
  const wanted = units.filter(({ keep }) => keep === undefined);
  const put = await repository.putBack(wanted, { tip, before: delivery.base });
  const known = new Set([...put.back, ...put.left.map(({ path }) => path)]);
  const unseen = wanted.filter(({ path, differs }) => differs && !known.has(path));
  const left = [
    ...units.flatMap(({ path, keep }) => (keep === undefined ? [] : [{ path, reason: keep }])),
    ...put.left,
    ...unseen.map(({ path }) => ({ path, reason: 'what differs is in no file that the repository shows' })),
  ].sort(byPath);
  for (const { path, reason } of left) output(`[live-ci] ${path} is left alone: ${reason}\n`);
  const back = wanted.filter(({ path }) => put.back.includes(path));
  if (back.length === 0) return { commit: null, back, left };
  return { commit: await repository.commit(put.tree, tip, message(wordsOf(task, { back, left }))), back, left };
}

function wordsOf({ delivery }: Task, { back, left }: Pick<Made, 'back' | 'left'>): SyncWords {
  return { delivery, back, left };
}

const nothingOn = (branch: string) => ({ branch, commit: null, back: [], left: [] });

interface Done extends Made {
  branch: string;
  pullRequest?: string;
}

function recordOf({ commit, branch, pullRequest = '', back, left }: Done): SyncRecord {
  return {
    version: 1,
    commit,
    branch,
    pullRequest: pullRequest || null,
    units: back.map(({ path }) => path),
    left,
    applied: Object.fromEntries(back.map(({ path, base }) => [path, base])),
  };
}

async function record({ delivery, bucket }: Pick<Task, 'delivery' | 'bucket'>, done: Done): Promise<SyncRecord> {
  const written = recordOf(done);
  await bucket.write(bucketKeys.sync(delivery.id), toJson(written));
  return written;
}

function byPath(one: { path: string }, other: { path: string }): number {
  return one.path < other.path ? -1 : 1;
}
