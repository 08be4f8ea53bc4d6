/** What holds for every delivery, whatever happens. */
import { plannedOnceMore, rollbackOrder } from '../../src/delivery/rollback-order.ts';
import { type DeliveryUnit, type Outcome, runActions } from '../../src/model.ts';
import type { Deed, Play } from '../support/play-delivery.ts';
import type { Rules } from '../support/rules.ts';

const forward = ['plan', 'ask', 'apply', 'destroy'];

const backward = ['plan-rollback', 'ask back', 'rollback'];

const deedsOf = (play: Play, unit: string, kinds: readonly string[] = forward) =>
  play.deeds.filter((deed) => deed.unit === unit && kinds.includes(deed.what));

/** All units that one comes after, directly or not. */
function before(play: Play, path: string): Set<string> {
  const units = new Map(play.delivery.units.map((unit) => [unit.path, unit]));
  const reached = new Set(units.get(path)?.after);
  for (const each of reached) for (const earlier of units.get(each)?.after ?? []) reached.add(earlier);
  return reached;
}

interface End {
  outcome: Outcome;
  half: boolean;
  /** It failed after all of it was applied. */
  complete?: boolean;
}

const wellEnded = (end: End | undefined) => ['applied', 'unchanged', 'skipped'].includes(end?.outcome ?? '');

/** Units that can't be understood, and all that come after one of them: nobody can make these end well. */
function lostFromTheStart(play: Play): Set<string> {
  const broken = new Set(play.delivery.units.filter(({ error }) => error !== undefined).map(({ path }) => path));
  const isLost = (path: string) => broken.has(path) || [...before(play, path)].some((each) => broken.has(each));
  return new Set(play.delivery.units.map(({ path }) => path).filter(isLost));
}

/** How each unit ended before any rollback, from what was done to it and to those before it. */
function endsOf(play: Play): Map<string, End> {
  const ends = new Map<string, End>();
  const { units } = play.delivery;
  const lost = lostFromTheStart(play);
  for (const unit of units) {
    const earlierStages = units.slice(
      0,
      units.findIndex(({ stage }) => stage === unit.stage),
    );
    const earlier = earlierStages.map(({ path }) => path).filter((path) => !lost.has(path));
    const stopped = [...unit.after, ...earlier].some((path) => !wellEnded(ends.get(path)));
    const nothingNew = unit.after.every((path) => ends.get(path)?.outcome !== 'applied');
    if (unit.error !== undefined) ends.set(unit.path, { outcome: 'failed', half: false });
    else if (stopped) ends.set(unit.path, { outcome: 'cancelled', half: false });
    else if (unit.change === 'dependent' && unit.after.length > 0 && nothingNew)
      ends.set(unit.path, { outcome: 'skipped', half: false });
    else ends.set(unit.path, endOf(deedsOf(play, unit.path).at(-1)));
  }
  return ends;
}

function endOf(last: Deed | undefined): End {
  const end = (outcome: Outcome, half = false): End => ({ outcome, half });
  switch (`${last?.what} ${last?.result}`) {
    case 'plan unchanged':
      return end('unchanged');
    case 'plan States.TaskFailed':
    case 'plan States.Timeout':
    case 'plan Error':
      return end('failed');
    case 'ask declined':
    case 'ask States.Timeout':
      return end('declined');
    case 'plan cancelled':
    case 'ask cancelled':
    case 'apply cancelled':
    case 'destroy cancelled':
      return end('cancelled');
    case 'apply applied':
    case 'destroy applied':
      return end('applied');
    case 'apply States.TaskFailed':
    case 'destroy States.TaskFailed':
    case 'apply States.Timeout':
    case 'destroy States.Timeout':
    case 'apply Error':
    case 'destroy Error':
      return { ...end('failed', !last?.refused && !last?.complete), complete: last?.complete === true };
    default:
      throw new Error(`${last?.unit ?? 'a unit'} was left at ${last?.what} ${last?.result}`);
  }
}

const isModified = (end: End | undefined) => end?.outcome === 'applied' || end?.half || end?.complete;

const modified = (ends: Map<string, End>) => [...ends].filter(([, end]) => isModified(end)).map(([path]) => path);

/** The units that the approver's choice means, said once more in other words. */
function meant(play: Play): Set<string> {
  const ends = endsOf(play);
  const [question] = play.deeds.filter((deed) => deed.what === 'ask rollback');
  const lost = lostFromTheStart(play);
  const troubled = [...ends].filter(
    ([path, { outcome }]) => !lost.has(path) && (outcome === 'declined' || outcome === 'failed'),
  );
  const wanted = (path: string): boolean => {
    switch (question?.result) {
      case 'all':
        return true;
      case 'current':
        return troubled.some(([each]) => each === path);
      case 'dependencies':
        return troubled.some(([each]) => each === path || before(play, each).has(path));
      case 'selective':
        return play.delivery.units.some(
          (unit, index) => unit.path === path && play.story.units[index]?.listed === true,
        );
      default:
        return false;
    }
  };
  return settled(new Set(modified(ends).filter(wanted)), play, ends);
}

/** What became of a unit's rollback, once it was begun. */
function backOf(play: Play, unit: string): 'rolled-back' | 'rollback-failed' | 'kept' | undefined {
  const last = deedsOf(play, unit, backward).at(-1);
  switch (last && `${last.what} ${last.result}`) {
    case undefined:
      return undefined;
    case 'plan-rollback unchanged':
    case 'rollback rolled-back':
      return 'rolled-back';
    case 'ask back declined':
    case 'ask back States.Timeout':
      return 'kept';
    default:
      return 'rollback-failed';
  }
}

/** With what older code reads of what was destroyed, and without what would be destroyed while it is read. */
function settled(chosen: Set<string>, { delivery: { units } }: Play, ends: Map<string, End>): Set<string> {
  const changed = new Set(modified(ends));
  const missing = () =>
    units.find(
      ({ path, deleted }) =>
        deleted &&
        changed.has(path) &&
        !chosen.has(path) &&
        units.some((unit) => chosen.has(unit.path) && readThere(unit).includes(path)),
    );
  for (let unit = missing(); unit; unit = missing()) chosen.add(unit.path);
  const read = () =>
    units.find(
      ({ path, base }) =>
        base === null &&
        chosen.has(path) &&
        units.some((unit) => isReader(unit, path) && isNewer(ends.get(unit.path)) && !chosen.has(unit.path)),
    );
  for (let unit = read(); unit; unit = read()) chosen.delete(unit.path);
  return chosen;
}

/** What a unit reads as it was before the delivery; one that the delivery made was not there. */
const readThere = ({ base, readBefore, dependencies }: DeliveryUnit) =>
  base === null ? [] : (readBefore ?? dependencies);

/** As they are delivered. */
const isReader = ({ deleted, dependencies }: DeliveryUnit, path: string) => !deleted && dependencies.includes(path);

const isNewer = (end: End | undefined) => isModified(end) || end?.outcome === 'unchanged';

const goesBack = ({ delivery }: Play, path: string) => delivery.units.find((unit) => unit.path === path)?.base !== null;

/**
 * Those of the chosen that must be left alone: one that they come after could not be rolled back, or they would be destroyed while something
 * reads them that was kept, or read what was destroyed and is kept so.
 */
function leftAlone(play: Play): Map<string, 'stuck' | 'kept'> {
  const chosen = meant(play);
  const left = new Map<string, 'stuck' | 'kept'>();
  for (const [path, earlier] of rollbackOrder(play.delivery).after) {
    if (!chosen.has(path)) continue;
    const own = play.delivery.units.find((unit) => unit.path === path);
    const isKept = (unit: DeliveryUnit) => backOf(play, unit.path) === 'kept' || left.get(unit.path) === 'kept';
    const isHolder = (unit: DeliveryUnit) =>
      goesBack(play, path) ? unit.deleted && own && readThere(own).includes(unit.path) : isReader(unit, path);
    const holds = (unit: DeliveryUnit) => isHolder(unit) && isKept(unit) && earlier.includes(unit.path);
    if (earlier.some((each) => backOf(play, each) === 'rollback-failed' || left.get(each) === 'stuck'))
      left.set(path, 'stuck');
    else if (play.delivery.units.some(holds)) left.set(path, 'kept');
  }
  return left;
}

const rollbacks = (play: Play) => play.deeds.filter(({ what }) => what === 'rollback');

/** The units whose rollback was begun, from its plan to its end. */
function begunBack(play: Play): { unit: string; began: number; ended: number }[] {
  const deeds = play.deeds.filter((deed) => backward.includes(deed.what));
  return [...Map.groupBy(deeds, ({ unit }) => unit)].map(([unit, all]) => ({
    unit,
    began: Math.min(...all.map(({ began }) => began)),
    ended: Math.max(...all.map(({ ended }) => ended)),
  }));
}

const stageOf = ({ units }: Play['delivery'], path: string) =>
  [...new Set(units.map(({ stage }) => stage))].indexOf(units.find((unit) => unit.path === path)?.stage ?? '');

/** A unit's last outcome, rollback included. */
function finalOutcome(play: Play, unit: DeliveryUnit, ends: Map<string, End>): string | undefined {
  if (leftAlone(play).get(unit.path) === 'stuck') return 'rollback-failed';
  const back = backOf(play, unit.path);
  return back !== undefined && back !== 'kept' ? back : ends.get(unit.path)?.outcome;
}

export const rules: Rules<Play> = {
  *'an execution has no more events, and no more data, than were computed before it was published'(play) {
    for (const what of ['events', 'payload'] as const)
      if (play.history[what] > play.size[what])
        yield `${what}: ${play.history[what]} instead of at most ${play.size[what]}`;
  },

  *'nothing happens that neither the definition nor the handlers expect'(play) {
    for (const error of play.surprises) yield String(error instanceof Error ? error.stack : error);
  },

  *'once a delivery is cancelled no plan and no apply begins, and nobody is asked to approve'(play) {
    const cancelled = play.cancelledAt ?? Number.POSITIVE_INFINITY;
    for (const deed of play.deeds)
      if (forward.includes(deed.what) && deed.began > cancelled && deed.result !== 'cancelled')
        yield `${deed.what} ${deed.unit} began, and ended ${deed.result}`;
  },

  *'what has begun when a delivery is cancelled comes to an end of its own'(play) {
    for (const unit of play.delivery.units) {
      const builds = deedsOf(play, unit.path, ['plan', 'apply', 'destroy']);
      const notBegun = builds.findIndex(({ result }) => result === 'cancelled');
      if (notBegun === -1) continue;
      if (!play.story.cancel) yield `${unit.path} was cancelled by nobody`;
      if (notBegun !== builds.length - 1) yield `${unit.path} was begun again after it was cancelled`;
    }
  },

  *'no unit is applied without its own approval of that very plan'(play) {
    const applies = play.deeds.filter(
      ({ what, result }) => (what === 'apply' || what === 'destroy') && result !== 'cancelled',
    );
    for (const apply of applies) {
      const earlier = deedsOf(play, apply.unit).filter(({ ended }) => ended < apply.began);
      const approval = earlier.findLast(({ what }) => what === 'ask');
      const plan = earlier.findLast(({ what }) => what === 'plan');
      const fits = approval?.result === 'approved' && approval.plan === apply.plan && plan?.plan === apply.plan;
      if (!fits || apply.plan === null) yield `${apply.unit} was applied with plan ${apply.plan}`;
      if (applies.some((other) => other !== apply && other.plan === apply.plan))
        yield `${apply.unit} was applied twice`;
    }
  },

  *'no unit is applied unless as many have approved that plan as must, or its rule has, which asks nobody'(play) {
    const { minimumApprovals } = play.delivery.settings.elsewhere;
    const byRule = new Set(play.delivery.units.flatMap(({ path, environment }) => (environment ? [path] : [])));
    for (const { unit, plan, what, result } of play.deeds) {
      if ((what !== 'apply' && what !== 'destroy') || result === 'cancelled') continue;
      const given = play.approvals.get(`${unit} ${plan}`) ?? 0;
      if (byRule.has(unit) && given > 0) yield `${unit}: ${given} were asked`;
      if (!byRule.has(unit) && given < minimumApprovals) yield `${unit}: ${given} of ${minimumApprovals}`;
    }
  },

  *'a rollback applies its own newest plan, once, and one that asks only with its approvals'(play) {
    const { minimumApprovals } = play.delivery.settings.elsewhere;
    const byRule = new Set(play.delivery.units.flatMap(({ path, environment }) => (environment ? [path] : [])));
    for (const rollback of rollbacks(play)) {
      const earlier = deedsOf(play, rollback.unit, backward).filter(({ ended }) => ended < rollback.began);
      const plan = earlier.findLast(({ what }) => what === 'plan-rollback');
      if (rollback.plan === null || plan?.plan !== rollback.plan)
        yield `${rollback.unit} went back by ${rollback.plan}`;
      if (rollbacks(play).some((other) => other !== rollback && other.plan === rollback.plan))
        yield `${rollback.unit} was rolled back twice by one plan`;
      const given = play.approvals.get(`${rollback.unit} ${rollback.plan}`) ?? 0;
      const asked = earlier.some(({ what, plan: one }) => what === 'ask back' && one === rollback.plan);
      if (asked !== (plan?.asks ?? false)) yield `${rollback.unit} was ${asked ? '' : 'not '}asked about`;
      if (asked && given < (byRule.has(rollback.unit) ? 0 : minimumApprovals))
        yield `${rollback.unit}: ${given} of ${minimumApprovals}`;
    }
  },

  *'a plan without changes is never asked about, and one with changes always is'(play) {
    for (const { path } of play.delivery.units) {
      const deeds = deedsOf(play, path);
      for (const [index, deed] of deeds.entries()) {
        if (deed.what !== 'plan') continue;
        const next = deeds[index + 1]?.what;
        if (deed.result === 'unchanged' && next !== undefined) yield `${path}: ${next} after a plan without changes`;
        if (deed.result === 'planned' && next !== 'ask') yield `${path}: ${next} after a plan with changes`;
      }
    }
  },

  *'no unit is planned before everything that it comes after has ended'(play) {
    for (const plan of play.deeds.filter(({ what }) => what === 'plan')) {
      for (const path of before(play, plan.unit)) {
        const late = deedsOf(play, path).find(({ ended }) => ended > plan.began);
        if (late) yield `${plan.unit} was planned before ${late.what} ${path} had ended`;
      }
    }
  },

  *'nothing of a later stage begins before all of an earlier stage has ended'(play) {
    const done = play.deeds.filter(({ what }) => forward.includes(what));
    for (const late of done) {
      const stage = stageOf(play.delivery, late.unit);
      const early = done.find((deed) => stageOf(play.delivery, deed.unit) > stage && deed.began < late.ended);
      if (early) yield `${early.what} ${early.unit} began before ${late.what} ${late.unit} had ended`;
    }
  },

  *'a unit whose dependency did not end well is never planned, and ends cancelled'(play) {
    const ends = endsOf(play);
    for (const unit of play.delivery.units) {
      if (unit.after.every((path) => wellEnded(ends.get(path)))) continue;
      if (deedsOf(play, unit.path).length > 0) yield `${unit.path} was begun`;
      if (outcomeOf(play, unit.path) !== 'cancelled') yield `${unit.path} was not cancelled`;
    }
  },

  *'a unit that can not be understood fails and is never begun'(play) {
    for (const { path, error } of play.delivery.units) {
      if (error === undefined) continue;
      if (deedsOf(play, path, [...forward, ...backward]).length > 0) yield `${path} was begun`;
      if (outcomeOf(play, path) !== 'failed') yield `${path} ended ${outcomeOf(play, path)}`;
    }
  },

  *'a dependent is skipped only when nothing that it reads was applied, and costs nothing then'(play) {
    for (const unit of play.delivery.units) {
      if (outcomeOf(play, unit.path) !== 'skipped') continue;
      if (deedsOf(play, unit.path).length > 0) yield `${unit.path} was begun`;
      const applied = unit.after.find((path) =>
        deedsOf(play, path, ['apply', 'destroy']).some(({ result }) => result === 'applied'),
      );
      if (applied !== undefined) yield `${unit.path} was skipped after ${applied} was applied`;
    }
  },

  *'the rollback is asked about once when something ended badly, and never otherwise'(play) {
    const asked = play.deeds.filter(({ what }) => what === 'ask rollback').length;
    const lost = lostFromTheStart(play);
    const expected = [...endsOf(play)].every(([path, end]) => lost.has(path) || wellEnded(end)) ? 0 : 1;
    if (asked !== expected) yield `it was asked about ${asked} times instead of ${expected}`;
  },

  *'exactly the chosen units are rolled back, or asked about, or found to be back'(play) {
    const left = leftAlone(play);
    const expected = [...meant(play)].filter((path) => !left.has(path)).sort();
    const found = begunBack(play).map(({ unit }) => unit);
    if (JSON.stringify([...found].sort()) !== JSON.stringify(expected))
      yield `rolled back: ${found.join(', ') || 'nothing'}; chosen: ${expected.join(', ') || 'nothing'}`;
  },

  *'a unit that the delivery made is destroyed only when nothing reads it any more'(play) {
    const ends = endsOf(play);
    const all = begunBack(play);
    for (const { unit: path, began } of all.filter(({ unit }) => !goesBack(play, unit)))
      for (const reader of play.delivery.units) {
        if (!isReader(reader, path) || !isNewer(ends.get(reader.path))) continue;
        const back = all.find(({ unit }) => unit === reader.path);
        if (back === undefined || backOf(play, reader.path) !== 'rolled-back' || back.ended > began)
          yield `${path} was destroyed while ${reader.path} read it`;
      }
  },

  *'what a unit reads that the delivery made stays as it is until that is destroyed'(play) {
    const all = begunBack(play);
    for (const { unit: path, ended } of all.filter(({ unit }) => !goesBack(play, unit)))
      for (const read of play.delivery.units.find((unit) => unit.path === path)?.dependencies ?? []) {
        const early = all.find(({ unit, began }) => unit === read && began < ended);
        if (early) yield `${read} was rolled back before ${path} was destroyed`;
      }
  },

  *'a unit goes back after what it reads there, or is named as one that is planned once more'(play) {
    const all = begunBack(play);
    const again = plannedOnceMore(rollbackOrder(play.delivery), [...meant(play)]);
    for (const unit of play.delivery.units) {
      const back = all.find((one) => one.unit === unit.path);
      if (back === undefined || again.includes(unit.path)) continue;
      const late = all.find((one) => one !== back && readThere(unit).includes(one.unit) && one.ended > back.began);
      if (late && goesBack(play, late.unit)) yield `${unit.path} went back before ${late.unit} had`;
    }
  },

  *'a unit goes back only when what it reads there, and was destroyed, has been made again'(play) {
    const ends = endsOf(play);
    const all = begunBack(play);
    const isBack = (path: string) => backOf(play, path) === 'rolled-back';
    for (const { path, deleted } of play.delivery.units) {
      if (!deleted || !isModified(ends.get(path))) continue;
      const again = all.find(({ unit }) => unit === path);
      for (const reader of play.delivery.units.filter((unit) => !unit.deleted && readThere(unit).includes(path))) {
        const back = all.find(({ unit }) => unit === reader.path);
        if (back && !(again && isBack(path) && again.ended < back.began))
          yield `${reader.path} went back before ${path} was made again`;
      }
    }
  },

  *'a unit stays as it is when one that it comes after could not be rolled back, or one that reads it was kept'(play) {
    const left = leftAlone(play);
    for (const { unit } of begunBack(play)) if (left.has(unit)) yield `${unit} was rolled back`;
  },

  *'every unit has exactly one outcome, the one that what was done to it led to'(play) {
    if (play.recorded !== 1) yield `the outcomes were recorded ${play.recorded} times`;
    const ends = endsOf(play);
    const written = play.finished?.outcomes ?? {};
    if (Object.keys(written).length !== play.delivery.units.length) yield `${Object.keys(written)} have outcomes`;
    for (const unit of play.delivery.units) {
      const expected = finalOutcome(play, unit, ends);
      const found = outcomeOf(play, unit.path);
      if (found !== expected) yield `${unit.path} ended ${found} instead of ${expected}`;
    }
  },

  *'a unit that nobody decided on in time is declined'(play) {
    for (const unit of play.delivery.units) {
      const last = deedsOf(play, unit.path).at(-1);
      if (last?.what !== 'ask' || last.result !== 'States.Timeout') continue;
      if (outcomeOf(play, unit.path) !== 'declined') yield `${unit.path} ended ${outcomeOf(play, unit.path)}`;
    }
  },

  *'an execution halts when something is half done, is not in step when the sync fails, and else ends delivered'(play) {
    const ends = endsOf(play);
    const outcomes = play.delivery.units.map((unit) => [unit.path, finalOutcome(play, unit, ends)] as const);
    const halted = outcomes.some(
      ([path, outcome]) => outcome === 'rollback-failed' || (outcome === 'failed' && ends.get(path)?.half),
    );
    const open = outcomes.some(([, outcome]) => !['applied', 'unchanged', 'skipped'].includes(outcome ?? ''));
    const retried = play.deeds.some(({ what, result }) => what === 'ask rollback' && result === 'retry');
    const failed = !halted && open && play.story.sync === 'failed';
    const expected = retried ? 'Delivered' : halted ? 'LiveCi.Halted' : failed ? 'LiveCi.NotInStep' : 'Delivered';
    if (play.ending !== expected) yield `it ended ${play.ending} instead of ${expected}`;
    const syncs = play.deeds.filter(({ what }) => what === 'sync').length;
    if (syncs !== (retried || halted || !open ? 0 : failed ? 5 : 1)) yield `git was brought back ${syncs} times`;
  },

  *'what failed after all of it was done is recorded as done'(play) {
    if (play.recorded === 0) return;
    const ends = endsOf(play);
    const { units, head } = play.delivery;
    for (const unit of units) {
      const outcome = finalOutcome(play, unit, ends);
      const isDelivered = outcome === 'failed' && ends.get(unit.path)?.complete;
      const isBack = outcome === 'rollback-failed' && deedsOf(play, unit.path, backward).at(-1)?.complete;
      if (!isDelivered && !isBack) continue;
      const commit = isBack ? unit.base : unit.deleted ? null : head;
      const record = play.applied[unit.path];
      if (record?.commit !== commit || record.half !== null)
        yield `${unit.path} is recorded at ${record?.commit}, half ${record?.half}`;
    }
  },

  *'a deleted unit is destroyed from the code that is applied; the others are delivered from the head commit'(play) {
    const { units, head } = play.delivery;
    for (const deed of play.deeds) {
      const unit = units.find(({ path }) => path === deed.unit);
      if (unit === undefined) continue;
      if (deed.what === (unit.deleted ? 'apply' : 'destroy')) yield `${unit.path} got ${deed.what}`;
      const expected = backward.includes(deed.what) || unit.deleted ? (unit.base ?? head) : head;
      const isBuild = (runActions as readonly string[]).includes(deed.what);
      if (isBuild && deed.commit !== expected) yield `${deed.what} ${unit.path} checked out ${deed.commit}`;
    }
  },
};

/** As it was written down in the end. */
function outcomeOf(play: Play, path: string): string | undefined {
  const written = play.finished?.outcomes ?? {};
  return Object.hasOwn(written, path) ? written[path] : undefined;
}
