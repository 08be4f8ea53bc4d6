/** Paths that a Choice compares without having asked whether they lead anywhere: States.Runtime, where an answer lacks them. */
import type { Choice, Test } from '../../statemachine/asl.ts';

export function unguarded({ Choices }: Pick<Choice, 'Choices'>): string[] {
  const known = new Set<string>();
  return Choices.flatMap((rule) => {
    const found = comparedBlindly(rule, known);
    // Behind this rule it holds no longer.
    for (const path of there(rule, false)) known.add(path);
    return found;
  });
}

function comparedBlindly(test: Test, known: ReadonlySet<string>): string[] {
  if (test.Not) return comparedBlindly(test.Not, known);
  if (test.IsPresent !== undefined) return [];
  if (test.Variable) return known.has(test.Variable) ? [] : [test.Variable];
  const within = new Set(known);
  return (test.And ?? test.Or ?? []).flatMap((each) => {
    const found = comparedBlindly(each, within);
    for (const path of there(each, test.And !== undefined)) within.add(path);
    return found;
  });
}

/** Paths that are known to lead somewhere when the test is `holding`, or is not. */
function there(test: Test, holding: boolean): string[] {
  if (test.Not) return there(test.Not, !holding);
  if (test.IsPresent !== undefined) return test.IsPresent === holding ? [test.Variable ?? ''] : [];
  const all = holding ? test.And : test.Or;
  return (all ?? []).flatMap((each) => there(each, holding));
}
