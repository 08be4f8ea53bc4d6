/** Rules that hold for every subject of a random search: sentences, each with what would contradict it. */
import fc from 'fast-check';

/** By its sentence: yields what contradicts a rule. */
export type Rules<Subject> = Record<string, (subject: Subject) => Generator<string>>;

class BrokenRule extends Error {
  readonly rule: string;

  constructor(rule: string, told: string) {
    super(`${rule}: ${told}`);
    this.rule = rule;
  }
}

/** @throws BrokenRule for the first rule that does not hold. */
function holdAgainst<Subject>(rules: Rules<Subject>, subject: Subject): void {
  for (const [sentence, rule] of Object.entries(rules)) {
    for (const told of rule(subject)) throw new BrokenRule(sentence, told);
  }
}

/**
 * A test for each rule. There is one search for all of them, since what is looked at takes the time: every subject is held
 * against every rule, and the smallest subject that breaks one is reported by that rule's test. The rules behind it in the
 * list may be broken, too, which the next search tells.
 */
export function testRules<Subject>(
  rules: Rules<Subject>,
  subjects: (hold: (subject: Subject) => void) => fc.IRawProperty<unknown>,
  numRuns: number,
): void {
  let broken: { rule: string; report: string } | undefined;

  beforeAll(async () => {
    const details = await fc.check(
      subjects((subject) => holdAgainst(rules, subject)),
      { numRuns },
    );
    if (!details.failed) return;
    const report = (await fc.asyncDefaultReportMessage(details)) ?? 'The search failed.';
    const error = details.errorInstance;
    if (!(error instanceof BrokenRule)) throw new Error(report);
    broken = { rule: error.rule, report };
  }, 600_000);

  test.each(Object.keys(rules))('%s', (rule) => {
    if (broken?.rule === rule) throw new Error(broken.report);
  });
}
