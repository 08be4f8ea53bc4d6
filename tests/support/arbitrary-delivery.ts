/** Random deliveries for property tests: orders of units, paths as git allows them, and how everybody behaves. */
import fc from 'fast-check';
import {
  changes,
  type Delivery,
  type DeliveryUnit,
  deliverySettingsSchema,
  rollbackChoices,
  unitPath,
} from '../../src/model.ts';
import { label } from '../../statemachine/name-states.ts';

/** How often a property is tried. */
export const runs = process.env.CI === 'true' ? 1000 : 100;

/** Each unit with the units that it comes after. */
export type RandomOrder = Map<string, string[]>;

/** Paths that read like parts of state names, of JSONPath, of shell or of JSON. */
const oddPaths = [
  'x',
  'failed x',
  'Failed x',
  '"failed x"',
  'failed "x"',
  'x" y',
  'what comes after x',
  'stage x',
  'group 1',
  '1',
  'Group 1',
  "it's here",
  '$(touch x)',
  '`x`',
  '$.o.u1',
  '$$.Execution.Name',
  "States.Format('{}', 1)",
  'a[0]',
  "['x']",
  '{x}',
  'x.$',
  '-rf',
  '*',
  '\\x',
  'tab\there',
  'new\nline',
  ' x',
  'x ',
  'é/ü',
  'prod/日本/東京',
  '😀/👩‍👩‍👧',
  '<b>&amp;',
  'constructor',
  '.',
];

const plainPath = fc
  .array(fc.constantFrom('prod', 'test', 'network', 'database', 'a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

/** Long enough to be shortened, and with the same end as others. */
const longPath = fc
  .tuple(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), fc.constantFrom('é', '😀', 'network', 'x y'))
  .map(([head, part]) => `${head}/${`${part}/`.repeat(40)}end`);

/** A path that looks like another one's name. */
const lookalike = longPath.map((path) => label(path).replaceAll('"', ''));

export const arbitraryPath: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 4, arbitrary: plainPath },
    { weight: 3, arbitrary: fc.constantFrom(...oddPaths) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 }) },
    { weight: 1, arbitrary: longPath },
    { weight: 1, arbitrary: lookalike },
  )
  .filter((path) => unitPath.safeParse(path).success);

/** A random acyclic order of `names`, each after some of those before it. */
export function arbitraryOrder(names: readonly string[]): fc.Arbitrary<RandomOrder> {
  const sparse = fc.uniqueArray(fc.nat(Math.max(0, names.length - 1)), { maxLength: 3 });
  const dense = fc.uniqueArray(fc.nat(Math.max(0, names.length - 1)));
  const picks = fc.oneof({ weight: 4, arbitrary: sparse }, { weight: 1, arbitrary: dense });
  return fc
    .array(picks, { minLength: names.length, maxLength: names.length })
    .map(
      (all) =>
        new Map(
          names.map((name, index) => [
            name,
            (all[index] ?? []).filter((pick) => pick < index).flatMap((pick) => names[pick] ?? []),
          ]),
        ),
    );
}

type Nesting = 'unit' | { how: 'series' | 'parallel'; parts: Nesting[] };

const { nesting } = fc.letrec<{ nesting: Nesting }>((tie) => ({
  nesting: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant('unit' as const),
    fc.record({
      how: fc.constantFrom('series' as const, 'parallel' as const),
      parts: fc.array(tie('nesting'), { minLength: 2, maxLength: 4 }),
    }),
  ),
}));

/** An order made of "side by side" and "one after the other" alone, with needless dependencies or without. */
export const arbitrarySeriesParallelOrder: fc.Arbitrary<RandomOrder> = fc
  .tuple(nesting, fc.boolean())
  .map(([shape, needless]) => {
    let count = 0;
    const build = (part: Nesting): RandomOrder => {
      if (part === 'unit') return new Map([[`n${++count}`, []]]);
      const parts = part.parts.map(build);
      if (part.how === 'parallel') return new Map(parts.flatMap((one) => [...one]));
      return parts.reduce((a, b) => oneAfterTheOther(a, b, needless));
    };
    return build(shape);
  });

function oneAfterTheOther(a: RandomOrder, b: RandomOrder, needless: boolean): RandomOrder {
  const named = new Set([...a.values()].flat());
  const last = [...a.keys()].filter((name) => needless || !named.has(name));
  const moved = [...b].map(([name, after]): [string, string[]] => [
    name,
    needless || after.length === 0 ? [...after, ...last] : after,
  ]);
  return new Map([...a, ...moved]);
}

const head = 'c0ffee'.padEnd(40, '0');
const base = 'ba5e'.padEnd(40, '0');

interface UnitSeed {
  path: string;
  change: DeliveryUnit['change'];
  deleted: boolean;
  isNew: boolean;
  nextStage: boolean;
  /** Its plans are approved by rule. */
  auto: boolean;
  seconds: number | null;
  /** It can't be understood. */
  broken: boolean;
}

const unitSeed: fc.Arbitrary<UnitSeed> = fc.record({
  path: arbitraryPath,
  change: fc.oneof(fc.constant('dependent' as const), fc.constantFrom(...changes)),
  deleted: fc.boolean(),
  isNew: fc.boolean(),
  seconds: fc.option(fc.integer({ min: 0, max: 3600 })),
  broken: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  auto: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  nextStage: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** Deliveries of up to `most` units in up to five stages. */
export function arbitraryDelivery(most = 12): fc.Arbitrary<Delivery> {
  const seeds = fc.uniqueArray(unitSeed, { selector: ({ path }) => path, maxLength: most });
  const stages = fc.uniqueArray(arbitraryPath, { minLength: 5, maxLength: 5 });
  return seeds.chain((units) =>
    fc
      .tuple(arbitraryOrder(units.map(({ path }) => path)), arbitraryReads(units), stages)
      .map(([order, reads, names]): Delivery => {
        let stage = 0;
        return {
          version: 1,
          id: `${head.slice(0, 12)}-1`,
          repository: 'example-org/live',
          branch: 'main',
          base,
          head,
          sequence: 1,
          attempt: 1,
          author: 'Example',
          authorEmails: ['author@example.org'],
          subject: 'a change',
          units: units
            .map((seed) => {
              if (seed.nextStage && stage < names.length - 1) stage++;
              return deliveryUnit(seed, order.get(seed.path) ?? [], names[stage] ?? '');
            })
            .map((unit, _, all) => withReads(unit, all, reads)),
          settings: deliverySettingsSchema.parse({
            elsewhere: { minimumApprovals: 1 + (units.length % 2) },
            environments: {
              auto: { minimumApprovals: 2, autoApprove: units.length % 3 === 0 ? 'no-destroy' : 'always' },
            },
          }),
        };
      }),
  );
}

function deliveryUnit(
  { path, change, deleted, isNew, auto, seconds, broken }: UnitSeed,
  order: string[],
  stage: string,
): DeliveryUnit {
  const after = broken ? [] : order;
  const gone = change === 'deleted' || (change === 'carried' && deleted);
  return {
    path,
    change,
    reasons: ['main.tf changed'],
    tool: 'terraform',
    dependencies: after,
    after: [...after].sort(),
    deleted: gone,
    base: change === 'added' || (isNew && !gone) ? null : base,
    stage,
    ...(auto ? { environment: 'auto' } : {}),
    ...(broken ? { error: `${path}/main.tf:1:1: expected "}"` } : {}),
    seconds,
  };
}

/** What each unit read at the commit that is applied, of those that were there: another graph than that of the delivery, or none of its own. */
function arbitraryReads(units: readonly UnitSeed[]): fc.Arbitrary<RandomOrder | undefined> {
  const names = units.map(({ path }) => path);
  const shuffled = fc.shuffledSubarray(names, { minLength: names.length, maxLength: names.length });
  return fc.option(shuffled.chain(arbitraryOrder), { nil: undefined });
}

/** What a unit reads now, and what it read before; a deleted unit was read by what it comes after. */
function withReads(unit: DeliveryUnit, all: readonly DeliveryUnit[], reads: RandomOrder | undefined): DeliveryUnit {
  const units = new Map(all.map((each) => [each.path, each]));
  const isMade = (path: string) => units.get(path)?.base === null;
  const before = (reads?.get(unit.path) ?? unit.after).filter((path) => !isMade(path) && !units.get(path)?.deleted);
  if (unit.deleted) return { ...unit, dependencies: before };
  const dependencies = unit.after.filter((path) => !units.get(path)?.deleted);
  if (unit.base === null) return { ...unit, dependencies };
  const destroyed = all.filter(({ deleted, after }) => deleted && after.includes(unit.path)).map(({ path }) => path);
  return { ...unit, dependencies, readBefore: [...new Set([...before, ...destroyed])].sort() };
}

const planEnds = ['planned', 'unchanged', 'failed', 'timed out', 'stopped', 'says nothing'] as const;
const approvals = ['approve', 'decline', 'decline and choose', 'replan', 'expire'] as const;
const applyEnds = [
  'applied',
  'stale',
  'refused',
  'failed',
  'failed behind it',
  'timed out',
  'stopped',
  'says nothing',
] as const;
const backPlanEnds = ['goes on', 'asks', 'unchanged', 'failed', 'timed out', 'stopped', 'says nothing'] as const;
const backApprovals = ['approve', 'decline', 'replan', 'expire'] as const;
const rollbackEnds = [
  'rolled-back',
  'stale',
  'failed',
  'failed behind it',
  'timed out',
  'stopped',
  'says nothing',
] as const;

/** What happens to one unit, try by try; after the last one listed all is well. Stopped: somebody stops the execution of `build`. Says nothing: the build succeeds and exports no result. */
export interface UnitStory {
  plans: (typeof planEnds)[number][];
  decisions: (typeof approvals)[number][];
  applies: (typeof applyEnds)[number][];
  backPlans: (typeof backPlanEnds)[number][];
  backDecisions: (typeof backApprovals)[number][];
  rollbacks: (typeof rollbackEnds)[number][];
  /** Whether approvers name it when they choose a selective rollback. */
  listed: boolean;
}

export interface Story {
  units: UnitStory[];
  rollback: (typeof rollbackChoices)[number] | 'retry' | 'expire';
  /** How often the first tries of a task, also to start an execution, are refused because there are too many at once. */
  throttled: number;
  /** The answer to the start of each execution of `build` is lost once. */
  startsLost?: boolean;
  /** Lambda delivers every request for approval twice. */
  twice: boolean;
  sync: 'pushed' | 'failed';
  /** Somebody cancels the delivery as its task of that number begins; 0 or left out: nobody does. */
  cancel?: number;
}

const often = <T>(usual: T, all: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...all) });

export const quiet: UnitStory = {
  plans: [],
  decisions: [],
  applies: [],
  backPlans: [],
  backDecisions: [],
  rollbacks: [],
  listed: true,
};

const unitStory: fc.Arbitrary<UnitStory> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(quiet) },
  {
    weight: 3,
    arbitrary: fc.record({
      plans: fc.array(often('planned', planEnds), { maxLength: 3 }),
      decisions: fc.array(often('approve', approvals), { maxLength: 2 }),
      applies: fc.array(often('applied', applyEnds), { maxLength: 2 }),
      backPlans: fc.array(often('goes on', backPlanEnds), { maxLength: 3 }),
      backDecisions: fc.array(often('approve', backApprovals), { maxLength: 2 }),
      rollbacks: fc.array(often('rolled-back', rollbackEnds), { maxLength: 2 }),
      listed: fc.boolean(),
    }),
  },
);

export function arbitraryStory(units = 12): fc.Arbitrary<Story> {
  return fc.record({
    units: fc.array(unitStory, { minLength: units, maxLength: units }),
    rollback: fc.oneof(
      fc.constant('all' as const),
      fc.constantFrom(...rollbackChoices, 'retry' as const, 'expire' as const),
    ),
    // Together no more than a start is tried again.
    throttled: fc.constantFrom(0, 0, 0, 1, 2),
    startsLost: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    twice: fc.boolean(),
    sync: often('pushed', ['pushed', 'failed']),
    cancel: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) },
    ),
  });
}
