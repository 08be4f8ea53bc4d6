/** Test files that take minutes begin first: one that began last would keep all but one core waiting. */
import Sequencer from '@jest/test-sequencer';

/** The longest of each project first. */
const longest = [
  'unit/runner/run',
  'property/crash-matrix',
  'property/delivery',
  'property/reliability',
  'property/scale',
  'terragrunt/runner',
  'local/scale',
  'local/deliveries',
  'local/least',
];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const place = longest.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return place < 0 ? longest.length : place;
    };
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other));
  }
}
