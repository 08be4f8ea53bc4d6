/** What holds for the definition of every delivery before it runs. */
import fc from 'fast-check';
import { withoutProspect } from '../../src/delivery/without-prospect.ts';
import type { Delivery } from '../../src/model.ts';
import type { Machine, State, Task } from '../../statemachine/asl.ts';
import { label } from '../../statemachine/name-states.ts';
import { buildPipeline } from '../../statemachine/pipeline.ts';
import { arbitraryDelivery, arbitraryPath, runs } from '../support/arbitrary-delivery.ts';
import { settings, statesOf } from '../support/definition.ts';
import { type Rules, testRules } from '../support/rules.ts';
import { unguarded } from '../support/unguarded.ts';

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

interface Built {
  delivery: Delivery;
  machine: Machine;
}

const rules: Rules<Built> = {
  *'every state has a name of at most 80 characters that no other state of the machine has'({ machine }) {
    const names = statesOf(machine).map(([name]) => name);
    for (const name of names) if (name.length > 80) yield `${name} has ${name.length}`;
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) yield `${name} is there twice`;
      seen.add(name);
    }
  },

  *'every unit has all its tasks, none overwritten by those of another one, and each begins with the whole path'(
    built,
  ) {
    const tasks = new Map(tasksOf(built.machine));
    const understood = built.delivery.units.filter(({ error }) => error === undefined);
    const isBuilt = withoutProspect(built.delivery.units).size < built.delivery.units.length;
    for (const { path } of understood) {
      for (const verb of ['Approve', 'Apply'])
        if (!tasks.has(`${verb} ${label(path)}`)) yield `${verb} ${label(path)} is not there`;
      for (const verb of isBuilt ? ['Plan', 'Rollback'] : ['Plan'])
        if (!stringsOf(tasks.get(`${verb} ${label(path)}`)?.Parameters).includes(path))
          yield `${verb} ${label(path)} does not`;
    }
    const plans = [...tasks.keys()].filter((name) => name.startsWith('Plan '));
    if (plans.length !== understood.length) yield `there are ${plans.length} plans`;
  },

  *'every way leads to a state on the same level, and every state can be reached'({ machine }) {
    for (const level of levelsOf(machine)) {
      const reached = reachableFrom(level);
      for (const name of reached) if (!(name in level.States)) yield `${name} is not there`;
      for (const name of Object.keys(level.States)) if (!reached.has(name)) yield `nothing leads to ${name}`;
    }
  },

  *'every task is an execution of build, or a function that has a timeout and is tried again'({ machine }) {
    for (const [name, task] of tasksOf(machine)) {
      if (task.Resource === 'arn:aws:states:::states:startExecution.sync:2') {
        if (!task.Parameters['Name.$']) yield `${name} starts an execution that has no name`;
        for (const error of (task.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals))
          if (error.startsWith('States.')) yield `${name} starts again what has begun, after ${error}`;
        continue;
      }
      if (!(Number(task.TimeoutSeconds) > 0)) yield `${name} has no timeout`;
      const retried = (task.Retry ?? [])
        .filter(({ MaxAttempts }) => MaxAttempts > 0)
        .flatMap(({ ErrorEquals }) => ErrorEquals);
      if (retried.join() !== 'States.TaskFailed') yield `${name} is tried again after ${retried.join() || 'nothing'}`;
    }
  },

  *'every task catches all errors, and goes on where a unit that did not end well goes on'({ machine }) {
    for (const level of levelsOf(machine))
      for (const [name, state] of Object.entries(level.States)) {
        if (state.Type !== 'Task') continue;
        if (state.Catch?.at(-1)?.ErrorEquals.join() !== 'States.ALL') yield `${name} does not`;
        for (const { Next } of state.Catch ?? [])
          if (level.States[Next]?.Type === 'Task') yield `${name} goes on to ${Next}`;
      }
  },

  *'a path of an answer is compared only where it leads somewhere'({ machine }) {
    for (const level of levelsOf(machine))
      for (const [name, state] of Object.entries(level.States))
        if (state.Type === 'Choice') for (const path of unguarded(state)) yield `${name} compares ${path}`;
  },

  *'every text of a definition can be sent as UTF-8'({ machine }) {
    for (const text of stringsOf(machine)) if (!text.isWellFormed()) yield JSON.stringify(text);
  },
};

testRules(
  rules,
  (hold) =>
    fc.property(arbitraryDelivery(), (delivery) => hold({ delivery, machine: buildPipeline(delivery, settings) })),
  runs,
);

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
