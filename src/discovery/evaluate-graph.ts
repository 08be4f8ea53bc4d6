/** From a tree to its dependency graph. */
import { askingAt } from './ask-terragrunt.ts';
import { openUnits } from './cache/unit-file.ts';
import { isLeftOut } from './configured.ts';
import { type EvaluateOptions, settingsOf, warnOfSubmodules } from './context.ts';
import { noteCycles } from './cycles.ts';
import { type Discovered, discover, errorOf } from './discover.ts';
import { aboutUnread, toldDoubts } from './doubts.ts';
import type { GraphUnit } from './graph.ts';
import type { SourceTree } from './source/source-tree.ts';
import { withStacks } from './stacks/expand.ts';
import { noteSharedStates } from './states/shared.ts';

/** @param options `commit` is undefined for the working tree */
export async function evaluateGraph(
  committed: SourceTree,
  options: EvaluateOptions & { commit: string | undefined },
): Promise<GraphUnit[]> {
  const { repository, commit, cache, grounds, watched } = options;
  const settings = settingsOf(options);
  const tree = withStacks(committed, settings);
  warnOfSubmodules(tree, settings);
  const units = cache && openUnits(cache.units);
  const ask = askingAt(repository, commit, grounds, watched);
  const discovered = await discover(tree, { ...settings, cache: units?.cache, ask });
  units?.save();
  noteSharedStates(discovered);
  noteCycles(discovered);
  const open = [...discovered.values()].filter(({ runnable, doubts }) => runnable && doubts.length > 0);
  const doubts = open.map((one) => ({ ...one, doubts: aboutUnread(tree, one) }));
  for (const sentence of toldDoubts(doubts)) watched.warn(sentence);
  const leftOut = isLeftOut(grounds.config);
  return [...discovered.values()].filter(({ path }) => !leftOut(path)).map(withMissing);
}

/** A dependency that isn't there is an edge that people want to see, and that Terragrunt shows. */
function withMissing({ unit, because, missing, states, problem }: Discovered): GraphUnit {
  const all = missing.size === 0 ? because : new Map([...missing, ...because]);
  return {
    ...unit,
    dependencies: missing.size === 0 ? unit.dependencies : [...all.keys()].sort(),
    because: [...all],
    unknownState: states.unknown,
    ...errorOf(problem),
  };
}
