/**
 * From a push to a message in the queue:
 *
 * 1. The change set starts at the last commit that was enqueued, whatever the webhook says came before: an enqueue that
 *    failed is made good by the next.
 * 2. What a push enqueues is on the branch, as it stands now: a late build of a commit that a force push has removed has nothing
 *    to do.
 * 3. A commit that is an ancestor of the last enqueued one, which is still on the branch, is covered by it: its units are
 *    delivered at the newer head, never back at the older one. A branch that was set back has lost the enqueued commit.
 * 4. The change set gets its number, and its message is sent: see claim.ts.
 */
import { readStored } from '../aws/stored.ts';
import type { Config } from '../config/schema.ts';
import { GitError, messageOf } from '../errors.ts';
import { changeSetSchema, type Unit } from '../model.ts';
import { named } from '../named.ts';
import { plain } from '../plain-text.ts';
import { findCommit, isKnownToLeadTo, leadsTo, lookForCommit, tipOf } from '../repository/history.ts';
import { describeChangeSet } from './change-set.ts';
import { readEnqueued } from './change-sets.ts';
import { type ClaimContext, claim, type Enqueued } from './claim.ts';
import { noteRefused } from './refused.ts';
import { whyNotDelivered } from './webhook.ts';

export interface EnqueueContext extends ClaimContext {
  config: Config;
  now: () => Date;
  /** Takes a sentence about something that needs attention and stops nothing. */
  warn?: (message: string) => void;
}

export interface EnqueueRequest {
  /** Any revision; none: where the branch stands now, which `ref` names. */
  head?: string | undefined;
  /** The revision that the webhook says came before; the change set starts there when nothing was ever enqueued. */
  base?: string | undefined;
  /** The branch or tag that was pushed, in full; none when somebody enqueues a commit by hand. */
  ref?: string | undefined;
  /** Nobody has pushed just now: only what came behind an enqueued commit and was lost is enqueued. */
  look?: boolean | undefined;
}

export interface EnqueueResult {
  /** False when there was nothing to add to the queue. */
  enqueued: boolean;
  head: string;
  /** Of the last change set; 0 when there is none. */
  sequence: number;
  /** Paths of the units that the commits touch by themselves. */
  touched: string[];
  /** A sentence. */
  message: string;
}

/**
 * A unit that can't be understood is enqueued with its error: it fails, and keeps nothing else back.
 * @throws GitError for a commit that doesn't exist; nothing is lost then: the next enqueue starts from the same commit.
 */
export async function enqueue(
  directory: string,
  request: EnqueueRequest,
  context: EnqueueContext,
): Promise<EnqueueResult> {
  const { branch } = context.config;
  const head = await (request.head === undefined ? branchHead(directory, branch) : findCommit(directory, request.head));
  const ignored = request.ref === undefined ? undefined : whyNotDelivered(request.ref, context.config);
  if (ignored !== undefined) return { enqueued: false, head, sequence: 0, touched: [], message: ignored };
  let seen: Enqueued | undefined;
  let covered: string | undefined;
  const changeSet = await claim(async (last, sequence) => {
    seen = last;
    covered = await whyNothing(directory, { ...request, head }, last, branch);
    if (covered !== undefined) return undefined;
    const start = await startOf(directory, last?.head ?? request.base);
    const known = last === undefined ? [] : await knownBefore(last, start, context);
    const { config, now, warn } = context;
    return describeChangeSet(directory, { base: start, head, sequence, known }, { config, now, warn });
  }, context).catch(async (error) => {
    // Where that can't be written down, the error itself is what counts.
    const after = async () => (seen ?? (await readEnqueued(context.bucket)))?.sequence ?? 0;
    const note = async () => noteRefused({ head, reason: messageOf(error), after: await after() }, context);
    await note().catch(() => {});
    throw error;
  });
  if (changeSet === undefined) {
    return { enqueued: false, head, sequence: seen?.sequence ?? 0, touched: [], message: covered ?? '' };
  }
  if (request.look)
    context.warn?.(
      `${head} was pushed and not enqueued: its event or its build was lost, or failed. It is enqueued now.`,
    );
  const { sequence } = changeSet;
  const touched = changeSet.touched.map((unit) => unit.path);
  const message = `${head.slice(0, 12)} is enqueued as number ${sequence}: ${inWords(touched)}.`;
  return { enqueued: true, head, sequence, touched, message };
}

/** "2 unit(s) touched: app, network"; what stays on a line. */
function inWords(touched: readonly string[]): string {
  if (touched.length === 0) return 'it touches no unit';
  return `${touched.length} unit(s) touched: ${named(touched.map(plain))}`;
}

/** Why there is nothing to add to the queue, as a sentence; undefined when there is. */
async function whyNothing(
  directory: string,
  { head, base, ref, look }: EnqueueRequest & { head: string },
  last: Enqueued | undefined,
  branch: string,
): Promise<string | undefined> {
  const short = head.slice(0, 12);
  if (last === undefined && look)
    return 'Nothing was ever enqueued: the first push is, or what live-ci baseline records.';
  if (last?.head === head) return `${short} is enqueued already, as number ${last.sequence}.`;
  // Asked after the last enqueued commit was read: a build's clone may be older than the push that was enqueued last.
  const tip = ref === undefined ? head : await askForTip(directory, branch, short);
  if (tip === undefined || (tip !== head && !(await leadsTo(directory, head, tip))))
    return `${short} is no longer on ${branch}, so nothing is enqueued: the push that replaced it enqueues what the branch holds now.`;
  if (last === undefined) return undefined;
  // Without the branch as it stands now, what the webhook says tells whether the branch was set back from the enqueued commit.
  const setBack = ref === undefined ? base === last.head : !(await leadsTo(directory, last.head, tip));
  // A newer commit than the last one is what comes mostly, and the history of that one isn't needed then.
  if (setBack || (await isKnownToLeadTo(directory, last.head, head))) return undefined;
  if (!(await leadsTo(directory, head, last.head))) return undefined;
  return `${short} is older than ${last.head.slice(0, 12)}, which is enqueued as number ${last.sequence} and covers it.`;
}

async function branchHead(directory: string, branch: string): Promise<string> {
  const tip = await tipOf(directory, branch);
  if (tip !== undefined) return tip;
  throw new GitError(`the branch ${branch} no longer exists, so there is nothing to enqueue; push it again.`);
}

async function askForTip(directory: string, branch: string, short: string): Promise<string | undefined> {
  try {
    return await tipOf(directory, branch);
  } catch (error) {
    throw new GitError(
      `origin can't be asked for ${branch}, so nobody knows whether ${short} is older than what was enqueued last, and nothing is enqueued. The next push covers it; if there is none, run live-ci enqueue --remote --head ${branch}. ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Null, the empty tree, when nothing is known or a force push has removed the commit: every unit is planned. */
async function startOf(directory: string, start: string | undefined): Promise<string | null> {
  return start === undefined ? null : ((await lookForCommit(directory, start)) ?? null);
}

/**
 * What was there at the enqueued commit and the start does not show: units that had been lost by then; where that commit is gone, all. Those that are
 * no longer there now are deleted.
 */
async function knownBefore(
  { head, changeSet }: Enqueued,
  start: string | null,
  { bucket, warn }: EnqueueContext,
): Promise<Unit[]> {
  const stored = changeSet === null ? undefined : await readStored(bucket, changeSet, changeSetSchema);
  const graph = stored?.value.graph ?? [];
  if (start !== null) return graph.filter(({ error }) => error !== undefined);
  warn?.(
    stored === undefined
      ? `${head}, which was enqueued last, is gone, and what was there isn't known: every unit is planned, and units that this push deletes stay as they are.`
      : `${head}, which was enqueued last, is gone: every unit is planned. Units that this push deletes are destroyed with the code of the commit that applied them; where that is gone as well, their plan fails, until somebody pushes that commit again, to any branch.`,
  );
  return graph;
}
