/**
 * What a rollback choice would do if it were carried out now, with what the plans that were applied let expect of those that go back: exactly
 * that is known once they are made. The page, the command line and the console say it in these words. Pure.
 */
import type { UnitStatus } from '../delivery/status.ts';
import { type DeliveryUnit, noEffects, type RollbackChoice, settingsIn } from '../model.ts';
import { reachOf, type Situation } from './choose-units.ts';
import { someOf } from './some-of.ts';

export interface UnitPreview {
  path: string;
  /** "goes back to commit 0123456789ab" */
  becomes: string;
  /** Whether that is to destroy what this delivery has made. */
  destroyed: boolean;
  /** "changes 2 back", and what else it is known to do; none when nothing is. */
  expected: string[];
  /** Its plan waits for approval before it is carried out. */
  asks: boolean;
  /** Its apply has not ended yet: it is rolled back when that was done. */
  applying: boolean;
}

/** Units that something has to be said of. */
export interface PreviewNote {
  title: string;
  /** Each with what it is about, where there is more. */
  units: string[];
  /** What should not be overlooked. */
  warns: boolean;
}

export interface RollbackPreview {
  /** What is rolled back, in that order. */
  units: UnitPreview[];
  /** What stays, and what is left to do after it. */
  notes: PreviewNote[];
}

/** As much of a unit's status as that takes. */
export type KnownUnit = Pick<UnitStatus, 'path' | 'state' | 'complete' | 'counts' | 'destroys'>;

export function previewOf(
  choice: RollbackChoice,
  listed: readonly string[],
  situation: Situation,
  statuses: readonly KnownUnit[],
): RollbackPreview {
  const { units, held, again, left } = reachOf(choice, listed, situation);
  const { delivery, modified } = situation;
  const known = new Map(statuses.map((one) => [one.path, one]));
  const described = new Map(delivery.units.map((unit) => [unit.path, unit]));
  const back = new Set(units);
  const stays = modified.filter((path) => !back.has(path));
  const isBroken = (one: KnownUnit | undefined) => one?.state === 'failed' && !one.complete;
  const notes: PreviewNote[] = [
    {
      title: 'Rolled back while what it reads is still the newer, so the next delivery plans it once more',
      units: again,
      warns: false,
    },
    {
      title: 'Not destroyed, although this delivery has made it: it is read by what stays',
      units: [...held].map(([path, reader]) => `${path}, read by ${reader}`),
      warns: true,
    },
    { title: 'Stays applied, although what it depends on is rolled back', units: left, warns: true },
    { title: 'Stays as this delivery applied it', units: stays, warns: false },
    {
      title:
        'Halts the pipeline until somebody runs live-ci replay or live-ci skip: it has failed, and stays as far as it was applied',
      units: stays.filter((path) => isBroken(known.get(path))),
      warns: true,
    },
  ];
  return {
    units: units.flatMap((path) => {
      const unit = described.get(path);
      return unit ? [previewOfUnit(unit, known.get(path), settingsIn(delivery, unit).rollback)] : [];
    }),
    notes: notes.filter((note) => note.units.length > 0),
  };
}

function previewOfUnit(
  unit: DeliveryUnit,
  known: KnownUnit | undefined,
  rule: ReturnType<typeof settingsIn>['rollback'],
): UnitPreview {
  const { expected, beyond } = toExpect(unit, known);
  return {
    path: unit.path,
    ...whatBecomes(unit),
    expected,
    asks: rule === 'ask' || (rule === 'ask-on-destroy' && beyond),
    applying: known?.state === 'applying',
  };
}

function whatBecomes({ base, deleted, movedFrom, stateBefore }: DeliveryUnit) {
  if (stateBefore !== undefined)
    return {
      becomes: 'what this delivery made in its new state is destroyed; that of before is as it was',
      destroyed: true,
    };
  if (base === null && movedFrom !== undefined)
    return { becomes: `goes back to the code of ${movedFrom}`, destroyed: false };
  if (base === null) return { becomes: 'destroyed: this delivery has made it', destroyed: true };
  return { becomes: `${deleted ? 'made again, from' : 'goes back to'} commit ${base.slice(0, 12)}`, destroyed: false };
}

/** @returns also whether it goes beyond undoing in place what this delivery did, as far as that is known before its plan is made. */
function toExpect({ movedFrom }: DeliveryUnit, known: KnownUnit | undefined): { expected: string[]; beyond: boolean } {
  const destroys = known?.destroys ?? [];
  const replaced = destroys.filter((one) => one.replaced).map(({ address }) => address);
  const lost = destroys.filter((one) => !one.replaced).map(({ address }) => address);
  const { add, change, move, import: imported, forget } = known?.counts ?? noEffects;
  const expected = [
    ...(change > 0 ? [`changes ${change} back`] : []),
    ...(add > replaced.length ? [`destroys ${add - replaced.length} that it made`] : []),
    ...(replaced.length > 0 ? [`replaces again ${someOf(replaced).join(', ')}`] : []),
    ...(lost.length > 0 ? [`makes again, without what was in it, ${someOf(lost).join(', ')}`] : []),
    ...(move > 0 ? [`moved ${move}, which is moved back where the code before lets it be`] : []),
    ...(imported > 0 ? [`imported ${imported}, which the code before would destroy`] : []),
    ...(forget > 0 ? [`forgot ${forget}, which the code before would make once more`] : []),
  ];
  return { expected, beyond: replaced.length > 0 || imported > 0 || forget > 0 || movedFrom !== undefined };
}

/** What is expected of a unit, as a sentence; empty when nothing is known. */
export function expectedInWords({ expected, asks }: UnitPreview): string {
  const sentences = [
    ...(expected.length > 0 ? [`To be expected: ${expected.join('; ')}.`] : []),
    ...(asks ? ['Its plan is asked about before it is carried out.'] : []),
  ];
  return sentences.join(' ');
}

export const onceApplied = '(being applied now; rolled back when it was)';

/** A line for each unit that is rolled back, then one for each note. @param most units of each */
export function previewInWords({ units, notes }: RollbackPreview, most?: number): string[] {
  const back = units.map((one) => {
    const when = one.applying ? ` ${onceApplied}` : '';
    return `${one.path}: ${one.becomes}${when}. ${expectedInWords(one)}`.trimEnd();
  });
  return [
    ...(units.length === 0 ? ['Nothing is rolled back.'] : someOf(back, most)),
    ...notes.map((note) => `${note.title}: ${someOf(note.units, most).join(', ')}`),
  ];
}

/** What the choices without a list would do. */
export type PreviewedChoice = Exclude<RollbackChoice, 'selective'>;
export type PreviewsByChoice = Record<PreviewedChoice, RollbackPreview>;

export function previewsOf(situation: Situation, statuses: readonly KnownUnit[]): PreviewsByChoice {
  const preview = (choice: PreviewedChoice) => previewOf(choice, [], situation, statuses);
  return {
    none: preview('none'),
    current: preview('current'),
    dependencies: preview('dependencies'),
    all: preview('all'),
  };
}
