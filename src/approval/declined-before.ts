/**
 * A unit that somebody declined is left open, and comes to the deliveries that follow. While its code and what its plan would do are the same,
 * nobody is asked about it again as if nothing had been said: the request is answered by the decline that was given. What waits beside it goes on,
 * and nothing is rolled back for it. Pure.
 */
import type { DeliveryUnit, RememberedDecline } from '../model.ts';
import { decisionInWords } from './decision-words.ts';
import type { UnitRequest } from './request.ts';

/** Answers a request whose plan was declined before; one that somebody has to answer stays as it is. */
export function declinedBefore(request: UnitRequest, { declined }: Pick<DeliveryUnit, 'declined'>): UnitRequest {
  const { delivery, unit, plan } = request;
  if (declined === undefined || declined.content !== plan.content) return request;
  const { voter, at, comment } = declined;
  return {
    ...request,
    remembered: declined.delivery,
    given: { decision: { delivery, unit, decision: 'decline', ...(comment === null ? {} : { comment }) }, voter, at },
    answer: { result: { unit, outcome: 'declined', plan: null, why: declineInWords(declined) } },
  };
}

/** "declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday”; nothing of it has changed since" */
export function declineInWords({ voter, at, comment }: Pick<RememberedDecline, 'voter' | 'at' | 'comment'>): string {
  return `${decisionInWords({ decision: 'decline', voters: [voter], at, comment })}; nothing of it has changed since`;
}

/** What is remembered of a unit that was declined; undefined where nobody did (it expired, say), or what its plan does isn't known. */
export function declineOf(request: UnitRequest | undefined, fingerprint: string | null): RememberedDecline | undefined {
  if (request?.given?.decision.decision !== 'decline') return undefined;
  const { delivery, given, plan } = request;
  const { content } = plan;
  if (content === null) return undefined;
  const { voter, at, decision } = given;
  return { delivery, content, fingerprint, voter, at, comment: decision.comment ?? null };
}

/** Whether it was answered by an earlier decline: nobody has to be asked what that means for the rest of the delivery. */
export function isRemembered(request: UnitRequest | undefined): boolean {
  return request?.remembered !== undefined && request.answer?.result.outcome === 'declined';
}
