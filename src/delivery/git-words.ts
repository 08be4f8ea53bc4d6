/** What git doesn't say yet, in words that are the same in `live-ci status` and on the page. One line each, in which nothing from outside can do harm. */
import { declineInWords } from '../approval/declined-before.ts';
import { someOf } from '../approval/some-of.ts';
import { plain } from '../plain-text.ts';
import type { InGit } from './status.ts';
import type { SyncRecord } from './sync-record.ts';

export interface PutBackInWords {
  /** What was put back, or is proposed to be; null when nothing is. */
  done: string | null;
  pullRequest: string | null;
  /** Units that are not as git says and stay so, each with the reason. */
  stays: string[];
}

/** What became of units in git that a delivery left unapplied, each commit once. @param delivered the branch that is delivered */
export function putBackInWords(
  { putBack, proposal }: Pick<InGit, 'putBack' | 'proposal'>,
  delivered: string | undefined,
): PutBackInWords[] {
  const records = new Map([putBack, proposal].flatMap((record) => (record ? [[record.commit, record]] : [])));
  return [...records.values()].map((record) => ({
    done: doneInWords(record, delivered),
    pullRequest: record.pullRequest,
    stays: record.left.map(({ path, reason }) => `${plain(path)} is not as git says: ${plain(reason)}`),
  }));
}

function doneInWords({ commit, branch, pullRequest, units }: SyncRecord, delivered: string | undefined): string | null {
  if (commit === null) return null;
  const what = someOf(units).map(plain).join(', ');
  const id = commit.slice(0, 12);
  return branch === delivered
    ? `Put back in git by ${id} on ${plain(branch)}: ${what}. git revert ${id} brings the change back`
    : `Proposed to put back in git: ${what} (${plain(pullRequest ?? `branch ${branch}, commit ${id}`)})`;
}

/** Heads the units that are left open. */
export const notAsGitSays = 'Not as git says, and planned again by the next delivery:';

/** "db: failed in 0123456789ab-1" */
export function carriedInWords({ path, reason, declined }: InGit['carried'][number]): string {
  const why = declined === null ? plain(reason) : `${declineInWords(declined)} (${declined.delivery})`;
  return `${plain(path)}: ${why}`;
}
