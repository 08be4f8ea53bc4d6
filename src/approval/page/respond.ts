/**
 * Answers one request to the page. Nothing is read from the bucket before the link is found to be good. A GET shows; only a POST of one
 * of the page's own forms decides, through the same `decide` as every other door, in the name of the link's approver.
 */
import * as z from 'zod';
import type { Bucket } from '../../aws/bucket.ts';
import { DecisionError, LinkError, LiveCiError } from '../../errors.ts';
import { type Decision, rollbackChoices } from '../../model.ts';
import { type Reach, reachOf } from '../choose-units.ts';
import { type Decided, parseDecision } from '../decide.ts';
import { type Claims, readLink } from '../link.ts';
import type { SigningKeys } from '../signing-key.ts';
import { situationNow } from '../situation.ts';
import { someOf } from '../some-of.ts';
import { preview } from './choose.ts';
import type { Failures } from './failures.ts';
import { look } from './look.ts';
import { contentSecurityPolicy } from './style.ts';
import { type Banner, page, refusal } from './view.ts';

export interface PageRequest {
  method: string;
  /** The link, behind the page's address. */
  link: string;
  query: URLSearchParams;
  /** What a form sent. */
  form: URLSearchParams;
  /** Where it comes from. */
  address: string;
}

export interface PageResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface PageContext {
  bucket: Bucket;
  keys: () => Promise<SigningKeys>;
  /** As the door `decide` does it. */
  decide: (decision: Decision, approver: string, givenAt: Date) => Promise<Decided>;
  failures: Failures;
  now: () => Date;
  /** Told of what went wrong while a decision was given. */
  log: (error: unknown) => void;
}

export async function respond(request: PageRequest, context: PageContext): Promise<PageResponse> {
  const { failures, now } = context;
  // What browsers and scanners ask for by themselves (/favicon.ico, /robots.txt) is no wrong link.
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(request.link)) return answer(404, refusal('Nothing is here', noLink));
  if (failures.isTooMany(request.address, now()))
    return answer(429, refusal('Too many wrong links', 'Try again in a minute.'), { 'retry-after': '60' });
  try {
    const claims = readLink(request.link, await context.keys(), now());
    if (request.method === 'GET') return await show(request, claims, context);
    if (request.method === 'POST') return await post(request, claims, context);
    return answer(405, refusal('Not like that', 'This page is looked at, or answered with its own forms.'));
  } catch (error) {
    if (!(error instanceof LiveCiError)) throw error;
    if (!(error instanceof LinkError)) return answer(404, refusal('Nothing is here any more', error.message));
    failures.note(request.address, now());
    const titles = { forged: 'This link is not valid', expired: 'This link has expired' };
    return answer(error.why === 'expired' ? 410 : 403, refusal(titles[error.why], `${error.message} ${elsewhere}`));
  }
}

const noLink = 'Open the link that you were sent.';
const elsewhere = 'Whoever may use the command line can make a new one with live-ci link.';

async function show({ query }: PageRequest, claims: Claims, context: PageContext, banner?: Banner, status = 200) {
  const seen = await look(claims, query.get('unit') ?? undefined, context.bucket);
  return answer(status, page(seen, { banner, all: query.get('plan') === 'all' }));
}

const fieldsSchema = z.object({
  do: z.enum(['approve', 'approve-several', 'replan', 'preview', 'decline', 'keep', 'retry', 'reconsider']),
  plan: z.string().optional(),
  /** What is asked about again. */
  unit: z.string().optional(),
  rollback: z.enum(rollbackChoices).optional(),
  comment: z.string().max(500).default(''),
  destroys: z.string().optional(),
  state: z.string().optional(),
  units: z.array(z.string()),
  /** Plan and unit, with a space between them. */
  plans: z.array(z.string().regex(/^[0-9a-f]{64} ./s)),
});
/** Whoever ticks units and chooses nothing else has chosen those. */
const formSchema = fieldsSchema.transform(({ rollback, ...form }) => ({
  ...form,
  rollback: rollback ?? (form.units.length > 0 ? ('selective' as const) : undefined),
}));
type Form = z.infer<typeof formSchema>;

function parseForm(form: URLSearchParams): Form | undefined {
  const single = Object.fromEntries(form);
  return formSchema.safeParse({ ...single, units: form.getAll('units'), plans: form.getAll('plans') }).data;
}

async function post(request: PageRequest, claims: Claims, context: PageContext): Promise<PageResponse> {
  const { approver } = claims;
  if (approver !== null) return act(request, claims, approver, context);
  return answer(
    403,
    refusal('This link only shows', `Nothing was decided. To decide, open a link of your own. ${elsewhere}`),
  );
}

async function act(
  request: PageRequest,
  claims: Claims,
  approver: string,
  context: PageContext,
): Promise<PageResponse> {
  const form = parseForm(request.form);
  const seen = await look(claims, request.query.get('unit') ?? undefined, context.bucket);
  const refused = (line: string) => show(request, claims, context, { refused: true, lines: [line] }, 409);
  const isOther = form?.do === 'approve-several' || form?.do === 'reconsider';
  if (form === undefined || (seen.unit && !isOther && form.plan === undefined))
    return refused('That was not sent by a form of this page. Nothing was decided.');
  const waits = seen.unit ? seen.unit.request : seen.status.state === 'waiting-for-rollback-choice';
  if (!waits && !isOther) return refused('Nothing waits for this decision any more. What you see is how it stands.');
  if (form.do === 'preview' || form.do === 'decline') {
    const { rollback, comment, plan } = form;
    if (rollback === undefined) return refused('Choose what to roll back, or None. Nothing was decided.');
    const units = rollback === 'selective' ? form.units : [];
    if (rollback === 'selective' && units.length === 0)
      return refused('Selective needs at least one unit that is ticked. Nothing was decided.');
    if (form.do === 'preview')
      return answer(200, page(seen, { step: preview(seen, { rollback, units, comment, plan }), all: false }));
  }
  const destroys = seen.unit?.status.counts?.destroy ?? 0;
  if (form.do === 'approve' && destroys > 0 && form.destroys !== String(destroys))
    return refused(`This plan destroys ${destroys}: tick that you have looked at it. Nothing was decided.`);
  const before = seen.unit?.status.otherState?.before;
  if (form.do === 'approve' && before !== undefined && form.state !== before)
    return refused('The state of this unit is another one now: tick that you have looked at it. Nothing was decided.');
  const elsewhere = new Set(seen.status.units.filter(({ otherState }) => otherState !== null).map(({ path }) => path));
  const alone = plansIn(form).find(({ unit }) => elsewhere.has(unit));
  if (form.do === 'approve-several' && alone)
    return refused(`The state of ${alone.unit} is another one now: approve it by itself. Nothing was decided.`);
  const decisions = decisionsOf(form, seen.unit?.unit.path, claims);
  if (decisions.length === 0)
    return refused(
      `${form.do === 'reconsider' ? 'This link is for other units' : 'Nothing is ticked'}. Nothing was decided.`,
    );
  const said = await giveAll(decisions, approver, context);
  if (form.do === 'decline' && form.rollback !== undefined && seen.unit && !said.refused)
    said.lines.push(...thenRolledBack(reachOf(form.rollback, form.units, situationNow(seen, seen.unit.unit.path))));
  return show(request, claims, context, said, said.refused ? 409 : 200);
}

function plansIn({ plans }: Form): { unit: string; plan: string }[] {
  return plans.map((text) => ({ unit: text.slice(65), plan: text.slice(0, 64) }));
}

/** What the form asks for, of units that the link is for. */
function decisionsOf(form: Form, unit: string | undefined, { delivery, units }: Claims): unknown[] {
  const comment = form.comment === '' ? {} : { comment: form.comment };
  const about = { delivery, ...(unit === undefined ? {} : { unit, plan: form.plan }) };
  switch (form.do) {
    case 'approve-several':
      return plansIn(form)
        .filter((each) => units.includes(each.unit))
        .map((each) => ({ delivery, ...each, decision: 'approve' }));
    case 'reconsider':
      return form.unit !== undefined && (units.length === 0 || units.includes(form.unit))
        ? [{ delivery, unit: form.unit, decision: 'reconsider', ...comment }]
        : [];
    case 'keep':
      return [{ ...about, decision: 'decline', ...comment }];
    case 'decline':
      return [
        {
          ...about,
          decision: 'decline',
          rollback: form.rollback,
          ...(form.rollback === 'selective' ? { units: form.units } : {}),
          ...comment,
        },
      ];
    default:
      return [{ ...about, decision: form.do }];
  }
}

/** The delivery does that when it has wound down, which takes a while. */
function thenRolledBack({ units }: Reach): string[] {
  return units.length === 0 ? [] : [`Rolled back next, in this order: ${someOf(units).join(', ')}.`];
}

const failed = 'Something failed before this was answered. Give the decision again: twice the same is once.';

/** One after the other; what is refused does not keep the others back. */
async function giveAll(decisions: unknown[], approver: string, { decide, now, log }: PageContext): Promise<Banner> {
  const lines: string[] = [];
  let refused = false;
  for (const decision of decisions) {
    try {
      const { done, rollback, warning } = await decide(parseDecision(decision), approver, now());
      lines.push(done);
      if (rollback.length > 0) lines.push(`Rolled back, in this order: ${rollback.join(', ')}.`);
      if (warning.length > 0)
        lines.push(`Stays applied, although what it depends on is rolled back: ${warning.join(', ')}.`);
    } catch (error) {
      refused = true;
      if (!(error instanceof DecisionError)) log(error);
      lines.push(error instanceof DecisionError ? error.message : failed);
    }
  }
  return { refused, lines };
}

function answer(status: number, body: string, headers: Record<string, string> = {}): PageResponse {
  return {
    status,
    body,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
      'cross-origin-opener-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
      ...headers,
    },
  };
}
