import { setTimeout as delay } from 'node:timers/promises';
import type { Bucket } from '../../aws/bucket.ts';
import { decisionsOn } from '../../delivery/decisions.ts';
import { shownStates } from '../../delivery/shown-states.ts';
import { type DeliveryStatus, hasEnded, type Status, status, type UnitStatus } from '../../delivery/status.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag } from '../command.ts';
import { connect } from '../connect.ts';
import { coloured, counts, inMood, print, printJson, table } from '../print.ts';
import { argument, shellWord } from '../shell-word.ts';

export async function showStatus(input: CommandInput): Promise<number> {
  const { bucket } = await connect(input);
  for (;;) {
    const now = await status(bucket, input.positionals[0]);
    if (flag(input, 'watch') && process.stdout.isTTY) process.stdout.write('\u001b[H\u001b[2J');
    if (flag(input, 'json')) printJson(await withDecisions(now, bucket));
    else print(render(now));
    const over = now.delivery === null || ['ended', 'halted'].includes(now.delivery.state);
    if (!flag(input, 'watch') || (over && now.queue.waiting === 0)) return 0;
    await delay(2000);
  }
}

/** With who decided what: a program may want to know, and there may be thousands. */
async function withDecisions(now: Status, bucket: Bucket) {
  if (now.delivery === null) return now;
  return { ...now, delivery: { ...now.delivery, decisions: await decisionsOn(now.delivery.delivery, bucket) } };
}

export function render({ queue, halted, carried, delivery }: Status): string {
  const dead = queue.dead > 0 ? coloured('red', `, ${queue.dead} dead letter(s)`) : '';
  const lines = [`Queue: ${queue.waiting} waiting${dead}`];
  if (halted) {
    lines.push(coloured('red', `Halted since ${halted.since}: ${plain(halted.reason)}`));
    lines.push('  live-ci replay delivers the open units again; live-ci skip gives them up and lets the queue go on.');
  }
  if (delivery) lines.push(...renderDelivery(delivery));
  else lines.push('Nothing was delivered yet.');
  for (const unit of carried) lines.push(coloured('dim', `carried: ${plain(unit.path)} (${plain(unit.reason)})`));
  return lines.join('\n');
}

function renderDelivery(delivery: DeliveryStatus): string[] {
  const title = `Delivery ${coloured('bold', delivery.delivery)} ${delivery.state.replaceAll('-', ' ')}: ${plain(delivery.subject)} (${plain(delivery.author)})`;
  if (delivery.units.length === 0) return [title, '  touches no unit'];
  const cancelled = delivery.cancelled
    ? [coloured('yellow', `  ${cancelledBy(delivery.cancelled, delivery.state)}`)]
    : [];
  const rows = delivery.units.map((unit) => {
    const { mood, symbol, words } = shownStates[unit.state];
    return [
      `  ${inMood(mood, symbol)}`,
      plain(unit.path),
      inMood(mood, words),
      unit.counts ? counts(unit.counts) : '',
      unit.seconds > 0 ? `${unit.seconds.toFixed(1)} s` : '',
      coloured('dim', plain(note(unit))),
    ];
  });
  return [title, ...cancelled, table(rows), ...questions(delivery)];
}

function cancelledBy(
  { voter, at, comment }: NonNullable<DeliveryStatus['cancelled']>,
  state: DeliveryStatus['state'],
): string {
  const why = comment === null ? '' : `: ${plain(comment)}`;
  const still = state === 'cancelling' ? '. What has begun comes to its end, and nothing else begins' : '';
  return `cancelled by ${plain(voter)} at ${at}${why}${still}`;
}

function note(unit: UnitStatus): string {
  if (unit.approvals && unit.approvals.needed > 1) {
    const { given, needed } = unit.approvals;
    return [`${given.length} of ${needed} approvals`, ...(given.length > 0 ? [given.join(', ')] : [])].join(': ');
  }
  if (unit.waitsFor.length > 0) return `waits for ${unit.waitsFor.join(', ')}`;
  if (hasEnded(unit.state) && unit.error) return unit.error.split('\n')[0] ?? '';
  const approved = unit.decided?.decision === 'approve' ? [`approved by ${unit.decided.voter}`] : [];
  return [...unit.reasons, ...approved].join('; ');
}

/** What an approver can do now. */
function questions(delivery: DeliveryStatus): string[] {
  const waiting = delivery.units.filter((unit) => unit.state === 'waiting-for-approval');
  const lines = waiting.map(
    ({ path }) =>
      `  live-ci plan ${argument(path)} shows the plan; live-ci approve | decline | replan ${argument(path)}`,
  );
  if (delivery.state === 'waiting-for-rollback-choice') {
    lines.push(
      `  live-ci decline --rollback none | current | dependencies | all | selective --units=${delivery.modified.map(shellWord).join(',')}`,
    );
  }
  return lines.map((line) => coloured('yellow', line));
}
