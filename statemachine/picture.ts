/**
 * A definition as a Mermaid flowchart: tasks as boxes, choices as diamonds, a Parallel as a frame around its branches,
 * a Map around what is done with each item.
 * Pass states only carry data from one to the next, and an arrow stands for them; so does the end of a branch, which hands its data
 * to the Parallel. Dotted arrows are what happens on errors.
 */
import type { Machine, State, States } from './asl.ts';

interface Arrow {
  from: string;
  to: string;
  label: string;
  dotted: boolean;
}

export function picture(machine: Machine): string {
  const ids = new Map<string, string>();
  const id = (name: string) => {
    const known = ids.get(name);
    if (known) return known;
    ids.set(name, `s${ids.size}`);
    return `s${ids.size - 1}`;
  };
  return ['flowchart TD', ...drawStates(machine.States, id, '  ')].join('\n');
}

function drawStates(states: States, id: (name: string) => string, indent: string): string[] {
  const nodes = Object.entries(states).flatMap(([name, state]) => drawState(name, state, id, indent));
  const arrows = Object.entries(states)
    .filter(([, state]) => !onlyCarries(state))
    .flatMap(([name, state]) => arrowsOf(name, state).map((arrow) => ({ ...arrow, to: throughPass(arrow.to, states) })))
    .filter(({ to }) => states[to] !== undefined && !onlyCarries(states[to]));
  const drawn = new Set(arrows.map((arrow) => `${indent}${id(arrow.from)} ${line(arrow)} ${id(arrow.to)}`));
  return [...nodes, ...drawn];
}

function line({ label, dotted }: Arrow): string {
  const arrow = dotted ? '-.->' : '-->';
  return label ? `${arrow}|${escaped(label)}|` : arrow;
}

const onlyCarries = (state: State) =>
  state.Type === 'Pass' || (state.Type === 'Succeed' && state.OutputPath !== undefined);

/** The first state from `name` on that does something. */
function throughPass(name: string, states: States): string {
  const state = states[name];
  return state?.Type === 'Pass' && state.Next !== undefined ? throughPass(state.Next, states) : name;
}

function drawState(name: string, state: State, id: (name: string) => string, indent: string): string[] {
  const text = `"${escaped(name)}"`;
  if (onlyCarries(state)) return [];
  switch (state.Type) {
    case 'Pass':
      return [];
    case 'Choice':
      return [`${indent}${id(name)}{${text}}`];
    case 'Task':
      return [`${indent}${id(name)}[${text}]`];
    case 'Succeed':
    case 'Fail':
      return [`${indent}${id(name)}([${text}])`];
    case 'Parallel':
      return [
        `${indent}subgraph ${id(name)}[${text}]`,
        ...state.Branches.flatMap((branch) => drawStates(branch.States, id, `${indent}  `)),
        `${indent}end`,
      ];
    case 'Map':
      return [
        `${indent}subgraph ${id(name)}[${text}]`,
        ...drawStates(state.ItemProcessor.States, id, `${indent}  `),
        `${indent}end`,
      ];
  }
}

function arrowsOf(from: string, state: State): Arrow[] {
  const to = (target: string, label = '', dotted = false): Arrow => ({ from, to: target, label, dotted });
  switch (state.Type) {
    case 'Choice':
      return [...state.Choices.map((choice) => to(choice.Next, choice.StringEquals ?? '')), to(state.Default)];
    case 'Task':
      return [
        ...(state.Next ? [to(state.Next)] : []),
        ...(state.Catch ?? []).map((caught) => to(caught.Next, '', true)),
      ];
    case 'Parallel':
    case 'Map':
      return state.Next ? [to(state.Next)] : [];
    case 'Pass':
    case 'Succeed':
    case 'Fail':
      return [];
  }
}

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters have no place in a label
  return text.replace(/[&"<>#;|\u0000-\u001f]/g, (character) => `#${character.codePointAt(0)};`);
}
