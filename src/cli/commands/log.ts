/** What builds said: the log that somebody looks for who asks for a unit's. */
import type { Bucket } from '../../aws/bucket.ts';
import { readStored } from '../../aws/stored.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { deliveriesBackwards } from '../../delivery/find-delivery.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { readDelivery } from '../../delivery/read-delivery.ts';
import { DeliveryError, UsageError } from '../../errors.ts';
import { runActions, runResultSchema } from '../../model.ts';
import { plain, withoutControl } from '../../plain-text.ts';
import { deliveryInTitle } from '../../repository/sync-words.ts';
import { type CommandInput, text } from '../command.ts';
import { connect } from '../connect.ts';
import { deliveryNamed } from '../delivery-argument.ts';
import { coloured } from '../print.ts';
import { findUnit, unitNamed } from '../unit-argument.ts';
import { saidUnit } from './plan.ts';

/** In the order in which a unit's builds run. */
export const steps = runActions;
type Step = (typeof steps)[number];

/** What the unit's last build said, or the one of `--step`. */
export async function log(input: CommandInput): Promise<number> {
  const step = text(input, 'step');
  const asked = steps.filter((one) => step === undefined || one === step);
  if (asked.length === 0) throw new UsageError(`There is no step ${step}; the steps are ${steps.join(', ')}.`);
  const { bucket } = await connect(input);
  const said = saidUnit(input, 'log');
  const named = text(input, 'delivery');
  const delivery = named === undefined ? undefined : await deliveryNamed(named, bucket);
  const found = await lastLog(said, delivery, asked, bucket);
  // Beside the log, which is what whoever keeps the output wants.
  process.stderr.write(
    `${coloured('dim', `${plain(found.unit)}: its ${found.step} in ${found.delivery}${found.ended}`)}\n`,
  );
  process.stdout.write(withoutControl(found.text));
  return 0;
}

export interface Log {
  delivery: string;
  unit: string;
  step: Step;
  /** How the build ended, behind a comma. */
  ended: string;
  text: string;
}

/** So far back a unit is looked for. */
const mostDeliveries = 50;

/**
 * The newest, of the delivery that is named or of any. Of a unit that is left open, or that the pipeline has put back, the newest of a build that
 * failed: what came after that may have had nothing to do.
 */
export async function lastLog(
  said: string,
  named: string | undefined,
  asked: readonly Step[],
  bucket: Bucket,
): Promise<Log> {
  if (named !== undefined) {
    const delivery = await readDelivery(named, bucket);
    const unit = unitNamed(said, delivery.units, `Delivery ${delivery.id}`);
    const [found] = await logsOf(delivery.id, unit, asked, bucket);
    return found ?? noLog(`${unit.path} has no log in ${delivery.id}`);
  }
  const { carried } = (await readPointer(bucket)).value;
  const known = new Map<string, { path: string }>();
  let newest: Log | undefined;
  let looked = 0;
  for await (const id of deliveriesBackwards(bucket)) {
    if (looked++ === mostDeliveries) break;
    const { units, subject } = await readDelivery(id, bucket);
    for (const unit of units) known.set(unit.path, unit);
    const unit = findUnit(said, units);
    if (unit === undefined) continue;
    const isOpen = carried.some(({ path }) => path === unit.path) || deliveryInTitle(subject) !== undefined;
    for (const found of await logsOf(id, unit, asked, bucket)) {
      newest ??= found;
      if (found.ended === failed || !isOpen) return found;
    }
  }
  if (newest) return newest;
  if (looked === 0) throw new DeliveryError('Nothing was delivered yet, so there is no log. Push a commit first.');
  const { path } = unitNamed(said, [...known.values()], `None of the last ${looked} deliveries`);
  return noLog(`${path} has no log in the last ${looked} deliveries`);
}

const failed = ', which failed';

/** The newest first. */
async function logsOf(id: string, { path }: { path: string }, asked: readonly Step[], bucket: Bucket): Promise<Log[]> {
  const logs = asked.toReversed().map(async (step): Promise<Log[]> => {
    const [log, result] = await Promise.all([
      bucket.read(bucketKeys.log(id, path, step)),
      readStored(bucket, bucketKeys.result(id, path, step), runResultSchema),
    ]);
    if (log === undefined) return [];
    const outcome = result?.value.outcome;
    const ended = outcome === undefined ? ', which has left no result' : outcome === 'failed' ? failed : '';
    return [{ delivery: id, unit: path, step, ended, text: log.body.toString('utf8') }];
  });
  return (await Promise.all(logs)).flat();
}

function noLog(what: string): never {
  throw new DeliveryError(`Unit ${plain(what)}; see live-ci status for what it does.`);
}
