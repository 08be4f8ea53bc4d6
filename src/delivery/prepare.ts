/** From a change set to a delivery: which units it carries now, in view of what is applied and what was left open. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { deliverySettings } from '../config/environments.ts';
import type { Config } from '../config/schema.ts';
import { type SelectedUnit, selectUnits } from '../discovery/select.ts';
import { otherState, saysOtherState, writersAmong } from '../discovery/states/moves.ts';
import { type ChangeSet, type Delivery, type DeliveryUnit, unknownDurations } from '../model.ts';
import { ownValue } from '../own-value.ts';
import { idPrefix } from '../selftest/world.ts';
import type { Applied, AppliedUnit } from './applied.ts';
import { earlierAuthors } from './authors.ts';
import { wasEverApplied } from './carry.ts';
import { fingerprintsOf } from './fingerprints.ts';
import { type Standing, standingOf, stateBefore } from './moved.ts';
import type { CarriedUnit, Pointer } from './pointer.ts';
import { declineFor } from './remembered.ts';

export function prepareDelivery(
  changeSet: ChangeSet,
  applied: Applied,
  carried: readonly CarriedUnit[],
  config: Config,
  attempt = 1,
  authors: Pointer['authors'] = {},
): Delivery {
  const added = new Set(changeSet.touched.filter((unit) => unit.change === 'added').map((unit) => unit.path));
  const gone = new Set(changeSet.touched.filter((unit) => unit.change === 'deleted').map((unit) => unit.path));
  const touched = changeSet.touched.filter(
    (unit) => unit.change !== 'deleted' || wasEverApplied(ownValue(applied.units, unit.path)),
  );
  for (const unit of carried) if (unit.deleted) gone.add(unit.path);
  const standing = standings(changeSet, applied);
  const selected = selectUnits({
    graph: changeSet.graph,
    touched,
    carried: carried.map(({ path, reason, deleted }) => ({
      path,
      reason,
      ...(deleted ? { deleted } : {}),
    })),
    appliedCommit: (path) => {
      const { record, movedFrom } = standing(path);
      if (record) return record.commit ?? (gone.has(path) ? record.half : null);
      return added.has(path) && movedFrom === undefined ? null : changeSet.base;
    },
    config,
  });
  const earlier = earlierAuthors(authors, selected);
  const codeOf = fingerprintsOf(changeSet.graph);
  const before = new Map(changeSet.touched.map((unit) => [unit.path, unit.dependenciesBefore]));
  const statesOf = stateDescriber(changeSet, standing);
  const units = selected.map((unit): DeliveryUnit => {
    const { record } = standing(unit.path);
    const emails = earlier.get(unit.path) ?? [];
    const states = statesOf(unit);
    return {
      ...withoutStates(unit),
      ...states,
      ...ownership(unit.base, record),
      ...otherTool(unit, record),
      ...otherReads(unit, record?.reads ?? before.get(unit.path)),
      ...(emails.length > 0 ? { authorEmails: emails } : {}),
      ...declineFor(unit.path, carried, codeOf),
      seconds: expectedSeconds(unit, record),
    };
  });
  const { repository, branch, base, head, sequence, author, authorEmails, subject } = changeSet;
  return {
    version: 1,
    id: deliveryId(changeSet, attempt),
    repository,
    branch,
    base,
    head,
    sequence,
    attempt,
    author,
    authorEmails,
    subject,
    units,
    settings: deliverySettings(
      units.map(({ environment }) => environment),
      config,
    ),
  };
}

/** What is applied of each unit, also of one that has moved. */
function standings({ touched }: ChangeSet, applied: Applied): (path: string) => Standing {
  const movedFrom = new Map(touched.map((unit) => [unit.path, unit.movedFrom]));
  return (path) => standingOf(path, movedFrom.get(path), applied);
}

type StatesOfUnit = Pick<DeliveryUnit, 'reasons' | 'writes' | 'movedFrom' | 'baseDirectory' | 'stateBefore'>;

function withoutStates({ writes: _, movedFrom: __, stateBefore: ___, ...unit }: SelectedUnit) {
  return unit;
}

/** Which states a unit writes, whether it has moved, and whether its state is another one than that of what is applied. */
function stateDescriber(
  { graph }: ChangeSet,
  standing: (path: string) => Standing,
): (unit: SelectedUnit) => StatesOfUnit {
  const units = new Map(graph.map((unit) => [unit.path, unit]));
  const { byState } = writersAmong(graph);
  return ({ path, base, deleted, reasons, ...selected }) => {
    const unit = deleted ? undefined : units.get(path);
    const writes = unit ? unit.states?.writes : selected.writes;
    const known = standing(path);
    const before =
      unit && base !== null ? stateBefore(unit, known, selected.stateBefore, (state) => byState.has(state)) : undefined;
    const isSaid = before === undefined || reasons.some((reason) => reason.includes(saysOtherState));
    return {
      reasons: isSaid ? reasons : [...reasons, otherState(before, writes ?? [])],
      ...(writes === undefined || writes.length === 0 ? {} : { writes }),
      ...(known.movedFrom === undefined ? {} : { movedFrom: known.movedFrom }),
      ...(known.directory === path || base === null ? {} : { baseDirectory: known.directory }),
      ...(before === undefined ? {} : { stateBefore: before }),
    };
  };
}

/** Of a unit of which no commit is recorded: whether its state holds only what deliveries have left half done. */
export function ownership(base: string | null, record: AppliedUnit | undefined): Pick<DeliveryUnit, 'ours'> {
  return base === null && record?.ours ? { ours: true } : {};
}

/** The tool of the code that is applied, where the unit has changed it since. */
function otherTool({ base, tool }: SelectedUnit, record: AppliedUnit | undefined): Pick<DeliveryUnit, 'toolBefore'> {
  const before = base !== null && record?.commit === base ? record.tool : undefined;
  return before === undefined || before === tool ? {} : { toolBefore: before };
}

/** What the applied code of a unit reads, where the delivered code reads something else. */
function otherReads(
  { base, dependencies }: SelectedUnit,
  reads: string[] | undefined,
): Pick<DeliveryUnit, 'readBefore'> {
  return base === null || reads === undefined || isDeepStrictEqual(reads, dependencies) ? {} : { readBefore: reads };
}

/** A unit that is there only because others read its outputs is expected to be unchanged: there is nothing to apply. */
function expectedSeconds({ change }: SelectedUnit, record: AppliedUnit | undefined): number | null {
  const { plan, apply } = record?.durations ?? unknownDurations;
  if (plan === null || change === 'dependency') return plan;
  return plan + (apply ?? 0);
}

/** An execution's name, the same for the same commit and attempt. */
export function deliveryId({ repository, head }: Pick<Delivery, 'repository' | 'head'>, attempt: number): string {
  return `${idPrefix(repository)}${head.slice(0, 12)}-${attempt}`;
}
