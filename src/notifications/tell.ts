/**
 * Tells people what they are waited for, and how deliveries end. It is the poll that tells, so that what began to wait since the last
 * one is one message on each channel, however many units that are. What was told is kept after it was told: cut off in between, it is told
 * once more, which does less harm than not at all. A channel that can't be told keeps back neither the others nor the pipeline; the next poll
 * tries again.
 */
import { decisionInWords } from '../approval/decision-words.ts';
import { declineInWords, isRemembered } from '../approval/declined-before.ts';
import type { LinkRequest } from '../approval/give-links.ts';
import { unitRequestSchema } from '../approval/request.ts';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { type DeliveryOutcomes, deliveryOutcomesSchema } from '../delivery/endings.ts';
import { readPointer, toldWithinMilliseconds } from '../delivery/pointer.ts';
import type { PollResult } from '../delivery/poll.ts';
import { readDelivery } from '../delivery/read-delivery.ts';
import { messageOf } from '../errors.ts';
import type { Log, Metric } from '../metrics.ts';
import { type Channel, NotTold } from './channel.ts';
import { type Due, dueOf, type Pace } from './due.ts';
import type { Message } from './message.ts';
import { endMessage, type Reader, type Waiting, waitingMessage } from './messages.ts';
import { keepTold, readTold, type ToldChannel, toldOn } from './told.ts';
import { askedOf, hashesOf, namedBy, openHashes, readWaiting } from './waiting.ts';

export interface TellContext {
  bucket: Bucket;
  now: () => Date;
  channels: readonly Channel[];
  /** Addresses of the approval page; none where there is no page, or no link could be signed. */
  links: (about: Pick<LinkRequest, 'delivery' | 'units' | 'approver'>) => Promise<string[]>;
  /** Hours that these are valid. */
  linkHours: number;
  pace: Pace;
  /** Names the deployment. */
  service: string;
  log: Log;
  metric: Metric;
}

/**
 * What there is to tell after a poll. Never throws: the pipeline goes on, and the rest is told, when something can't be.
 * @param known the deliveries of whose end everybody knows, as this answered last in this process: they are not read again.
 * @returns those deliveries, as it is now.
 */
export async function tellAfter(
  result: PollResult,
  known: ReadonlySet<string>,
  context: TellContext,
): Promise<ReadonlySet<string>> {
  if (result === 'overtaken') return known;
  const knownNow = await orLogged(() => tellEnds(known, context), context);
  if (result === 'running' || result === 'started') await orLogged(() => tellWaiting(context), context);
  return knownNow ?? known;
}

async function orLogged<Answer>(
  telling: () => Promise<Answer>,
  { log, metric }: TellContext,
): Promise<Answer | undefined> {
  try {
    return await telling();
  } catch (error) {
    log('nobody could be told', { why: messageOf(error) });
    metric('FailedNotifications', 1);
    return undefined;
  }
}

/** Of all that ended lately: one poll can end several, and a channel can be down for longer than the next delivery takes. */
async function tellEnds(known: ReadonlySet<string>, context: TellContext): Promise<ReadonlySet<string>> {
  const { last, ended } = (await readPointer(context.bucket)).value;
  const lately = new Set([...ended.map(({ delivery }) => delivery), ...(last === null ? [] : [last])]);
  const told: string[] = [];
  for (const id of lately) if (known.has(id) || (await orLogged(() => tellEnd(id, context), context))) told.push(id);
  return new Set(told);
}

/** Of the delivery that runs, what has begun to wait for approvers since the last time, and what has waited for long. */
export async function tellWaiting(context: TellContext): Promise<void> {
  const { bucket, now, channels, pace } = context;
  const { running } = (await readPointer(bucket)).value;
  if (running === null) return;
  const { delivery: id } = running;
  const told = await readTold(id, bucket);
  const open = await openHashes(id, bucket);
  const due = channels
    .map((channel) => ({ channel, ...dueOf(open, toldOn(channel, told), pace, now()) }))
    .filter(({ hashes }) => hashes.length > 0);
  if (due.length === 0) return;
  const waiting = await readWaiting(id, bucket);
  const channelsNow = due.map(async (one) => {
    const before = toldOn(one.channel, told);
    const said = await tellChannel(one, waiting, context);
    return [one.channel.name, { ...before, waiting: { ...onlyOf(open, before.waiting), ...said } }] as const;
  });
  await keepTold(id, told, Object.fromEntries(await Promise.all(channelsNow)), bucket);
}

/** Of what was answered nothing has to be known any more. */
function onlyOf(open: readonly string[], waiting: ToldChannel['waiting']): ToldChannel['waiting'] {
  const still = new Set(open);
  return Object.fromEntries(Object.entries(waiting).filter(([hash]) => still.has(hash)));
}

/**
 * What is to be kept of it: that the channel was told of these requests now, or that they are not for it. A token lies there a moment before
 * its request does: of such a one nothing is kept, and the next poll finds both.
 */
async function tellChannel(
  { channel, hashes, again }: Due & { channel: Channel },
  waiting: Waiting,
  context: TellContext,
): Promise<ToldChannel['waiting']> {
  const named = namedBy(new Set(hashes), waiting);
  const whole = channel.approver === null ? named : askedOf(channel.approver, named);
  const forIt = new Set(hashesOf(whole));
  const others = hashesOf(named)
    .filter((hash) => !forIt.has(hash))
    .map((hash) => [hash, null]);
  if (forIt.size === 0) return Object.fromEntries(others);
  const part = channel.approver === null ? whole : { ...whole, units: firstUnits(whole) };
  const reader = await readerOf(channel, part, whole.units.length - part.units.length, context);
  const isDone = await isTold(channel, waitingMessage(part, again, reader, context.service), context);
  const at = context.now().toISOString();
  return Object.fromEntries([...others, ...(isDone ? hashesOf(part).map((hash) => [hash, at]) : [])]);
}

/** An approver's mail has links to all units that it names: of very many, the first. */
const mostBytesOfPaths = 6000;

function firstUnits({ units }: Waiting): Waiting['units'] {
  let bytes = 0;
  return units.filter(({ request }, index) => {
    bytes += Buffer.byteLength(request.unit);
    return index === 0 || bytes <= mostBytesOfPaths;
  });
}

async function readerOf(channel: Channel, waiting: Waiting, more: number, context: TellContext): Promise<Reader> {
  const { approver } = channel;
  const about = { delivery: waiting.delivery.id, units: waiting.units.map(({ request }) => request.unit), approver };
  const links = approver !== null || channel.links ? await context.links(about) : [];
  if (approver === null) {
    const mailed = context.channels.some((one) => one.approver !== null && isAsked(one.approver, waiting));
    return { kind: 'everybody', links: links.slice(0, 1), mailed };
  }
  const until = new Date(context.now().getTime() + context.linkHours * 3_600_000);
  return { kind: 'approver', approver, links, until, more };
}

function isAsked(approver: string, waiting: Waiting): boolean {
  return hashesOf(askedOf(approver, waiting)).length > 0;
}

async function isTold(channel: Channel, message: Message, { log, metric }: TellContext): Promise<boolean> {
  try {
    await channel.send(message);
    return true;
  } catch (error) {
    log('a channel was not told', { channel: channel.name, why: messageOf(error) });
    if (!(error instanceof NotTold) || error.isFailure) metric('FailedNotifications', 1);
    return false;
  }
}

/**
 * How a delivery has ended, once on each channel that is for everybody.
 * @returns whether nothing is left to tell.
 */
export async function tellEnd(id: string, context: TellContext): Promise<boolean> {
  const { bucket, now, service } = context;
  const told = await readTold(id, bucket);
  const untold = context.channels.filter((channel) => channel.approver === null && !toldOn(channel, told).ended);
  if (untold.length === 0) return true;
  const outcomes = (await readStored(bucket, bucketKeys.outcomes(id), deliveryOutcomesSchema))?.value;
  if (outcomes === undefined || now().getTime() - Date.parse(outcomes.endedAt) > toldWithinMilliseconds) return true;
  const { halted } = (await readPointer(bucket)).value;
  const delivery = await readDelivery(id, bucket);
  const reason = halted?.delivery === id ? halted.reason : null;
  const errors = delivery.units.flatMap(({ path, error }) => (error === undefined ? [] : [[path, error] as const]));
  const why = new Map([...errors.slice(0, mostReasons), ...(await declinesOf(id, outcomes, bucket))]);
  const message = endMessage(delivery, outcomes.outcomes, reason, service, why);
  const tellings = untold.map(async (channel) => {
    const ended = await isTold(channel, message, context);
    return [channel.name, { ...toldOn(channel, told), ended }] as const;
  });
  const changed = Object.fromEntries(await Promise.all(tellings));
  await keepTold(id, told, changed, bucket);
  return Object.values(changed).every(({ ended }) => ended);
}

/** Of so many it is said who declined them, or what is wrong; a message has room for as many. */
const mostReasons = 50;

/** Who declined units, when and why, in words. */
async function declinesOf(id: string, { outcomes }: DeliveryOutcomes, bucket: Bucket): Promise<Map<string, string>> {
  const declined = Object.keys(outcomes).filter((path) => outcomes[path] === 'declined');
  const found = await atMost(bucketRequests, declined.slice(0, mostReasons), async (path) => {
    const request = (await readStored(bucket, bucketKeys.request(id, path), unitRequestSchema))?.value;
    if (!request?.given) return [[path, 'nobody answered in time'] as const];
    const { decision, voter, at } = request.given;
    const given = { decision: decision.decision, voters: [voter], voter, at, comment: decision.comment ?? null };
    return [[path, isRemembered(request) ? declineInWords(given) : decisionInWords(given)] as const];
  });
  return new Map(found.flat());
}
