/**
 * Path patterns: `*`, `?` and `[a-z]` or `[!a-z]` inside of one name, `**` across directories, `{a,b}`, and `\` before a character that stands for
 * itself. Patterns come from repositories, so none may take forever, as it would with JavaScript's expressions: a pattern is an automaton that is in
 * all states at once in which it can be (Thompson's construction), and looks at each character of a path once.
 */

export interface Glob {
  /** Whether the pattern matches all of the path. */
  test(path: string): boolean;
}

interface State {
  /** Whether it takes the character; a state without it is left at once. */
  takes: ((character: string) => boolean) | undefined;
  next: State[];
  /** The step in which the automaton came here last. */
  reached: number;
}

/** Nobody writes more. */
const longest = 1000;

const inName = (character: string) => character !== '/';
const anything = () => true;

/** What is no pattern matches the path that is written like it. */
export function globPattern(glob: string): Glob {
  return parse(glob) ?? { test: (path) => path === glob };
}

/** False when a brace or bracket has no other end, a range goes backwards, or it is endless. */
export function isGlob(text: string): boolean {
  return parse(text) !== undefined;
}

function parse(glob: string): Glob | undefined {
  if (glob.length > longest) return undefined;
  const start = stateOf();
  const open: { before: State; ends: State[] }[] = [];
  let last = start;
  const step = (takes?: State['takes']) => {
    const state = stateOf(takes);
    last.next.push(state);
    last = state;
  };
  /** Any number of characters, also none. */
  const repeat = (takes: (character: string) => boolean) => {
    step();
    const taken = stateOf(takes);
    taken.next.push(last);
    last.next.push(taken);
  };
  for (const part of partsOf(glob)) {
    const innermost = open.at(-1);
    if (part === '**/') {
      const before = last;
      repeat(anything);
      step((character) => character === '/');
      step();
      before.next.push(last);
    } else if (part === '**') repeat(anything);
    else if (part === '*') repeat(inName);
    else if (part === '?') step(inName);
    else if (part.startsWith('[')) {
      const members = membersOf(part);
      if (members === undefined) return undefined;
      step(members);
    } else if (part === '{') {
      open.push({ before: last, ends: [] });
      step();
    } else if (part === ',' && innermost) {
      innermost.ends.push(last);
      last = innermost.before;
      step();
    } else if (part === '}') {
      if (innermost === undefined) return undefined;
      open.pop();
      step();
      for (const end of innermost.ends) end.next.push(last);
    } else {
      const itself = part.length > 1 && part.startsWith('\\') ? part.slice(1) : part;
      step((character) => character === itself);
    }
  }
  step();
  return open.length === 0 ? automaton(start, last) : undefined;
}

function stateOf(takes?: State['takes']): State {
  return { takes, next: [], reached: 0 };
}

function automaton(start: State, end: State): Glob {
  let step = 0;
  let states: State[];
  const reach = (state: State) => {
    if (state.reached === step) return;
    state.reached = step;
    states.push(state);
    if (!state.takes) state.next.forEach(reach);
  };
  const take = (character: string, before: readonly State[]) => {
    step++;
    states = [];
    for (const state of before) if (state.takes?.(character)) state.next.forEach(reach);
  };
  return {
    test(path) {
      step++;
      states = [];
      reach(start);
      for (const character of path) if (states.length > 0) take(character, states);
      return states.includes(end);
    },
  };
}

/** What has a meaning of its own, and between that single characters. */
function partsOf(glob: string): string[] {
  return glob.match(/\*\*\/?|\[[!^]?\]?[^\]]*\]|\\.|./gsu) ?? [];
}

/** Undefined when there is nothing in it, or a range goes backwards. */
function membersOf(part: string): ((character: string) => boolean) | undefined {
  const [, not, members = ''] = /^\[([!^]?)(.+)\]$/s.exec(part) ?? [];
  const ranges = [...members.matchAll(/(.)-(.)|./gsu)].map(([one, from = one, to = one]) => ({ from, to }));
  if (ranges.length === 0 || ranges.some(({ from, to }) => from > to)) return undefined;
  return (character) =>
    inName(character) && ranges.some(({ from, to }) => from <= character && character <= to) !== Boolean(not);
}
