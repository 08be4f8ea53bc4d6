import type { Bucket } from '../../aws/bucket.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { deliveryStatus, type UnitStatus } from '../../delivery/status.ts';
import { DeliveryError, UsageError } from '../../errors.ts';
import { withoutControl } from '../../plain-text.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { connect } from '../connect.ts';
import { deliveryNamed } from '../delivery-argument.ts';
import { coloured, print, printJson } from '../print.ts';
import { argument } from '../shell-word.ts';
import { unitNamed } from '../unit-argument.ts';

interface Shown {
  bucket: Bucket;
  delivery: string;
  unit: UnitStatus;
}

/** The unit's plan, and what names it; where there is none, the log of the build that was to make it. */
export async function plan(input: CommandInput): Promise<number> {
  const { bucket, delivery, unit } = await unitOf(input);
  const planned = unit.plan
    ? await bucket.read(bucketKeys.planText(delivery, unit.path, unit.plan, unit.about))
    : undefined;
  const log = planned ?? (await bucket.read(bucketKeys.log(delivery, unit.path, 'plan')));
  if (!log)
    throw new DeliveryError(`Unit ${unit.path} has no plan in ${delivery} yet; see live-ci status for what it does.`);
  const shown = withoutControl(log.body.toString('utf8'));
  if (flag(input, 'json')) {
    const { path, state, counts, destroys, outputsChanged, warnings, otherState } = unit;
    printJson({
      delivery,
      unit: path,
      state,
      plan: unit.plan,
      counts,
      destroys,
      outputsChanged,
      warnings,
      otherState,
      text: shown,
    });
    return 0;
  }
  process.stdout.write(shown);
  if (planned && unit.state === 'waiting-for-approval')
    print('', coloured('yellow', `To approve this plan: live-ci approve --plan ${unit.plan} ${argument(unit.path)}`));
  return 0;
}

/** @throws UsageError */
export function saidUnit(input: CommandInput, command: string): string {
  const [said] = input.positionals;
  if (said !== undefined) return said;
  throw new UsageError(`Name the unit: live-ci ${command} UNIT.`);
}

/** Of the delivery that is named, that runs or is halted, or of the last one. */
async function unitOf(input: CommandInput): Promise<Shown> {
  const said = saidUnit(input, 'plan');
  const { bucket } = await connect(input);
  const pointer = (await readPointer(bucket)).value;
  const named = text(input, 'delivery');
  const id =
    named === undefined
      ? (pointer.running?.delivery ?? pointer.halted?.delivery ?? pointer.last)
      : await deliveryNamed(named, bucket);
  if (!id) throw new DeliveryError('Nothing was delivered yet, so there is no plan. Push a commit first.');
  const { units } = await deliveryStatus(bucket, id, pointer);
  return { bucket, delivery: id, unit: unitNamed(said, units, `Delivery ${id}`) };
}
