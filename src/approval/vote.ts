/**
 * Votes on a unit's plan. Each is an object of its own, written once and never changed, so that two at the same moment are both there;
 * who counts reads them after his own is written, so of several at once at least one sees them all. A vote is for one plan: a new plan
 * starts anew.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored, toJson } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { DecisionError } from '../errors.ts';
import { type Delivery, type DeliveryUnit, decisionSchema, settingsIn, unitPath } from '../model.ts';
import type { ApprovalRules } from './request.ts';

export const voteSchema = z.strictObject({
  version: z.literal(1),
  delivery: z.string(),
  unit: unitPath,
  /** SHA-256 of the plan that the voter saw. */
  plan: z.string(),
  /** `console`, or an approver's e-mail address. */
  voter: z.string(),
  /** The door that it came through: `console:<execution>`, or the approver's address. */
  through: z.string(),
  decision: decisionSchema,
  at: z.iso.datetime(),
});
export type Vote = z.infer<typeof voteSchema>;

interface PlanOfUnit {
  delivery: string;
  unit: string;
  plan: { sha256: string };
}

/** Whose vote it is that comes through a door. Who started the state machine `decision`, nobody here knows: all of those are one voter. */
export function voterThrough(door: string): string {
  return door.startsWith('console:') ? 'console' : door.toLowerCase();
}

/** Whether somebody is listed there. @param voter in small letters. */
export function isAmong(voter: string, approvers: readonly string[]): boolean {
  return approvers.some((one) => one.toLowerCase() === voter);
}

/** Who may approve a unit's plan, and how many of them must. */
export function rulesOf(unit: DeliveryUnit, delivery: Pick<Delivery, 'settings' | 'authorEmails'>): ApprovalRules {
  const { approvers, minimumApprovals, authorMayApprove } = settingsIn(delivery, unit);
  const authors = new Set([...delivery.authorEmails, ...(unit.authorEmails ?? [])]);
  return { approvers, minimumApprovals, excluded: authorMayApprove ? [] : [...authors] };
}

/**
 * Why a vote would not count. IAM has said of `console` that it may; of others the delivery's rules say it. Who wrote the commit may always
 * stop it.
 */
export function refusalOf(
  voter: string,
  approving: boolean,
  rules: ApprovalRules,
): 'no approver' | 'author' | undefined {
  if (voter === 'console') return undefined;
  if (rules.approvers.length > 0 && !isAmong(voter, rules.approvers)) return 'no approver';
  return approving && rules.excluded.includes(voter) ? 'author' : undefined;
}

/** @throws DecisionError */
export function expectMayVote(voter: string, approving: boolean, unit: string, rules: ApprovalRules): void {
  const refusal = refusalOf(voter, approving, rules);
  if (refusal === 'no approver')
    throw new DecisionError(`${voter} is not among the approvers of ${unit}, so this decision does not count.`);
  if (refusal === 'author')
    throw new DecisionError(
      `${voter} has written what ${unit} would get, and whoever did that may not approve it here; ask another approver.`,
    );
}

/** What to roll back is chosen for a whole delivery, by any approver of any of its units. */
export function mayChoose(voter: string, delivery: Delivery): boolean {
  const lists = delivery.units.map((unit) => settingsIn(delivery, unit).approvers);
  return voter === 'console' || lists.some((list) => list.length === 0 || isAmong(voter, list));
}

/** @throws DecisionError */
export function expectMayChoose(voter: string, delivery: Delivery): void {
  if (mayChoose(voter, delivery)) return;
  throw new DecisionError(`${voter} is not among the approvers of ${delivery.id}, so this decision does not count.`);
}

/** Given twice, it is one. */
export async function castVote(vote: Vote, bucket: Bucket): Promise<void> {
  const { delivery, unit, plan, voter, decision } = vote;
  const key = bucketKeys.vote(delivery, unit, plan, `${nameOf(voter)}-${decision.decision}`);
  await bucket.write(key, toJson(vote), { ifNoneMatch: '*' });
}

/** An address as a part of a key. */
function nameOf(voter: string): string {
  return createHash('sha256').update(voter).digest('hex').slice(0, 32);
}

/** On the plan that a request is about, oldest first. */
export async function votesOn({ delivery, unit, plan }: PlanOfUnit, bucket: Bucket): Promise<Vote[]> {
  return readVotes(bucketKeys.votesOn(delivery, unit, plan.sha256), bucket);
}

/** On any plan of a unit, oldest first. */
export async function votesOf(delivery: string, unit: string, bucket: Bucket): Promise<Vote[]> {
  return readVotes(bucketKeys.votesOf(delivery, unit), bucket);
}

/** On any plan of any unit, oldest first. */
export async function votesIn(delivery: string, bucket: Bucket): Promise<Vote[]> {
  return readVotes(bucketKeys.votesIn(delivery), bucket);
}

async function readVotes(prefix: string, bucket: Bucket): Promise<Vote[]> {
  const found = await atMost(bucketRequests, await bucket.list(prefix), (key) => readStored(bucket, key, voteSchema));
  const votes = found.flatMap((stored) => (stored ? [stored.value] : []));
  return votes.sort((a, b) => a.at.localeCompare(b.at));
}

/** Different voters that approve, in the order in which they came. */
export function approversAmong(votes: readonly Vote[]): string[] {
  return [...new Set(votes.filter(({ decision }) => decision.decision === 'approve').map(({ voter }) => voter))];
}
