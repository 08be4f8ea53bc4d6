/** The page as a whole. What must not be overlooked comes first; then the decision; then everything that it is made on. */
import { shownStates } from '../../delivery/shown-states.ts';
import type { UnitStatus } from '../../delivery/status.ts';
import type { RollbackRequest } from '../request.ts';
import { someOf } from '../some-of.ts';
import type { Vote } from '../vote.ts';
import { decideForms } from './choose.ts';
import { graph } from './graph.ts';
import { Html, html } from './html.ts';
import type { Seen, SeenUnit } from './look.ts';
import { planText } from './plan.ts';
import { style } from './style.ts';

/** Said on top, after something was done. */
export interface Banner {
  refused: boolean;
  lines: string[];
}

interface Around {
  banner?: Banner | undefined;
  /** In place of everything but what the page is about: the second step of a decline. */
  step?: Html | undefined;
  /** Show all of the plan. */
  all: boolean;
}

export function page(seen: Seen, { banner, step, all }: Around): string {
  const { unit, delivery, claims } = seen;
  const waits = unit?.request !== undefined;
  const { approver } = claims;
  const title = unit ? `${waits ? 'Approve ' : ''}${unit.unit.path}${waits ? '?' : ''}` : `Roll back ${delivery.id}?`;
  const body = html`<header><span>${delivery.repository} · ${delivery.branch}</span><span>${approver === null ? 'You look on' : html`You decide as <b>${approver}</b>`}</span></header>
<main>${banner && bannerOf(banner)}
${
  step ??
  html`<h1>${unit ? html`${waits && 'Approve '}<span class="path">${unit.unit.path}</span>${waits && '?'}` : 'What is to be rolled back?'}</h1>
${unit && summary(seen, unit)}${unit?.plan !== undefined && planOf(unit, unit.plan, all)}${approver === null ? howToDecide(seen) : html`${decideForms(seen, approver)}${several(seen)}`}`
}
${whole(seen)}${unit && earlier(unit, seen.question)}</main>
<footer><p>Delivery ${delivery.id}. This link ${approver === null ? 'only shows' : 'is yours alone'}, and is valid until ${told(claims.expires * 1000)}.</p></footer>`;
  return document(title, body);
}

/** For whoever looks on. */
function howToDecide({ unit, delivery: { id }, status }: Seen): Html | false {
  if (unit ? !unit.request : status.state !== 'waiting-for-rollback-choice') return false;
  const decision = unit
    ? { delivery: id, unit: unit.unit.path, decision: 'approve' }
    : { delivery: id, decision: 'decline', rollback: 'all' };
  return html`<section aria-labelledby="decide"><h2 id="decide">To decide</h2><p>With this link you look on. An approver decides with a link of their own, with live-ci approve and live-ci decline, or in the Step Functions console by starting the state machine decision with such an input:</p>
<p class="path">${JSON.stringify(decision)}</p></section>`;
}

/** For whoever has no link that is worth anything. */
export function refusal(title: string, sentence: string): string {
  return document(title, html`<main><h1>${title}</h1><p>${sentence}</p></main>`);
}

function document(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${title}</title><style>${new Html(style)}</style></head>
<body>${body}</body></html>
`.text;
}

function bannerOf({ refused, lines }: Banner): Html {
  return html`<div class="card banner${refused ? ' refused' : ''}" role="${refused ? 'alert' : 'status'}">${lines.map((line) => html`<p><b>${line}</b></p>`)}</div>`;
}

function summary({ delivery, status, claims }: Seen, seen: SeenUnit): Html {
  const { unit } = seen;
  const { state, reasons, error } = seen.status;
  return html`<section aria-labelledby="what"><h2 id="what">${seen.request ? 'What would happen' : 'What was planned'}</h2>
${counts(seen.status)}${destroys(seen.status)}${outputs(seen, delivery.units)}
<dl class="facts"><dt>State</dt><dd>${badge(state)}${error && html` <span class="soft">${error}</span>`}</dd>
<dt>Why it is here</dt><dd>${someOf(reasons).join('; ')}</dd>
<dt>Commit</dt><dd><span class="path">${delivery.head.slice(0, 12)}</span> ${delivery.subject} <span class="soft">by ${delivery.author}</span></dd>
${unit.environment !== undefined && html`<dt>Environment</dt><dd class="path">${unit.environment}</dd>`}
${status.cancelled && html`<dt>Cancelled</dt><dd>by ${status.cancelled.voter}, ${told(status.cancelled.at)}</dd>`}
${seen.request && html`<dt>Approvals</dt><dd>${approvals(seen)}</dd>`}</dl>${seen.request && html`<p><a href="#decide">${claims.approver === null ? 'How to decide' : 'To your decision'}</a></p>`}</section>`;
}

function counts({ counts: known }: UnitStatus): Html | false {
  if (known === null) return false;
  const part = (count: number, sign: string, kind: string, word: string) =>
    html`<li class="${count > 0 ? kind : 'none'}"><b>${sign}${count}</b>${word}</li>`;
  return html`<ul class="counts">${part(known.add, '+', 'add', 'to add')}${part(known.change, '~', 'change', 'to change')}${part(known.destroy, '-', 'destroy', 'to destroy')}</ul>`;
}

function destroys({ destroys: listed, counts: known }: UnitStatus): Html | false {
  const total = known?.destroy ?? 0;
  if (total === 0) return false;
  const replaced = listed.filter((one) => one.replaced).length;
  const shown = listed.slice(0, 50);
  return html`<div class="danger"><h3>Destroys ${total === 1 ? 'one resource' : `${total} resources`}${replaced > 0 && (total === 1 ? ', to make it anew' : `, ${replaced} of them to make ${replaced === 1 ? 'it' : 'them'} anew`)}</h3>
<ul>${shown.map(({ address, replaced }) => html`<li><span class="path">${address}</span>${replaced ? ' is replaced' : ' is destroyed'}</li>`)}${total > shown.length && html`<li>… and ${total - shown.length} more</li>`}</ul></div>`;
}

function outputs({ unit, status }: SeenUnit, units: Seen['delivery']['units']): Html | false {
  if (status.outputsChanged.length === 0) return false;
  const readers = units.filter((one) => one.dependencies.includes(unit.path)).map(({ path }) => path);
  return html`<p>Outputs that change: <b class="path">${someOf(status.outputsChanged).join(', ')}</b>. ${
    readers.length === 0
      ? 'No unit of this delivery reads outputs of this one.'
      : html`Outputs of this unit are read by <span class="path">${someOf(readers).join(', ')}</span>, planned after this is applied.`
  }</p>`;
}

function approvals({ status }: SeenUnit): string {
  const { given, needed } = status.approvals ?? { given: [], needed: 1 };
  return `${given.length} of ${needed}${given.map((voter, index) => `${index === 0 ? ': ' : ', '}${voter}`).join('')}`;
}

function badge(state: UnitStatus['state']): Html {
  const { mood, symbol, words } = shownStates[state];
  return html`<span class="state ${mood}"><b aria-hidden="true">${symbol}</b>${words}</span>`;
}

function planOf({ unit }: SeenUnit, text: string, all: boolean): Html {
  return html`<section aria-labelledby="plan"><h2 id="plan">Plan</h2>${planText(text, all, `?unit=${encodeURIComponent(unit.path)}&plan=all`)}</section>`;
}

/** Other units of the link that wait, to be approved together; none is ticked beforehand, and what is destroyed stands beside its box. */
function several({ claims, status, unit }: Seen): Html | false {
  const own = new Set(claims.units);
  const waiting = status.units.filter(({ path, state }) => own.has(path) && state === 'waiting-for-approval');
  if (unit === null || waiting.length < 2) return false;
  return html`<section aria-labelledby="several"><h2 id="several">Waiting for you, too</h2><form method="post" action="?unit=${encodeURIComponent(unit.unit.path)}"><fieldset><legend>Approve several at once</legend>${waiting.map(
    (one, index) =>
      html`<div class="choice"><input type="checkbox" id="also-${index}" name="plans" value="${one.plan ?? ''} ${one.path}"><label for="also-${index}"><span class="path">${one.path}</span> <span class="soft">${inShort(one)}</span>${
        (one.counts?.destroy ?? 0) > 0 &&
        html`<br><b class="destroy">and destroy ${one.counts?.destroy ?? 0}: ${one.destroys
          .slice(0, 10)
          .map(({ address }) => address)
          .join(', ')}${(one.counts?.destroy ?? 0) > 10 && ' …'}</b>`
      }</label></div>`,
  )}</fieldset><div class="row"><button name="do" value="approve-several">Approve what is ticked</button></div></form></section>`;
}

function inShort({ counts: known, outputsChanged }: UnitStatus): string {
  const { add, change, destroy } = known ?? { add: 0, change: 0, destroy: 0 };
  return `+${add} ~${change} -${destroy}${outputsChanged.length > 0 ? `, outputs ${someOf(outputsChanged).join(', ')}` : ''}`;
}

/** Of a longer delivery the units that matter here: what this one stands between, what the link is for, and what has begun. */
const mostListed = 100;

function whole({ delivery, status, claims, unit }: Seen): Html {
  const own = new Set(claims.units);
  const current = unit?.unit.path;
  const near = new Set([current, ...own, ...(unit?.unit.after ?? [])]);
  for (const { path, after } of delivery.units) if (current !== undefined && after.includes(current)) near.add(path);
  const listed =
    status.units.length <= mostListed
      ? status.units
      : status.units.filter(({ path, state }) => near.has(path) || state !== 'waiting').slice(0, mostListed);
  const left = status.units.length - listed.length;
  return html`<section aria-labelledby="delivery"><h2 id="delivery">The delivery: ${status.state.replaceAll('-', ' ')}</h2>${graph(delivery, status.units, current)}
<ul class="units">${listed.map((one) => unitLine(one, own.has(one.path), one.path === current))}</ul>${left > 0 && html`<p class="soft">… and ${left} more units</p>`}
<p><a href="?${current !== undefined && html`unit=${encodeURIComponent(current)}`}">Look again</a></p></section>`;
}

function unitLine(one: UnitStatus, isOwn: boolean, isCurrent: boolean): Html {
  const name = html`<span class="path">${one.path}</span>`;
  return html`<li>${badge(one.state)} ${isOwn && !isCurrent ? html`<a href="?unit=${encodeURIComponent(one.path)}">${name}</a>` : name}${isCurrent && html` <span class="soft">(this page)</span>`}${
    one.waitsFor.length > 0 && html` <span class="soft">after ${someOf(one.waitsFor.slice(0, 8)).join(', ')}</span>`
  }</li>`;
}

function earlier({ votes, status: { decided } }: SeenUnit, question: RollbackRequest | undefined): Html | false {
  const chosen = question?.given;
  if (votes.length === 0 && !decided && !chosen) return false;
  return html`<section aria-labelledby="earlier"><h2 id="earlier">Decisions so far</h2><ul>${votes.map(voteLine)}${
    votes.length === 0 && decided && html`<li><b>${decided.decision}</b> by ${decided.voter}, ${told(decided.at)}</li>`
  }${
    chosen && html`<li>Rollback ${chosen.decision.rollback ?? ''}: ${chosen.voter}, ${told(chosen.at)}</li>`
  }</ul></section>`;
}

function voteLine({ voter, decision, at, plan }: Vote): Html {
  const rollback = decision.rollback ? `, rollback ${decision.rollback}` : '';
  return html`<li><b>${decision.decision}${rollback}</b> by ${voter}, ${told(at)} <span class="soft">(plan ${plan.slice(0, 8)})</span>${decision.comment && html`: ${decision.comment}`}</li>`;
}

/** A moment, for people anywhere. */
function told(at: string | number): string {
  return new Date(at).toUTCString();
}
