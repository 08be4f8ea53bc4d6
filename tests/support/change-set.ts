/** Change sets for tests: whole and valid, from the few facts that a test is about. */
import { createHash } from 'node:crypto';
import type { Bucket } from '../../src/aws/bucket.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { type ChangeSet, changeSetSchema, type TouchedUnit, type Unit } from '../../src/model.ts';
import type { Enqueued } from '../../src/queue/claim.ts';
import { type Message, messageFor } from '../../src/queue/message.ts';
import type { Queue } from '../../src/queue/queue.ts';

/** A commit's id, the same for the same name. */
export function commit(name: string): string {
  return createHash('sha1').update(name).digest('hex');
}

export interface ChangeSetFacts {
  /** Unit ▸ its dependencies. */
  graph: Record<string, string[]>;
  /** Unit ▸ what the commit does to it. */
  touched: Record<string, TouchedUnit['change']>;
  /** Unit ▸ its code; a unit that isn't listed has the same code in every commit. */
  code?: Record<string, string>;
  base?: string | null;
  /** The graph at the base commit, where a commit deletes units, or they read something else than before. */
  before?: Record<string, string[]>;
  /** Unit ▸ why it can't be understood. */
  errors?: Record<string, string>;
  /** Who wrote its commits. */
  authors?: string[];
  /** What commits in it put back. */
  putBacks?: ChangeSet['putBacks'];
}

/** The head commit is `commit('c<sequence>')`. */
export function changeSetOf(sequence: number, facts: ChangeSetFacts) {
  const { graph, touched, code = {}, base, before = {}, authors = ['author@example.org'], putBacks } = facts;
  const errorOf = (path: string) => (facts.errors?.[path] === undefined ? {} : { error: facts.errors[path] });
  return changeSetSchema.parse({
    version: 1,
    repository: 'example-org/infrastructure-live',
    branch: 'main',
    base: base === undefined ? (sequence > 1 ? commit(`c${sequence - 1}`) : null) : base,
    head: commit(`c${sequence}`),
    sequence,
    author: 'Example',
    authorEmails: authors,
    subject: `change ${sequence}`,
    enqueuedAt: '2026-01-02T03:04:05Z',
    ...(putBacks ? { putBacks } : {}),
    touched: Object.entries(touched).map(([path, change]) => ({
      path,
      change,
      reasons: [change === 'modified' ? 'main.tf changed' : change],
      tool: 'terraform',
      dependencies: (change === 'deleted' ? before : graph)[path] ?? [],
      ...(change === 'modified' && before[path] ? { dependenciesBefore: before[path] } : {}),
      dependents: change === 'deleted' ? Object.keys(before).filter((other) => before[other]?.includes(path)) : [],
      ...errorOf(path),
    })),
    graph: Object.entries(graph).map(
      ([path, dependencies]): Unit => ({
        path,
        tool: 'terraform',
        dependencies,
        fingerprint: code[path] ?? 'the same',
        ...errorOf(path),
      }),
    ),
  } satisfies ChangeSet);
}

/** A change set that can't be put in order, and so is put aside. Discovery makes none: units of a circle have an error each. */
export function inCircle({ graph, touched, ...facts }: ChangeSetFacts): ChangeSetFacts {
  return {
    ...facts,
    graph: { ...graph, 'circle/a': ['circle/b'], 'circle/b': ['circle/a'] },
    touched: { ...touched, 'circle/a': 'modified', 'circle/b': 'modified' },
  };
}

export const messageOf: (changeSet: ChangeSet) => Message = messageFor;

/** As `enqueue` leaves it: the change set in the bucket, its message in the queue. */
export async function enqueued(changeSet: ChangeSet, bucket: Bucket, queue: Pick<Queue, 'send'>): Promise<ChangeSet> {
  const { base, head, sequence } = changeSet;
  const last: Enqueued = { version: 1, base, head, sequence, changeSet: messageOf(changeSet).changeSet, sent: true };
  await bucket.write(messageOf(changeSet).changeSet, JSON.stringify(changeSet));
  await bucket.write(bucketKeys.enqueued, JSON.stringify(last));
  await queue.send(messageOf(changeSet));
  return changeSet;
}
