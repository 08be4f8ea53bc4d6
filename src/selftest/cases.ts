/**
 * What a self test tries, as data: the units of a delivery, how it is answered, what happens to it, and what must come out. Each case is a delivery of its
 * own, in a world of its own, so that they run beside each other and one that fails ends none of the others.
 */
import type { UnitStatus } from '../delivery/status.ts';
import type { Decision } from '../model.ts';

/** A unit of `terraform_data`, without any provider that is to be downloaded. */
export interface UnitCode {
  /** The unit whose output it reads. */
  reads?: string;
  /** A shell command that its apply runs. */
  command?: string;
}

/** What happens to a delivery besides its answers; each once. */
export type Disturbance =
  /** Its build is stopped in the middle of an apply. */
  | 'stop the apply'
  /** Its execution is stopped while a unit waits, and what is open is replayed. */
  | 'stop the delivery'
  /** It is cancelled while a unit waits. */
  | 'cancel'
  /** Once it has ended, another apply of it is started. */
  | 'apply late';

export interface Case {
  name: string;
  /** What it tries, for the table. */
  tries: string;
  units: Record<string, UnitCode>;
  /** In place of them, a unit for each environment that has roles. */
  eachEnvironment?: true;
  /** The unit that is declined, once all others have ended, and what is rolled back then; every other plan is approved. */
  declines?: { unit: string } & RollbackAnswer;
  /** The answer to the question what to roll back. */
  rollback?: RollbackAnswer;
  disturb?: Disturbance;
  /** The form for large deliveries. */
  compact?: true;
  ends: Record<string, UnitStatus['state']>;
}

type RollbackAnswer = Pick<Decision, 'rollback' | 'units'>;

const [base, app, other] = ['selftest/base', 'selftest/app', 'selftest/other'];
const both = { [base]: {}, [app]: { reads: base } };
const three = { ...both, [other]: {} };

export const cases: readonly Case[] = [
  {
    name: 'deliver',
    tries: 'plan, question, approval and apply of two units, one reading the other',
    units: both,
    ends: { [base]: 'applied', [app]: 'applied' },
  },
  {
    name: 'decline-none',
    tries: 'a decline that rolls nothing back',
    units: both,
    declines: { unit: app, rollback: 'none' },
    ends: { [base]: 'applied', [app]: 'declined' },
  },
  {
    name: 'decline-current',
    tries: 'a decline that rolls the declined unit back',
    units: both,
    declines: { unit: app, rollback: 'current' },
    ends: { [base]: 'applied', [app]: 'declined' },
  },
  {
    name: 'decline-dependencies',
    tries: 'a decline that rolls back what the unit reads',
    units: three,
    declines: { unit: app, rollback: 'dependencies' },
    ends: { [base]: 'rolled-back', [app]: 'declined', [other]: 'applied' },
  },
  {
    name: 'decline-all',
    tries: 'a decline that rolls everything back',
    units: three,
    declines: { unit: app, rollback: 'all' },
    ends: { [base]: 'rolled-back', [app]: 'declined', [other]: 'rolled-back' },
  },
  {
    name: 'decline-selective',
    tries: 'a decline that rolls back what is named',
    units: three,
    declines: { unit: app, rollback: 'selective', units: [other] },
    ends: { [base]: 'applied', [app]: 'declined', [other]: 'rolled-back' },
  },
  {
    name: 'failed-apply',
    tries: 'an apply that fails, the rollback question, and all rolled back',
    units: { [base]: {}, [app]: { reads: base, command: 'exit 1' } },
    rollback: { rollback: 'all' },
    ends: { [base]: 'rolled-back', [app]: 'rolled-back' },
  },
  {
    name: 'stopped-build',
    tries: 'a build that is stopped in the middle of an apply, and its unit rolled back',
    units: { [app]: { command: 'sleep 300' } },
    disturb: 'stop the apply',
    rollback: { rollback: 'current' },
    ends: { [app]: 'rolled-back' },
  },
  {
    name: 'late-build',
    tries: 'an apply that begins when its delivery has ended',
    units: { [app]: {} },
    declines: { unit: app, rollback: 'none' },
    disturb: 'apply late',
    ends: { [app]: 'declined' },
  },
  {
    name: 'cancel',
    tries: 'a delivery that is cancelled while a unit waits',
    units: both,
    disturb: 'cancel',
    rollback: { rollback: 'none' },
    ends: { [base]: 'applied', [app]: 'cancelled' },
  },
  {
    name: 'replay',
    tries: 'a delivery whose execution is stopped, and its replay',
    units: { [app]: {} },
    disturb: 'stop the delivery',
    ends: { [app]: 'applied' },
  },
  {
    name: 'compact',
    tries: 'the form for large deliveries',
    units: both,
    compact: true,
    ends: { [base]: 'applied', [app]: 'applied' },
  },
  {
    name: 'roles',
    tries: 'the roles of each environment, assumed by a plan and an apply',
    units: {},
    eachEnvironment: true,
    ends: {},
  },
];

/** The case that has no delivery. */
export const raceName = 'conditional-write';

export const caseNames: readonly string[] = [...cases.map(({ name }) => name), raceName];

/** @throws RangeError for a name that is none, as that of a delivery which another version has begun. */
export function caseNamed(name: string): Case {
  const found = cases.find((one) => one.name === name);
  if (found) return found;
  throw new RangeError(`no self test has a case ${name}; run the version that is deployed`);
}
