/** What people are told, in words. Pure. */
import type { RollbackRequest, UnitRequest } from '../approval/request.ts';
import { type OtherState, otherStateInWords } from '../delivery/other-state.ts';
import type { Delivery, Outcome } from '../model.ts';
import { shown } from '../plain-text.ts';
import { planInShort } from '../plan-in-short.ts';
import { minuteOf } from '../time-in-words.ts';
import { alarm, code, type Line, type Message, type Part, strong, words } from './message.ts';

/** A unit whose plan waits for approvers. */
export interface WaitingUnit {
  request: UnitRequest;
  /** Who has approved the plan already. */
  approvedBy: readonly string[];
  environment: string | undefined;
  otherState: OtherState | null;
}

/** What waits for approvers in a delivery. */
export interface Waiting {
  delivery: Delivery;
  units: readonly WaitingUnit[];
  /** The choice of what to roll back, where that waits. */
  rollback: RollbackRequest | null;
}

/** Who reads a message, and what that is given. */
export type Reader =
  /** `mailed`: approvers have mails of their own, with their links. `links` only show. */
  | { kind: 'everybody'; links: readonly string[]; mailed: boolean }
  /** `more` units wait for the approver, for which there is no room. */
  | { kind: 'approver'; approver: string; links: readonly string[]; until: Date; more: number };

/** @param again it was told before, and still waits. @param service names the deployment. */
export function waitingMessage(
  { delivery, units, rollback }: Waiting,
  again: boolean,
  reader: Reader,
  service: string,
): Message {
  const whose = reader.kind === 'approver' ? 'your ' : '';
  const what = rollback
    ? `${whose || 'a '}rollback choice is needed`
    : `${units.length} unit${units.length === 1 ? ' waits' : 's wait'} for ${whose}approval${destroying(units)}`;
  return {
    subject: `${service}: ${again ? 'still: ' : ''}${what}`,
    parts: [
      about(delivery),
      ...(units.length > 0
        ? [
            list(
              null,
              destroyingFirst(units).map((unit) => unitLine(unit, again)),
            ),
          ]
        : []),
      ...(reader.kind === 'approver' && reader.more > 0
        ? [text([words(`${reader.more} more wait; they come in the next mail.`)])]
        : []),
      ...(rollback ? rollbackParts(rollback) : []),
      ...waysOf(reader, units.length > 0),
    ],
  };
}

function destroying(units: readonly WaitingUnit[]): string {
  const { length } = units.filter((unit) => destroysOf(unit) > 0);
  return length === 0 ? '' : `, ${length} DESTROY${length === 1 ? 'S' : ''}`;
}

const list = (title: Line | null, lines: readonly Line[]): Part => ({ kind: 'list', title, lines });
const text = (...lines: Line[]): Part => ({ kind: 'text', lines });

function about({ id, repository, branch, subject, author }: Delivery): Part {
  return text(
    [words('Delivery '), strong(id), words(` of ${shown(repository)}, ${shown(branch)}`)],
    [words(`"${shown(subject)}" by ${shown(author)}`)],
  );
}

function destroyingFirst(units: readonly WaitingUnit[]): WaitingUnit[] {
  return units.toSorted((a, b) => Number(destroysOf(b) > 0) - Number(destroysOf(a) > 0));
}

const destroysOf = ({ request }: WaitingUnit) => request.plan.counts.destroy;

function unitLine({ request, approvedBy, environment, otherState }: WaitingUnit, again: boolean): Line {
  const { destroy } = request.plan.counts;
  const [warning] = request.plan.warnings;
  const needed = request.rules.minimumApprovals;
  const more = [
    ...(environment === undefined ? [] : [shown(environment)]),
    ...(needed > 1 ? [`${approvedBy.length} of ${needed} approvals`] : []),
    ...(again ? [`since ${minuteOf(request.requestedAt)}`] : []),
  ];
  return [
    ...(request.about === 'rollback' ? [strong('ROLLBACK'), words(' of ')] : []),
    ...(destroy > 0 ? [alarm(`! DESTROYS ${destroy}`), words(': ')] : []),
    code(request.unit),
    words(`  ${planInShort(request.plan)}`),
    ...(more.length > 0 ? [words(` (${more.join('; ')})`)] : []),
    ...(otherState === null ? [] : [words('; '), alarm(otherStateInWords(otherState))]),
    ...(warning === undefined ? [] : [words(`; it warns: ${shown(warning)}`)]),
  ];
}

function rollbackParts({ troubled, troubles, modified }: RollbackRequest): Part[] {
  const paths = (units: readonly string[]) => units.map((path) => [code(path)]);
  const why = (path: string) => (troubles[path] === undefined ? [] : [words(`: ${shown(troubles[path])}`)]);
  const wrong = troubled.map((path) => [code(path), ...why(path)]);
  return [
    ...(troubled.length > 0 ? [list([alarm('Went wrong, or was declined:')], wrong)] : []),
    list([words('Applied, and there until it is rolled back:')], paths(modified)),
  ];
}

const command = (meaning: string, line: string): Line => [code(line), words(`   ${meaning}`)];

function waysOf(reader: Reader, units: boolean): Part[] {
  return reader.kind === 'approver' ? waysOfApprover(reader, units) : waysOfEverybody(reader, units);
}

function waysOfApprover({ approver, links, until }: Reader & { kind: 'approver' }, units: boolean): Part[] {
  if (links.length === 0)
    return [
      commands(
        'This mail should have a link to the approval page and has none: the log of the poll says why. Instead:',
        units,
      ),
    ];
  return [
    { kind: 'links', title: units ? 'Look, and decide' : 'Look, and choose', urls: links },
    text(
      [
        words(
          `For ${shown(approver)} alone, until ${minuteOf(until.getTime())}: whoever opens it can decide in your name, so do not forward this mail.`,
        ),
      ],
      [words('Looking decides nothing. Once it is decided, the link shows what came of it.')],
    ),
  ];
}

function waysOfEverybody({ links, mailed }: Reader & { kind: 'everybody' }, units: boolean): Part[] {
  return [
    ...(links.length > 0 ? [{ kind: 'links', title: 'Look at it (this link only shows)', urls: links } as const] : []),
    commands(
      mailed ? 'Approvers have a mail of their own with the link to decide. Or:' : 'To look, and to decide:',
      units,
    ),
  ];
}

function commands(title: string, units: boolean): Part {
  const own = units
    ? [command('what would happen', 'live-ci plan UNIT'), command('or decline UNIT', 'live-ci approve UNIT')]
    : [
        command('plan and ask again what did not end well', 'live-ci retry'),
        command('none, current, dependencies, all or selective', 'live-ci decline --rollback CHOICE'),
      ];
  const lines = [
    command('what waits', 'live-ci status'),
    ...own,
    command('a link to the approval page', 'live-ci link --approver you@example.org'),
    [words('or start the state machine decision in the Step Functions console')],
  ];
  return { kind: 'commands', title: [words(title)], lines };
}

/**
 * @param halted why the queue waits for somebody; null when it goes on.
 * @param why of units, where there is more to say than their outcome.
 */
export function endMessage(
  delivery: Delivery,
  outcomes: Readonly<Record<string, Outcome>>,
  halted: string | null,
  service: string,
  why: ReadonlyMap<string, string> = new Map(),
): Message {
  const byOutcome = Object.entries(Object.groupBy(Object.entries(outcomes), ([, outcome]) => outcome));
  const lists = byOutcome.map(([outcome, units = []]) =>
    list(
      [strong(`${units.length} ${outcome}`)],
      units.map(([path]) => {
        const more = why.get(path);
        return [code(path), ...(more === undefined ? [] : [words(`   ${shown(more)}`)])];
      }),
    ),
  );
  return {
    subject: `${service}: ${halted === null ? `${delivery.id} has ended` : `HALTED by ${delivery.id}`}`,
    parts: [about(delivery), ...(halted === null ? [] : haltedParts(halted)), ...lists],
  };
}

function haltedParts(reason: string): Part[] {
  const lines = [
    command('mended by a newer commit: the queue goes on, and that commit plans the open units', 'live-ci skip'),
    command('mended elsewhere: delivers the same commit again, for its open units', 'live-ci replay'),
    command('which unit, and why', 'live-ci status'),
  ];
  const title = [words('Nothing is delivered until somebody decides, once the cause is mended:')];
  return [text([alarm('The queue is halted: '), words(shown(reason))]), { kind: 'commands', title, lines }];
}
