/** What people are told by mail, as plain text. Pure. */
import type { UnitRequest } from '../approval/request.ts';
import { someOf } from '../approval/some-of.ts';
import type { Delivery, Outcome } from '../model.ts';
import { plain } from '../plain-text.ts';

export interface Message {
  /** As SNS takes it: at most 100 characters of ASCII. */
  subject: string;
  text: string;
}

/** What waits for approvers in a delivery. */
export interface Waiting {
  units: UnitRequest[];
  /** The choice of what to roll back waits, too. */
  rollback: boolean;
}

/** @param again it was told before, and still waits. @param service names the deployment. */
export function waitingMessage(
  delivery: Delivery,
  { units, rollback }: Waiting,
  again: boolean,
  service: string,
): Message {
  const what = rollback
    ? 'a rollback choice waits'
    : `${units.length} unit${units.length === 1 ? ' waits' : 's wait'} for approval`;
  const lines = someOf(units.map(lineOf));
  const ask = rollback ? ['What is to be rolled back has to be chosen: live-ci decline --rollback CHOICE'] : [];
  return {
    subject: subjectOf(service, `${again ? 'still: ' : ''}${what}`),
    text: [
      ...about(delivery),
      '',
      ...lines,
      ...ask,
      '',
      'To see what would happen, and to decide:',
      '  live-ci status',
      `  live-ci link --approver you@example.org${rollback ? '' : '   (a link to the approval page)'}`,
      '  or start the state machine decision in the Step Functions console.',
    ].join('\n'),
  };
}

function lineOf({ unit, plan: { counts }, rules }: UnitRequest): string {
  const { add, change, destroy } = counts;
  const needed = rules.minimumApprovals > 1 ? `, ${rules.minimumApprovals} approvals` : '';
  return `${destroy > 0 ? '!' : ' '} ${plain(unit)}: +${add} ~${change} -${destroy}${destroy > 0 ? ` DESTROYS ${destroy}` : ''}${needed}`;
}

/** @param halted why the queue waits for somebody; null when it goes on. */
export function endMessage(
  delivery: Delivery,
  outcomes: Readonly<Record<string, Outcome>>,
  halted: string | null,
  service: string,
): Message {
  const byOutcome = Object.entries(Object.groupBy(Object.entries(outcomes), ([, outcome]) => outcome));
  const lines = byOutcome.map(
    ([outcome, units = []]) => `  ${units.length} ${outcome}: ${someOf(units.map(([path]) => plain(path))).join(', ')}`,
  );
  const wait = [
    '',
    `The queue is halted: ${plain(halted ?? '')}`,
    'live-ci replay delivers the open units again; live-ci skip gives them up.',
  ];
  return {
    subject: subjectOf(service, halted === null ? `${delivery.id} has ended` : `HALTED by ${delivery.id}`),
    text: [...about(delivery), '', ...lines, ...(halted === null ? [] : wait)].join('\n'),
  };
}

function about({ id, repository, branch, subject, author }: Delivery): string[] {
  return [`Delivery ${id} of ${repository}, ${branch}`, `"${plain(subject)}" by ${plain(author)}`];
}

function subjectOf(service: string, what: string): string {
  return `${service}: ${what}`.replace(/[^ -~]/g, '?').slice(0, 100);
}
