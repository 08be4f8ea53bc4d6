import { plain } from '../../plain-text.ts';
import { type QueueStatus, queueStatus } from '../../queue/queue-status.ts';
import { type CommandInput, flag } from '../command.ts';
import { connect } from '../connect.ts';
import { waysOn } from '../halted-ways.ts';
import { coloured, print, printJson, table } from '../print.ts';

export async function showQueue(input: CommandInput): Promise<number> {
  const { bucket, queue } = await connect(input);
  const now = await queueStatus(bucket, queue);
  if (flag(input, 'json')) printJson(now);
  else print(render(now));
  return 0;
}

export function render(status: QueueStatus): string {
  const { messages, carried } = status;
  return [
    ...delivery(status),
    ...waiting(status),
    ...carried.map(({ path, reason }) => coloured('dim', `carried: ${plain(path)} (${plain(reason)})`)),
    ...dead(status),
    coloured(
      'dim',
      `SQS counts ${messages.waiting} message(s) in the queue, ${messages.dead} in the dead-letter queue`,
    ),
  ].join('\n');
}

function delivery({ delivery, halted }: QueueStatus): string[] {
  if (delivery === null) return ['Nothing is being delivered.'];
  const { id, state, since, subject } = delivery;
  const line = `Delivery ${coloured('bold', id)} ${state}${since === null ? '' : ` since ${since}`}: ${plain(subject)}`;
  if (halted === null) return [line];
  return [coloured('red', `${line} (${plain(halted)})`), ...waysOn];
}

function waiting({ waiting, more, unreadable }: QueueStatus): string[] {
  const count = waiting.length + more + unreadable.length;
  const rows = waiting.map(({ sequence, head, subject, author, units, since }) => [
    `  ${sequence}`,
    head.slice(0, 12),
    since,
    `${plain(subject)} (${plain(author)})`,
    coloured('dim', some(units.map(plain))),
  ]);
  return [
    count === 0 ? 'Nothing waits.' : `${count} change set(s) wait:`,
    ...(rows.length > 0 ? [table(rows)] : []),
    ...unreadable.map((sequence) =>
      coloured('red', `  ${sequence}  its object in the artifact bucket is gone or broken`),
    ),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function dead({ deadLetters }: QueueStatus): string[] {
  if (deadLetters.length === 0) return [];
  const rows = deadLetters.map(({ id, head, since, reason }) => [
    `  ${coloured('red', plain(id))}`,
    head?.slice(0, 12) ?? '',
    since,
    plain(reason),
  ]);
  return [
    coloured('red', `${deadLetters.length} dead letter(s):`),
    table(rows),
    '  live-ci replay --from-dead-letters brings them back; live-ci skip --dead-letters ID gives one up.',
  ];
}

/** A list that stays on its line. */
function some(paths: readonly string[]): string {
  if (paths.length === 0) return 'touches no unit';
  const [shown, rest] = [paths.slice(0, 3), paths.length - 3];
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
