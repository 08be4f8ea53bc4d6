import { parseDecision } from '../../approval/decide.ts';
import { giveDecision } from '../../approval/give-decision.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { deliveryStatus } from '../../delivery/status.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { confirm } from '../confirm.ts';
import { connect } from '../connect.ts';
import { deliveryFor } from '../delivery-argument.ts';
import { print, printJson } from '../print.ts';
import { door } from './decide.ts';

export async function cancelDelivery(input: CommandInput): Promise<number> {
  const connection = await connect(input);
  const delivery = await deliveryFor(input, connection.bucket);
  const decision = parseDecision({ delivery, decision: 'cancel', comment: text(input, 'comment') });
  const question = `Cancel delivery ${delivery}? What has begun comes to its end; nothing else begins.`;
  if (!flag(input, 'yes') && !(await confirm(question))) return 1;
  const { done } = await giveDecision(decision, door(connection));
  const { units } = await deliveryStatus(connection.bucket, delivery, (await readPointer(connection.bucket)).value);
  const approved = units.filter(({ state }) => state === 'applying').map(({ path }) => path);
  if (flag(input, 'json')) {
    printJson({ delivery, done, approved });
    return 0;
  }
  print(plain(done));
  if (approved.length > 0) {
    print(
      `Approved before: ${plain(approved.join(', '))}. An apply that has begun comes to its end; another does not begin.`,
    );
  }
  print('Then it asks what to roll back, if it has applied anything: see live-ci status.');
  return 0;
}
