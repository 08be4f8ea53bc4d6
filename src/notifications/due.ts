/**
 * Of what a channel is told at a poll. What begins to wait is told at once, unless it comes soon after a message of which something still
 * waits: then whoever reads has something to do, and it is kept for the next message. Once that is answered, or the time is over, it is told,
 * and whatever has come meanwhile with it. Pure.
 */
import type { ToldChannel } from './told.ts';

export interface Pace {
  quietMinutes: number;
  remindHours: number;
}

export interface Due {
  /** Of the tokens of the requests. */
  hashes: string[];
  /** They were told before, and still wait. */
  again: boolean;
}

/** @param open hashes of the tokens of all that wait. */
export function dueOf(open: readonly string[], { waiting }: ToldChannel, pace: Pace, now: Date): Due {
  const minutes = (hash: string) => {
    const at = waiting[hash];
    return at ? (now.getTime() - Date.parse(at)) / 60_000 : undefined;
  };
  const fresh = open.filter((hash) => waiting[hash] === undefined);
  if (fresh.length === 0)
    return { hashes: open.filter((hash) => (minutes(hash) ?? 0) >= pace.remindHours * 60), again: true };
  const isRecent = (hash: string) => (minutes(hash) ?? Number.POSITIVE_INFINITY) < pace.quietMinutes;
  return { hashes: open.some(isRecent) ? [] : fresh, again: false };
}
