/**
 * Ways of one execution of the state machine `build`, whatever runs its builds: what it is told, how its builds end and what approvers
 * answer, and how it has to end. Played by the in-process interpreter in both forms of the definition, and by the emulator in that of AWS.
 */
import type { BuildInput, BuildTask } from './build-machine.ts';
import { type BuildEnd, exporting } from './code-build.ts';

export const of = { delivery: '0123456789ab-1', commit: 'c'.repeat(40), approved: 'apply' };
export const plan = 'a'.repeat(64);
export const step = { unit: 'prod/vpc', ...of, plan };
export const asked = { action: 'ask', ...step, add: 1, change: 0, destroy: 0 };
export const planned = { outcome: 'planned', plan, add: 1, change: 0, destroy: 0 };
const applied = { outcome: 'applied', ok: true, durations: { plan: 1, apply: 2 } };
const unchanged = { outcome: 'unchanged', ok: true, durations: { plan: 1, apply: null } };

/** What an approver answers; `late` is nobody. The last two are given by hand: an empty answer, and an approval that names no plan. */
export type Approver = 'approved' | 'declined' | 'cancelled' | 'replan' | 'late' | 'empty' | 'approves nothing';

export interface Scenario {
  name: string;
  input: Record<string, unknown>;
  /** How the builds end that each task begins, in their order. */
  builds?: Partial<Record<BuildTask, BuildEnd[]>>;
  approvers?: Approver[];
  /** What builds are begun with. */
  begins: Partial<BuildInput>[];
  /** What the execution answers, or the error that it fails with. */
  ends: unknown | { error: string };
}

const planBuild = { project: 'plan', action: 'plan', unit: 'prod/vpc', plan: '', delivery: of.delivery } as const;
const applyBuild = { project: 'apply', action: 'apply', unit: 'prod/vpc', plan, delivery: of.delivery } as const;
const planRollbackBuild = { ...applyBuild, action: 'plan-rollback', plan: '' } as const;
const rollbackBuild = { ...applyBuild, action: 'rollback' } as const;
const syncBuild = { project: 'enqueue', action: 'sync', unit: '', plan: '', delivery: of.delivery } as const;
const toPlan = { plan: 'prod/vpc', of };
const toRollBack = { rollback: 'prod/vpc', of };
const goesOn = exporting({ ...planned, ask: false });
const asks = exporting({ ...planned, ask: true });
const back = exporting({ outcome: 'rolled-back' });
const stale = exporting({ outcome: 'stale' });
const toApply = { action: 'apply', ...step };
const after = (...outcomes: string[]) => ({ ...toPlan, after: outcomes.map((outcome) => ({ outcome })) });

/** What has no commit on GitHub is built of the command line. */
const source = 'artifacts/command-line/example.zip';
const ofSelfTest = { ...of, delivery: `selftest-r1-terraform-deliver-${of.delivery}` };

const ways: Scenario[] = [
  {
    name: 'a plan with changes answers with the question to the approver',
    input: toPlan,
    builds: { 'Run plan': [exporting(planned)] },
    begins: [planBuild],
    ends: asked,
  },
  {
    name: 'a plan without changes ends the unit, and nobody is asked',
    input: toPlan,
    builds: { 'Run plan': [exporting(unchanged)] },
    begins: [planBuild],
    ends: unchanged,
  },
  {
    name: "a self test's plan is built of the command line",
    input: { plan: 'selftest/app', of: ofSelfTest },
    builds: { 'Run self test': [exporting(unchanged)] },
    begins: [{ ...planBuild, unit: 'selftest/app', delivery: ofSelfTest.delivery, source }],
    ends: unchanged,
  },
  {
    name: "a self test's apply is built of the command line",
    input: { ...toApply, ...ofSelfTest },
    builds: { 'Run self test': [exporting(applied)] },
    begins: [{ ...applyBuild, delivery: ofSelfTest.delivery, source }],
    ends: applied,
  },
  {
    name: 'a question that is approved answers with the apply',
    input: asked,
    approvers: ['approved'],
    begins: [],
    ends: toApply,
  },
  {
    name: 'an approved plan is applied',
    input: toApply,
    builds: { 'Run apply': [exporting(applied)] },
    begins: [applyBuild],
    ends: applied,
  },
  {
    name: 'a deleted unit is destroyed when its plan is approved',
    input: { ...asked, approved: 'destroy' },
    approvers: ['approved'],
    begins: [],
    ends: { ...toApply, action: 'destroy', approved: 'destroy' },
  },
  {
    name: 'a destroy is a build of the project that applies',
    input: { action: 'destroy', ...step },
    builds: { 'Run apply': [exporting(applied)] },
    begins: [{ ...applyBuild, action: 'destroy' }],
    ends: applied,
  },
  {
    name: 'a rollback that only undoes is planned and carried out by builds of the project that applies',
    input: toRollBack,
    builds: { 'Run apply': [goesOn, back] },
    begins: [planRollbackBuild, rollbackBuild],
    ends: { outcome: 'rolled-back' },
  },
  {
    name: 'a rollback whose plan has no changes is done',
    input: toRollBack,
    builds: { 'Run apply': [back] },
    begins: [planRollbackBuild],
    ends: { outcome: 'rolled-back' },
  },
  {
    name: 'a rollback that does more than undo is asked about, and carried out when its plan is approved',
    input: toRollBack,
    builds: { 'Run apply': [asks, back] },
    approvers: ['approved'],
    begins: [planRollbackBuild, rollbackBuild],
    ends: { outcome: 'rolled-back' },
  },
  {
    name: 'a rollback of which nobody says whether it has to be approved is asked about',
    input: toRollBack,
    builds: { 'Run apply': [exporting(planned), back] },
    approvers: ['approved'],
    begins: [planRollbackBuild, rollbackBuild],
    ends: { outcome: 'rolled-back' },
  },
  {
    name: 'a rollback that is declined keeps its unit as it is',
    input: toRollBack,
    builds: { 'Run apply': [asks] },
    approvers: ['declined'],
    begins: [planRollbackBuild],
    ends: { kept: true },
  },
  {
    name: 'a rollback that nobody approves in time keeps its unit as it is',
    input: toRollBack,
    builds: { 'Run apply': [asks] },
    approvers: ['late'],
    begins: [planRollbackBuild],
    ends: { kept: true },
  },
  {
    name: 'a rollback is planned and asked about again when an approver wants it',
    input: toRollBack,
    builds: { 'Run apply': [asks, asks, back] },
    approvers: ['replan', 'approved'],
    begins: [planRollbackBuild, planRollbackBuild, rollbackBuild],
    ends: { outcome: 'rolled-back' },
  },
  {
    name: 'a rollback whose plan has gone stale is planned again, and asked about when the new plan asks',
    input: toRollBack,
    builds: { 'Run apply': [goesOn, stale, asks, back] },
    approvers: ['approved'],
    begins: [planRollbackBuild, rollbackBuild, planRollbackBuild, rollbackBuild],
    ends: { outcome: 'rolled-back' },
  },
  {
    name: 'the sync is a build of the project that enqueues',
    input: { sync: '', of },
    builds: { 'Run sync': [exporting({ commit: null })] },
    begins: [syncBuild],
    ends: { commit: null },
  },
  {
    name: 'a plan that is to be made again is made and asked about again at once',
    input: asked,
    builds: { 'Run plan': [exporting(planned)] },
    approvers: ['replan', 'approved'],
    begins: [planBuild],
    ends: toApply,
  },
  {
    name: 'a plan that has gone stale is made and asked about again, and then applied',
    input: toApply,
    builds: { 'Run apply': [exporting({ outcome: 'stale' }), exporting(applied)], 'Run plan': [exporting(planned)] },
    approvers: ['approved'],
    begins: [applyBuild, planBuild, applyBuild],
    ends: applied,
  },
  {
    name: 'a unit is skipped when none that it comes after was applied',
    input: after('unchanged', 'skipped'),
    begins: [],
    ends: { outcome: 'skipped', ok: true },
  },
  {
    name: 'a unit is planned when one that it comes after was applied',
    input: after('unchanged', 'applied'),
    builds: { 'Run plan': [exporting(planned)] },
    begins: [planBuild],
    ends: asked,
  },
  {
    name: 'an approval that is declined ends the execution as failed, and says so',
    input: asked,
    approvers: ['declined'],
    begins: [],
    ends: { error: 'LiveCi.Declined' },
  },
  {
    name: 'an approval that is cancelled ends the execution as failed, and says so',
    input: asked,
    approvers: ['cancelled'],
    begins: [],
    ends: { error: 'LiveCi.Cancelled' },
  },
  {
    name: 'an approval that nobody gives in time is declined',
    input: asked,
    approvers: ['late'],
    begins: [],
    ends: { outcome: 'declined' },
  },
  {
    name: 'what nobody approved in time leaves nothing to apply',
    input: { outcome: 'declined' },
    begins: [],
    ends: { outcome: 'declined' },
  },
];

/** A build that ends badly is an answer, and is not tried again; only the sync is. */
const lost = ['failed', 'stopped', 'timed out', 'given up'] as const;
const losses = lost.flatMap((how): Scenario[] => [
  {
    name: `a plan that is ${how} is an answer`,
    input: toPlan,
    builds: { 'Run plan': [how] },
    begins: [planBuild],
    ends: { outcome: 'failed' },
  },
  {
    name: `an apply that is ${how} may have been half done`,
    input: toApply,
    builds: { 'Run apply': [how] },
    begins: [applyBuild],
    ends: { outcome: 'failed', half: true },
  },
  {
    name: `a destroy that is ${how} may have been half done`,
    input: { action: 'destroy', ...step },
    builds: { 'Run apply': [how] },
    begins: [{ ...applyBuild, action: 'destroy' }],
    ends: { outcome: 'failed', half: true },
  },
  {
    name: `the plan of a rollback that is ${how} is stuck`,
    input: toRollBack,
    builds: { 'Run apply': [how] },
    begins: [planRollbackBuild],
    ends: { outcome: 'rollback-failed', stuck: true },
  },
  {
    name: `a rollback that is ${how} is stuck`,
    input: toRollBack,
    builds: { 'Run apply': [goesOn, how] },
    begins: [planRollbackBuild, rollbackBuild],
    ends: { outcome: 'rollback-failed', stuck: true },
  },
]);

export const scenarios = [...ways, ...losses];

/** Those in which a task is tried again, or answers what can't be read. Step Functions Local's mocks can't play them. */
export const secondTries: Scenario[] = [
  {
    name: 'a build that is refused a hundred times because too many run at once is tried until it runs',
    input: toPlan,
    builds: { 'Run plan': [...Array<BuildEnd>(100).fill('refused'), exporting(planned)] },
    begins: Array(101).fill(planBuild),
    ends: asked,
  },
  {
    name: 'a build that is throttled is tried again',
    input: toPlan,
    builds: { 'Run plan': [...Array<BuildEnd>(200).fill('throttled'), exporting(planned)] },
    begins: Array(201).fill(planBuild),
    ends: asked,
  },
  {
    name: 'a sync that fails is tried again',
    input: { sync: '', of },
    builds: { 'Run sync': ['failed', exporting({ commit: null })] },
    begins: [syncBuild, syncBuild],
    ends: { commit: null },
  },
  {
    name: 'a sync that fails five times is given up',
    input: { sync: '', of },
    builds: { 'Run sync': Array<BuildEnd>(5).fill('failed') },
    begins: Array(5).fill(syncBuild),
    ends: { failed: true },
  },
  ...[
    '',
    ' ',
    'null',
    '7',
    'true',
    '"planned"',
    '[]',
    '{}',
    '{"outcome":null}',
    '{"outcome":1}',
    '{"outcome":"planned"}',
    '{"outcome":"plan',
  ].flatMap((exports): Scenario[] => [
    {
      name: `a plan that exports '${exports}' has failed`,
      input: toPlan,
      builds: { 'Run plan': [{ exports }] },
      begins: [planBuild],
      ends: { outcome: 'failed' },
    },
    {
      name: `an apply that exports '${exports}' may have been half done`,
      input: toApply,
      builds: { 'Run apply': [{ exports }] },
      begins: [applyBuild],
      ends: { outcome: 'failed', half: true },
    },
    {
      name: `a rollback that exports '${exports}' is stuck`,
      input: toRollBack,
      builds: { 'Run apply': [goesOn, { exports }] },
      begins: [planRollbackBuild, rollbackBuild],
      ends: { outcome: 'rollback-failed', stuck: true },
    },
  ]),
  ...['', 'null', '7', '{}'].map(
    (exports): Scenario => ({
      name: `a sync that exports '${exports}' has failed`,
      input: { sync: '', of },
      builds: { 'Run sync': [{ exports }] },
      begins: [syncBuild],
      ends: { failed: true },
    }),
  ),
  ...(['empty', 'approves nothing'] as const).flatMap((answer): Scenario[] => [
    {
      name: `a question that is answered by hand, ${answer}, is asked again`,
      input: asked,
      approvers: [answer, 'approved'],
      begins: [],
      ends: toApply,
    },
    {
      name: `a question about a rollback that is answered by hand, ${answer}, is asked again`,
      input: toRollBack,
      builds: { 'Run apply': [asks, back] },
      approvers: [answer, 'approved'],
      begins: [planRollbackBuild, rollbackBuild],
      ends: { outcome: 'rolled-back' },
    },
  ]),
];
