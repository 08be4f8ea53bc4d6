/** Random deliveries, played with random decisions, failures and order of events: the rules hold in every one. */
import fc from 'fast-check';
import { arbitraryDelivery, arbitraryStory, runs } from '../support/arbitrary-delivery.ts';
import { play } from '../support/play-delivery.ts';
import { BrokenRule, holdAgainst, rules } from './rules.ts';

describe.each(['codebuild', 'lambda'] as const)('with builds in %s', (kind) => {
  let broken: { rule: string; report: string } | undefined;

  // One search for all rules: whatever is played is held against each of them.
  beforeAll(async () => {
    const property = fc.asyncProperty(
      arbitraryDelivery(),
      arbitraryStory(),
      fc.scheduler(),
      async (delivery, story, scheduler) => holdAgainst(rules, await play(delivery, story, kind, scheduler)),
    );
    const details = await fc.check(property, { numRuns: runs });
    const report = fc.defaultReportMessage(details) ?? '';
    if (details.failed && !(details.errorInstance instanceof BrokenRule)) throw new Error(report);
    if (details.errorInstance instanceof BrokenRule) broken = { rule: details.errorInstance.rule, report };
  }, 600_000);

  test.each(Object.keys(rules))('%s', (rule) => {
    if (broken?.rule === rule) throw new Error(broken.report);
  });
});
