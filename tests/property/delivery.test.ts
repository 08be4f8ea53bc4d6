/** Random deliveries, played with random decisions, failures and order of events. */
import fc from 'fast-check';
import { arbitraryDelivery, arbitraryStory, runs } from '../support/arbitrary-delivery.ts';
import { forms, play } from '../support/play-delivery.ts';
import { testRules } from '../support/rules.ts';
import { rules } from './rules.ts';

const names = Object.keys(forms) as (keyof typeof forms)[];

describe.each(names)('in the %s form', (form) => {
  testRules(
    rules,
    (hold) =>
      fc.asyncProperty(arbitraryDelivery(), arbitraryStory(), fc.scheduler(), async (delivery, story, scheduler) =>
        hold(await play(delivery, story, form, scheduler)),
      ),
    runs,
  );
});
