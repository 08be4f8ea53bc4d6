/** Definitions for tests: the settings of a deployment, and what is in a machine. */
import type { Machine, States } from '../../statemachine/asl.ts';
import type { Settings } from '../../statemachine/settings.ts';

export const settings: Settings = {
  build: 'arn:aws:states:us-east-1:123456789012:stateMachine:build',
  requestApproval: 'request-approval',
  finish: 'finish',
  inlineUnits: 1000,
  nextGroup: 'next-group',
  bucket: 'artifacts',
  unitsAtOnce: 300,
  approvalSeconds: 604_800,
};

/** All states of a machine, those inside of branches and of Maps too. */
export function statesOf(machine: Pick<Machine, 'States'>): [string, States[string]][] {
  return Object.entries(machine.States).flatMap(([name, state]) => [
    [name, state],
    ...(state?.Type === 'Parallel' ? state.Branches.flatMap(statesOf) : []),
    ...(state?.Type === 'Map' ? statesOf(state.ItemProcessor) : []),
  ]);
}
