/**
 * One unit's way through a delivery:
 *
 *   Ready? ▸ Plan ▸ Changes? ▸ Approve ▸ Decision? ▸ Apply ▸ Applied? ▸ End
 *
 * Whatever happens, the way ends at `End <path>` with the unit's outcome written under `$.o.<key>`, never in an error, so
 * that nothing that runs beside it is torn down. `$.r.result` is what the last task answered.
 */
import type { DeliveryUnit, Outcome } from '../src/model.ts';
import { anyOf, type Catch, type Choice, type Fragment, type Onward, type Pass, type State, type Test } from './asl.ts';
import { label } from './name-states.ts';
import type { Settings } from './settings.ts';
import { askTask, buildTask } from './tasks.ts';
import type { Keys } from './unit-keys.ts';

/** What `$.o.<key>` holds once a unit has ended. `ok`: dependents may go on. `half`: an apply began and did not end. */
export interface UnitRecord {
  unit: string;
  outcome: Outcome;
  ok: boolean;
  half?: boolean;
  reason?: string;
}

export function deliverUnit(unit: DeliveryUnit, head: string, key: Keys, settings: Settings, onward: Onward): Fragment {
  const title = label(unit.path);
  const name = (what: string) => `${what} ${title}`;
  const own = key(unit.path);
  const commit = unit.deleted ? (unit.base ?? head) : head;
  const go = (what: string): Onward => ({ Next: name(what) });
  const caught = (what: string, errors = ['States.ALL']): Catch => ({
    ErrorEquals: errors,
    ResultPath: '$.error',
    Next: name(what),
  });
  const record = (record: Omit<UnitRecord, 'unit'>): Pass => ({
    Type: 'Pass',
    Result: { unit: unit.path, ...record },
    ResultPath: `$.o.${own}`,
    ...onward,
  });

  const plan = buildTask(
    settings.executor,
    { action: 'plan', unit: unit.path, commit, timeoutSeconds: settings.planSeconds },
    [caught('Failed')],
  );
  const approve = askTask(
    settings.requestApproval,
    {
      ask: 'approval',
      unit: unit.path,
      'plan.$': '$.r.result',
      'To approve, start the state machine "decision" with': answer(unit.path, { decision: 'approve' }),
      'To decline, start the state machine "decision" with': answer(unit.path, {
        decision: 'decline',
        rollback: 'none | current | dependencies | all | selective (with "units": ["path", …])',
      }),
    },
    settings.approvalSeconds,
  );
  const apply = buildTask(
    settings.executor,
    {
      action: unit.deleted ? 'destroy' : 'apply',
      unit: unit.path,
      planPath: '$.r.result.plan',
      commit,
      timeoutSeconds: settings.applySeconds,
    },
    [caught('Apply failed')],
  );

  const blocked: [string, State][] = [];
  if (unit.after.length > 0) blocked.push([name('Cancelled'), record({ outcome: 'cancelled', ok: false })]);
  if (mayBeSkipped(unit)) blocked.push([name('Skipped'), record({ outcome: 'skipped', ok: true })]);

  const states: [string, State][] = [
    ...guard(unit, key, name),
    [name('Plan'), { ...plan, Comment: `${unit.path}: ${inShort(unit.reasons)}`, ...go('Changes?') }],
    [name('Changes?'), resultIs([['planned', name('Approve')]], name('End'))],
    [
      name('Approve'),
      {
        ...approve,
        Comment: unit.path,
        Catch: [caught('Expired', ['States.Timeout']), caught('Failed')],
        ...go('Decision?'),
      },
    ],
    [
      name('Decision?'),
      resultIs(
        [
          ['approved', name('Apply')],
          ['replan', name('Plan')],
        ],
        name('End'),
      ),
    ],
    [name('Apply'), { ...apply, Comment: unit.path, ...go('Applied?') }],
    [name('Applied?'), resultIs([['stale', name('Plan')]], name('End'))],
    [name('End'), { Type: 'Pass', InputPath: '$.r.result', ResultPath: `$.o.${own}`, ...onward }],
    [name('Expired'), record({ outcome: 'declined', ok: false, reason: 'expired' })],
    [name('Failed'), record({ outcome: 'failed', ok: false })],
    [name('Apply failed'), record({ outcome: 'failed', ok: false, half: true })],
    ...blocked,
  ];
  return { start: states[0]?.[0] ?? '', states: Object.fromEntries(states) };
}

/** As many reasons as fit a comment, the last one cut if need be, never inside of a character. */
function inShort(reasons: readonly string[]): string {
  return reasons.join('; ').slice(0, 400).toWellFormed();
}

/** The JSON that an approver pastes into the console. */
function answer(unit: string, decision: { [key: string]: string }) {
  return { 'delivery.$': '$$.Execution.Name', unit, ...decision };
}

function resultIs(cases: [outcome: string, next: string][], otherwise: string): Choice {
  const choices = cases.map(([outcome, next]) => ({
    Variable: '$.r.result.outcome',
    StringEquals: outcome,
    Next: next,
  }));
  return { Type: 'Choice', Choices: choices, Default: otherwise };
}

/** A unit that is here only because a dependency might change needs no plan when none did. */
function mayBeSkipped(unit: DeliveryUnit): boolean {
  return unit.change === 'dependent' && unit.after.length > 0;
}

function guard(unit: DeliveryUnit, key: Keys, name: (what: string) => string): [string, Choice][] {
  if (unit.after.length === 0) return [];
  const endedBadly = unit.after.map((path): Test => ({ Variable: `$.o.${key(path)}.ok`, BooleanEquals: false }));
  const applied = unit.after.map((path): Test => ({ Variable: `$.o.${key(path)}.outcome`, StringEquals: 'applied' }));
  const choices = [{ ...anyOf(endedBadly), Next: name('Cancelled') }];
  if (!mayBeSkipped(unit)) return [[name('Ready?'), { Type: 'Choice', Choices: choices, Default: name('Plan') }]];
  choices.push({ ...anyOf(applied), Next: name('Plan') });
  return [[name('Ready?'), { Type: 'Choice', Choices: choices, Default: name('Skipped') }]];
}
