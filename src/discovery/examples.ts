/** Units that are perhaps none: modules that are published, and examples. Pure. */
import type { TouchedUnit } from '../model.ts';
import { named } from '../named.ts';
import type { Discovered } from './discover.ts';

const forOthers = /(^|\/)(modules|examples?|tests?|fixtures)\//;
/** Where a build leaves it behind: in the directory of the code. */
const inCheckout = /^local path=(?!["/]|\.\.\/)/;

/** A sentence about new units that lie where modules and examples do and have no lasting state; undefined when there are none. */
export function perhapsExamples(
  touched: readonly TouchedUnit[],
  units: ReadonlyMap<string, Discovered>,
): string | undefined {
  const paths = touched
    .filter(({ path, change }) => change === 'added' && forOthers.test(path) && !hasLastingState(units.get(path)))
    .map(({ path }) => path);
  if (paths.length === 0) return undefined;
  const [looks, them] = paths.length === 1 ? ['looks', 'it'] : ['look', 'them'];
  return `${named(paths)} ${looks} like modules or examples that nobody calls, and would be planned and applied as units. List ${them} under units.exclude in the configuration, unless that is meant.`;
}

function hasLastingState(unit: Discovered | undefined): boolean {
  if (unit === undefined) return false;
  const { own, states } = unit;
  return (
    states.partly.length > 0 ||
    states.writes.some((state) => !inCheckout.test(state)) ||
    own.some((file) => file.endsWith('.tfstate'))
  );
}
