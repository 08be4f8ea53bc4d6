/**
 * The in-process interpreter has Map states over arrays in the execution's data, none in distributed mode. So a Map that reads
 * its items from the bucket is played as two states: a task of the same name that is given the object's bucket and key and
 * answers with the items, and behind it the Map over those. What a child is, and what it gets, stays as it is.
 */
import type { DistributedMap, Machine, State } from '../../statemachine/asl.ts';

export function readingItemsFirst(machine: Machine): object {
  const States = Object.fromEntries(Object.entries(machine.States).flatMap(([name, state]) => statesFor(name, state)));
  return { ...machine, States };
}

/** Whether a state is there for the interpreter only. */
export const isAdded = (name: string) => name.startsWith('Each of ');

function statesFor(name: string, state: State): [string, object][] {
  if (state.Type !== 'Map') return [[name, state]];
  const { ItemReader, ItemProcessor, ItemSelector, MaxConcurrency, Catch } = state satisfies DistributedMap;
  const { ProcessorConfig: _, ...processor } = ItemProcessor;
  const each = `Each of ${name}`;
  return [
    [name, { Type: 'Task', ...ItemReader, ReaderConfig: undefined, ResultPath: '$.items', Catch, Next: each }],
    [
      each,
      {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemSelector,
        ItemProcessor: processor,
        MaxConcurrency,
        ResultPath: null,
        Next: state.Next,
      },
    ],
  ];
}
