import * as z from 'zod';
import { giveLinks } from '../../approval/give-links.ts';
import { readSigningKeys } from '../../approval/signing-key.ts';
import { someOf } from '../../approval/some-of.ts';
import { mayChoose, refusalOf, rulesOf } from '../../approval/vote.ts';
import { ssm } from '../../aws/clients.ts';
import { readParameter } from '../../aws/parameter.ts';
import { readPointer } from '../../delivery/pointer.ts';
import { readDelivery } from '../../delivery/read-delivery.ts';
import { type DeliveryStatus, deliveryStatus } from '../../delivery/status.ts';
import { DecisionError, UsageError } from '../../errors.ts';
import type { Delivery } from '../../model.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { type Connection, connect } from '../connect.ts';
import { deliveryFor } from '../delivery-argument.ts';
import { print, printJson, printWarning } from '../print.ts';
import { unitNamed } from '../unit-argument.ts';

/** For who may read the signing key: a link to the page, to be handed to an approver. */
export async function link(input: CommandInput): Promise<number> {
  const approver = approverOf(input);
  const connection = await connect(input);
  const { LIVE_CI_PAGE_URL: page, LIVE_CI_SIGNING_KEY: parameter } = connection.environment;
  if (!page || !parameter)
    throw new UsageError('This deployment has no approval page; set approvals.page.enabled to true and deploy again.');
  const delivery = await deliveryFor(input, connection.bucket);
  const units = await unitsFor(input.positionals, delivery, connection);
  if (approver !== null)
    for (const warning of worthNothing(approver, units, await readDelivery(delivery, connection.bucket)))
      printWarning(warning);
  const keys = await readSigningKeys({ read: () => readParameter(ssm(), parameter) });
  const { linkHours: hours } = (await connection.config()).approvals.page;
  const links = giveLinks({ delivery, units, approver, hours, now: new Date() }, page, keys);
  if (flag(input, 'json')) printJson({ delivery, approver, units, links });
  else print(...links);
  return 0;
}

/** Why what would be decided with the link does not count; nothing where it does. */
export function worthNothing(approver: string, units: readonly string[], delivery: Delivery): string[] {
  const voter = approver.toLowerCase();
  if (units.length === 0 && !mayChoose(voter, delivery))
    return [`${approver} is not among the approvers of ${delivery.id}, so a decision with this link does not count.`];
  const named = delivery.units.filter(({ path }) => units.includes(path));
  const refused = (why: ReturnType<typeof refusalOf>) =>
    named.filter((unit) => refusalOf(voter, true, rulesOf(unit, delivery)) === why).map(({ path }) => path);
  const [strange, own] = [refused('no approver'), refused('author')];
  return [
    ...(strange.length > 0
      ? [
          `${approver} is not among the approvers of ${someOf(strange).join(', ')}, so a decision on that does not count.`,
        ]
      : []),
    ...(own.length > 0
      ? [`${approver} wrote what ${someOf(own).join(', ')} would get, so they can decline it and not approve it.`]
      : []),
  ];
}

function approverOf(input: CommandInput): string | null {
  const [named, view] = [text(input, 'approver'), flag(input, 'view')];
  const approver = z.email().safeParse(named).data;
  if (view && named === undefined) return null;
  if (approver !== undefined && !view) return approver;
  throw new UsageError(
    "Say whose link it is: --approver with the approver's e-mail address, or --view for a link that only shows.",
  );
}

/** Those that are named, or all that wait; none when the delivery waits for its rollback choice. */
async function unitsFor(named: string[], id: string, { bucket }: Connection): Promise<string[]> {
  const status = await deliveryStatus(bucket, id, (await readPointer(bucket)).value);
  const units =
    named.length > 0 ? named.map((said) => unitNamed(said, status.units, `Delivery ${id}`).path) : waiting(status);
  if (units.length > 0 || status.state === 'waiting-for-rollback-choice') return units;
  throw new DecisionError(
    `Nothing of ${id} waits for an approver; name a unit, or see live-ci status for what it does.`,
  );
}

function waiting({ units }: DeliveryStatus): string[] {
  return units.filter(({ state }) => state === 'waiting-for-approval').map(({ path }) => path);
}
