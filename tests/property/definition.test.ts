/** What holds for the definition of every delivery before it runs. */
import fc from 'fast-check';
import type { Machine, State, Task } from '../../statemachine/asl.ts';
import { label } from '../../statemachine/name-states.ts';
import { buildPipeline } from '../../statemachine/pipeline.ts';
import { arbitraryDelivery, arbitraryPath, runs } from '../support/arbitrary-delivery.ts';
import { settingsFor, statesOf } from '../support/play-delivery.ts';

const kinds = ['codebuild', 'lambda'] as const;

const tasksOf = (machine: Machine) =>
  statesOf(machine).filter((entry): entry is [string, Task] => entry[1]?.Type === 'Task');

/** All levels of a machine: its own and each branch's. */
function levelsOf(machine: Machine): Machine[] {
  return [
    machine,
    ...Object.values(machine.States).flatMap((state) =>
      state.Type === 'Parallel' ? state.Branches.flatMap(levelsOf) : [],
    ),
  ];
}

function targetsOf(state: State): string[] {
  return [
    ...('Next' in state && state.Next !== undefined ? [state.Next] : []),
    ...(state.Type === 'Choice' ? [...state.Choices.map(({ Next }) => Next), state.Default] : []),
    ...(state.Type === 'Task' ? (state.Catch ?? []).map(({ Next }) => Next) : []),
  ];
}

function reachableFrom({ StartAt, States }: Machine): Set<string> {
  const reached = new Set([StartAt]);
  for (const name of reached) for (const target of States[name] ? targetsOf(States[name]) : []) reached.add(target);
  return reached;
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsOf(inner)]);
}

describe.each(kinds)('with builds in %s', (kind) => {
  const settings = settingsFor(kind);
  const holds = (check: (machine: Machine) => void) =>
    fc.assert(
      fc.property(arbitraryDelivery(), (delivery) => check(buildPipeline(delivery, settings))),
      { numRuns: runs },
    );

  test('every state has a name of at most 80 characters that no other state of the machine has', () => {
    holds((machine) => {
      const names = statesOf(machine).map(([name]) => name);
      for (const name of names) expect(name.length).toBeLessThanOrEqual(80);
      expect(new Set(names).size).toBe(names.length);
    });
  });

  test('every unit has all its states, so none is overwritten by another one', () => {
    fc.assert(
      fc.property(arbitraryDelivery(), (delivery) => {
        const named = new Set(statesOf(buildPipeline(delivery, settings)).map(([name]) => name));
        const verbs = ['Plan', 'Approve', 'Apply', 'Rollback'];
        for (const { path } of delivery.units)
          for (const verb of verbs) expect(named).toContain(`${verb} ${label(path)}`);
        const planned = [...named].filter((name) => name.startsWith('Plan '));
        expect(planned).toHaveLength(delivery.units.length);
      }),
      { numRuns: runs },
    );
  });

  test('every task of a unit says the whole path', () => {
    fc.assert(
      fc.property(arbitraryDelivery(), (delivery) => {
        const states = new Map(tasksOf(buildPipeline(delivery, settings)));
        for (const { path } of delivery.units)
          for (const verb of ['Plan', 'Approve', 'Apply', 'Rollback'])
            expect(states.get(`${verb} ${label(path)}`)?.Comment).toContain(path);
      }),
      { numRuns: runs },
    );
  });

  test('every way leads to a state on the same level, and every state can be reached', () => {
    holds((machine) => {
      for (const level of levelsOf(machine))
        expect([...reachableFrom(level)].sort()).toEqual(Object.keys(level.States).sort());
    });
  });

  test('every task has a timeout, and is tried again only when there was too much at once', () => {
    holds((machine) => {
      for (const [, task] of tasksOf(machine)) {
        expect(task.TimeoutSeconds).toBeGreaterThan(0);
        const retried = (task.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);
        expect(retried.length).toBeGreaterThan(0);
        for (const error of retried) expect(error).toMatch(/TooManyRequests|AccountLimitExceeded|Throttling/);
      }
    });
  });

  test('every task catches all errors, and ends in an outcome then', () => {
    holds((machine) => {
      for (const level of levelsOf(machine))
        for (const [name, task] of Object.entries(level.States).filter(([, state]) => state.Type === 'Task')) {
          const caught = (task as Task).Catch ?? [];
          expect([name, caught.at(-1)?.ErrorEquals]).toEqual([name, ['States.ALL']]);
          for (const { Next } of caught)
            expect([name, Next, endsInOutcome(level.States[Next])]).toEqual([name, Next, true]);
        }
    });
  });

  test('every text of a definition can be sent as UTF-8', () => {
    holds((machine) => {
      expect(stringsOf(machine).filter((text) => !text.isWellFormed())).toEqual([]);
    });
  });
});

/** A unit's outcome is written down, the outcomes are recorded, or the execution says what is wrong. */
function endsInOutcome(state: State | undefined): boolean {
  if (state?.Type === 'Fail') return true;
  if (state?.Type !== 'Pass') return false;
  return state.Next === 'Record outcomes' || (state.ResultPath?.startsWith('$.o.') ?? false);
}

test('two paths never have the same name, even when one is written like the short form of the other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(arbitraryPath, { minLength: 1 }), (paths) => {
      const lookalikes = paths.map((path) => label(path).replaceAll('"', ''));
      const all = [...new Set([...paths, ...lookalikes])];
      expect(new Set(all.map((path) => label(path))).size).toBe(all.length);
    }),
    { numRuns: runs },
  );
});
