import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { deliveryStatus } from '../../delivery/status.ts';
import { DeliveryError, UsageError } from '../../errors.ts';
import { type CommandInput, text } from '../command.ts';
import { connect } from '../connect.ts';
import { withoutControl } from '../print.ts';

export async function plan(input: CommandInput): Promise<number> {
  const [path] = input.positionals;
  if (path === undefined) throw new UsageError('Name the unit: live-ci plan UNIT.');
  const { bucket } = await connect(input);
  const pointer = (await readPointer(bucket)).value;
  const id = text(input, 'delivery') ?? pointer.running?.delivery ?? pointer.halted?.delivery ?? pointer.last;
  if (!id) throw new DeliveryError('Nothing was delivered yet, so there is no plan. Push a commit first.');
  const unit = (await deliveryStatus(bucket, id, pointer)).units.find((one) => one.path === path);
  if (!unit) throw new UsageError(`Delivery ${id} has no unit ${path}; see live-ci status.`);
  const planned = unit.plan ? await bucket.read(bucketKeys.planText(id, path, unit.plan)) : undefined;
  const log = planned ?? (await bucket.read(bucketKeys.log(id, path, 'plan')));
  if (!log) throw new DeliveryError(`Unit ${path} has no plan in ${id} yet; see live-ci status for what it does.`);
  process.stdout.write(withoutControl(log.body.toString('utf8')));
  return 0;
}
