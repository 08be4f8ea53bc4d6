import { setTimeout as delay } from 'node:timers/promises';
import { cancelInWords, decisionInWords, voterInWords } from '../../approval/decision-words.ts';
import { declineInWords } from '../../approval/declined-before.ts';
import type { Bucket } from '../../aws/bucket.ts';
import { sfn } from '../../aws/clients.ts';
import { decisionsOn } from '../../delivery/decisions.ts';
import { carriedInWords, notAsGitSays, putBackInWords } from '../../delivery/git-words.ts';
import { otherStateInFull } from '../../delivery/other-state.ts';
import { shownStates } from '../../delivery/shown-states.ts';
import { type DeliveryStatus, hasEnded, type Status, status, type UnitStatus } from '../../delivery/status.ts';
import { AwsStepFunctions, type ExecutionStatus } from '../../delivery/step-functions.ts';
import { plain, shown as shownText } from '../../plain-text.ts';
import { minuteOf } from '../../time-in-words.ts';
import { type CommandInput, flag } from '../command.ts';
import { connect } from '../connect.ts';
import { deliveryNamed } from '../delivery-argument.ts';
import { waysOn } from '../halted-ways.ts';
import { coloured, inMood, print, table } from '../print.ts';
import { planOnTerminal, previewOnTerminal } from '../print-plan.ts';
import { argument, shellWord } from '../shell-word.ts';

export async function showStatus(input: CommandInput): Promise<number> {
  const { bucket, environment } = await connect(input);
  const [said] = input.positionals;
  const id = said === undefined ? undefined : await deliveryNamed(said, bucket);
  const { isTTY, columns } = process.stdout;
  for (let before = ''; ; await delay(2000)) {
    const now = await status(bucket, id, executionOf);
    const text = flag(input, 'json')
      ? JSON.stringify(await withDecisions(now, bucket), null, 2)
      : render(now, { hasPage: Boolean(environment.LIVE_CI_PAGE_URL), ...(isTTY ? { width: columns } : {}) });
    if (flag(input, 'watch') && isTTY) process.stdout.write('\u001b[H\u001b[2J');
    // In a file or a pipe the same again tells nothing.
    if (isTTY || text !== before) print(text);
    if (!flag(input, 'watch') || isOver(now, id !== undefined)) return 0;
    before = text;
  }
}

/**
 * Whether there is nothing more to watch for: the delivery has ended, and none follows by itself.
 * @param named it is watched alone.
 */
export function isOver({ delivery, halted, queue }: Status, named: boolean): boolean {
  if (delivery !== null && !['ended', 'halted'].includes(delivery.state)) return false;
  return named || halted !== null || queue.waiting === 0;
}

/** Undefined for those who may look into the bucket only. */
async function executionOf(execution: string): Promise<ExecutionStatus | undefined> {
  const stepFunctions = new AwsStepFunctions(sfn(), '');
  return stepFunctions.status(execution).catch(() => undefined);
}

/** With who decided what: a program may want to know, and there may be thousands. */
async function withDecisions(now: Status, bucket: Bucket) {
  if (now.delivery === null) return now;
  return { ...now, delivery: { ...now.delivery, decisions: await decisionsOn(now.delivery.delivery, bucket) } };
}

export interface Shown {
  /** Of the terminal, in columns: what is longer than a line is cut. */
  width?: number;
  /** Whether there is an approval page. */
  hasPage?: boolean;
}

export function render(status: Status, shown: Shown = {}): string {
  const { queue, refused, halted, carried, delivery, before } = status;
  const dead = queue.dead > 0 ? coloured('red', `, ${queue.dead} dead letter(s)`) : '';
  const lines = [`Queue: ${queue.waiting} waiting${dead}`];
  if (refused) {
    const { head, at, reason } = refused;
    lines.push(
      coloured(
        'red',
        `${head.slice(0, 12)} was pushed, and could not be enqueued at ${minuteOf(at)}: ${plain(reason)}`,
      ),
    );
    lines.push('  Push a commit that mends it, which covers this one; live-ci enqueue tries it again as it is.');
  }
  if (halted) {
    lines.push(coloured('red', `Halted since ${minuteOf(halted.since)}: ${plain(halted.reason)}`), ...waysOn);
  }
  // What went wrong stays on top of the commit that put it back.
  if (before) lines.push(...renderDelivery(before, shown));
  const said = putBackInWords(status, (before ?? delivery)?.branch).flatMap(({ done, stays }) => [
    ...(done === null ? [] : [coloured('yellow', done)]),
    ...stays.map((line) => `  ${line}`),
  ]);
  if (before) lines.push(...said);
  if (delivery) lines.push(...renderDelivery(delivery, shown));
  else lines.push('Nothing was delivered yet.');
  if (!before) lines.push(...said);
  return [...lines, ...leftOpen(carried)].join('\n');
}

/** What is left open stays in sight until it is mended, whatever came after it. */
function leftOpen(carried: Status['carried']): string[] {
  if (carried.length === 0) return [];
  const failed = carried.find(({ reason }) => reason.startsWith('failed in '));
  const declined = carried.find((unit) => unit.declined !== null);
  return [
    coloured('yellow', notAsGitSays),
    ...carried.map((unit) => `  ${carriedInWords(unit)}`),
    ...(failed ? [`  live-ci log ${argument(failed.path)} shows what failed`] : []),
    ...(declined ? [`  live-ci reconsider ${argument(declined.path)} has it asked about again`] : []),
  ];
}

function renderDelivery(delivery: DeliveryStatus, { width, hasPage = false }: Shown): string[] {
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
      unit.counts ? planOnTerminal({ ...unit, counts: unit.counts }) : '',
      unit.seconds > 0 ? `${unit.seconds.toFixed(1)} s` : '',
      coloured('dim', plain(note(unit))),
    ];
  });
  const stopped = whyStopped[delivery.state];
  return [
    title,
    ...(stopped ? [coloured('red', `  ${stopped}`)] : []),
    ...cancelled,
    ...inAll(delivery),
    table(rows, width),
    ...(stopped ? [] : questions(delivery, hasPage)),
  ];
}

/** What nothing moves in any more, so that nothing can be decided either. */
const whyStopped: Partial<Record<DeliveryStatus['state'], string>> = {
  interrupted:
    'Step Functions was stopped under it (live-ci local down). The next poll, within a minute, goes on with what is open: what waits below is asked again then',
  gone: 'Its execution is not in Step Functions. Unless it has only just begun, the delivery is halted within five minutes of its start, and live-ci replay goes on with what is open',
};

/** Of more than fit a screen, how many there are of each kind: what waits for people first. */
const fitsScreen = 12;

function inAll({ units }: DeliveryStatus): string[] {
  if (units.length <= fitsScreen) return [];
  const byState = Map.groupBy(units, ({ state }) => state);
  const asks = (state: UnitStatus['state']) => Number(shownStates[state].mood === 'asks');
  const counted = [...byState].toSorted(([a], [b]) => asks(b) - asks(a));
  const words = counted.map(([state, some]) =>
    inMood(shownStates[state].mood, `${some.length} ${shownStates[state].words}`),
  );
  return [`  ${words.join(' · ')}`];
}

function cancelledBy(cancelled: NonNullable<DeliveryStatus['cancelled']>, state: DeliveryStatus['state']): string {
  const still = state === 'cancelling' ? '. What has begun comes to its end, and nothing else begins' : '';
  return `${cancelInWords(cancelled)}${still}`;
}

function note(unit: UnitStatus): string {
  const { state, approvals, waitsFor, because, error, decided, reasons } = unit;
  if (approvals && approvals.needed > 1) {
    const { given, needed } = approvals;
    return [`${given.length} of ${needed} approvals`, ...(given.length > 0 ? [given.join(', ')] : [])].join(': ');
  }
  if (waitsFor.length > 0) return `waits for ${waitsFor.join(', ')}`;
  if (hasEnded(state) && error) return error.split('\n')[0] ?? '';
  if (state === 'declined' && decided?.remembered) return declineInWords(decided);
  if (state === 'declined') return decided ? decisionInWords(decided) : 'nobody answered in time';
  if (because.length > 0) return `${because.join(', ')} did not end well`;
  const approved =
    decided?.decision === 'approve' ? [`approved by ${decided.voters.map(voterInWords).join(', ')}`] : [];
  return [...reasons, ...approved].join('; ');
}

/** For more units than that the same is not said of each. */
const mostHints = 3;

/** What an approver can do now. */
function questions(delivery: DeliveryStatus, hasPage: boolean): string[] {
  const waiting = delivery.units.filter((unit) => unit.state === 'waiting-for-approval');
  const named = waiting.length <= mostHints ? waiting.map(({ path }) => argument(path)) : ['UNIT'];
  const lines = [
    ...waiting.flatMap(({ path, otherState, warnings }) => [
      ...(otherState === null ? [] : [`  ${plain(path)}: ${otherStateInFull(otherState)}`]),
      ...warnings.map((warning) => `  ${plain(path)} warns: ${shownText(warning)}`),
    ]),
    ...named.map((unit) => `  live-ci plan ${unit} shows the plan; live-ci approve | decline | replan ${unit}`),
  ];
  if (delivery.state === 'waiting-for-rollback-choice') {
    lines.push(
      '  live-ci retry plans and asks again what did not end well, and rolls nothing back',
      `  live-ci decline --rollback none | current | dependencies | all | selective ${unitsToChoose(delivery.modified)}`,
    );
    const failed = delivery.units.find(({ state }) => state === 'failed');
    if (failed) lines.push(`  live-ci log ${argument(failed.path)} shows what failed`);
  }
  if (hasPage && lines.length > 0)
    lines.push(
      '  live-ci link --view prints a link to look at it in a browser; live-ci link --approver EMAIL one to decide with',
    );
  return [...lines.map((line) => coloured('yellow', line)), ...whatChoicesDo(delivery)];
}

function whatChoicesDo({ choices }: DeliveryStatus): string[] {
  return Object.entries(choices ?? {}).flatMap(([choice, preview]) => [
    `  --rollback ${choice}`,
    ...previewOnTerminal(preview, fitsScreen).map((line) => `  ${line}`),
  ]);
}

/** As many as a line has room for. */
function unitsToChoose(paths: readonly string[]): string {
  const options = paths.slice(0, mostHints).map((path) => `--unit ${shellWord(path)}`);
  return [...options, ...(paths.length > mostHints ? ['…'] : [])].join(' ');
}
