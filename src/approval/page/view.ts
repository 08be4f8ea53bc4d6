/** The page as a whole. What must not be overlooked comes first; then the decision; then everything that it is made on. */
import { carriedInWords, notAsGitSays, type PutBackInWords, putBackInWords } from '../../delivery/git-words.ts';
import { otherStateInWords } from '../../delivery/other-state.ts';
import { shownStates } from '../../delivery/shown-states.ts';
import type { UnitStatus } from '../../delivery/status.ts';
import { withoutControl } from '../../plain-text.ts';
import { effects, planInShort } from '../../plan-in-short.ts';
import { quoted } from '../../shell-quote.ts';
import { cancelInWords, decisionInWords } from '../decision-words.ts';
import { declineInWords } from '../declined-before.ts';
import type { RollbackRequest } from '../request.ts';
import { someOf } from '../some-of.ts';
import { refusalOf, rulesOf, type Vote } from '../vote.ts';
import { askAgainForm, decideForms } from './choose.ts';
import { graph } from './graph.ts';
import { escaped, Html, html } from './html.ts';
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
  const { approver } = claims;
  const body = html`<header><span>${delivery.repository} · ${delivery.branch}</span><span>${approver === null ? 'You look on' : html`You decide as <b>${approver}</b>`}</span></header>
<main>${banner && bannerOf(banner)}
${step ? html`${step}${whole(seen)}` : asWaits(seen, all)}
${unit && earlier(unit, seen.question)}</main>
<footer><p>Delivery ${delivery.id}. This link ${approver === null ? 'only shows' : 'is yours alone'}, and is valid until ${told(claims.expires * 1000)}.</p></footer>`;
  return document(titleOf(seen), body);
}

function waits({ unit, status }: Seen): boolean {
  return unit ? unit.request !== undefined : status.state === 'waiting-for-rollback-choice';
}

function titleOf(seen: Seen): string {
  const { unit, delivery } = seen;
  const [before, what] = unit ? [`${approvalOf(unit)} `, unit.unit.path] : ['Roll back ', delivery.id];
  return waits(seen) ? `${before}${what}?` : what;
}

const approvalOf = ({ status }: SeenUnit) => (status.about === 'rollback' ? 'Roll back' : 'Approve');

/** What is asked comes first as long as nobody has answered; after that, what came of it. */
function asWaits(seen: Seen, all: boolean): Html {
  const { unit, delivery, claims } = seen;
  const { approver } = claims;
  const about = html`${unit ? summary(seen, unit) : troubles(seen)}${unit?.plan !== undefined && planOf(unit, unit.plan, all)}`;
  if (!waits(seen))
    return html`<h1><span class="path">${unit ? unit.unit.path : delivery.id}</span></h1>${next(seen)}${whole(seen)}${inGit(seen)}${about}${several(seen)}`;
  return html`<h1>${unit ? html`${approvalOf(unit)} <span class="path">${unit.unit.path}</span>?` : 'What is to be rolled back?'}</h1>
${about}${approver === null ? howToDecide(seen) : html`${decideForms(seen, approver)}${several(seen)}`}${whole(seen)}${inGit(seen)}`;
}

/** What has led to the rollback question: whoever answers it should not have to look elsewhere. */
function troubles({ question, status, delivery, lastWords }: Seen): Html | false {
  const { cancelled } = status;
  if (!question || (question.troubled.length === 0 && !cancelled)) return false;
  const wrong = status.units.filter(({ path }) => question.troubled.includes(path));
  return html`<section aria-labelledby="wrong"><h2 id="wrong">What went wrong</h2>
<ul class="units">${wrong.slice(0, mostTroubles).map((one) => troubleOf(one, question, lastWords.get(one.path)))}</ul>${wrong.length > mostTroubles && html`<p class="soft">… and ${wrong.length - mostTroubles} more units</p>`}
<dl class="facts">${cancelled && html`<dt>The delivery was</dt><dd>${cancelInWords(cancelled)}</dd>`}<dt>Commit</dt><dd><span class="path">${delivery.head.slice(0, 12)}</span> ${delivery.subject} <span class="soft">by ${delivery.author}</span></dd></dl></section>`;
}

const mostTroubles = 20;

function troubleOf({ path, state, error }: UnitStatus, { troubles: known }: RollbackRequest, said: string | undefined) {
  return html`<li>${badge(state)} <span class="path">${path}</span><div class="why">${known[path] ?? error}${
    said !== undefined &&
    said !== '' &&
    html`<pre class="plan" tabindex="0" role="region" aria-label="End of the log of ${path}">${new Html(escaped(withoutControl(said)))}</pre>`
  }</div></li>`;
}

/** Other units that wait with the same link, once this one is answered. */
function next(seen: Seen): Html | false {
  const others = waitingFor(seen);
  if (others.length === 0) return false;
  return html`<section aria-labelledby="next"><h2 id="next">${seen.claims.approver === null ? 'Waits for an approver, too' : 'Waiting for you, too'}</h2><ul>${others
    .slice(0, mostNext)
    .map(
      ({ path }) => html`<li><a class="path" href="?unit=${encodeURIComponent(path)}">${path}</a></li>`,
    )}</ul>${others.length > mostNext && html`<p class="soft">… and ${others.length - mostNext} more units</p>`}</section>`;
}

const mostNext = 10;

function waitingFor({ claims, status }: Seen): UnitStatus[] {
  const own = new Set(claims.units);
  return status.units.filter(({ path, state }) => own.has(path) && state === 'waiting-for-approval');
}

/** For whoever looks on. */
function howToDecide({ unit, delivery: { id } }: Seen): Html {
  const decision = unit
    ? { delivery: id, unit: unit.unit.path, plan: unit.request?.plan.sha256, decision: 'approve' }
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
${whyAsked(seen)}${counts(seen.status)}${warnings(seen.status)}${destroys(seen)}${elsewhere(seen)}${outputs(seen, delivery.units)}
<dl class="facts"><dt>State</dt><dd>${badge(state)}${error && html` <span class="soft">${error}</span>`}${declined(seen.status)}</dd>
<dt>Why it is here</dt><dd>${someOf(reasons).join('; ')}</dd>
<dt>Commit</dt><dd><span class="path">${delivery.head.slice(0, 12)}</span> ${delivery.subject} <span class="soft">by ${delivery.author}</span></dd>
${unit.environment !== undefined && html`<dt>Environment</dt><dd class="path">${unit.environment}</dd>`}
${status.cancelled && html`<dt>Cancelled</dt><dd>by ${status.cancelled.voter}, ${told(status.cancelled.at)}</dd>`}
${seen.request && html`<dt>Approvals</dt><dd>${approvals(seen)}</dd>`}</dl>${seen.request && html`<p><a href="#decide">${claims.approver === null ? 'How to decide' : 'To your decision'}</a></p>`}</section>`;
}

/** Of a rollback: what it goes back to, and what it does besides undoing what this delivery did. */
function whyAsked({ unit, status: { about, asks } }: SeenUnit): Html | false {
  if (about !== 'rollback') return false;
  const goes =
    unit.base === null ? 'would be destroyed' : `would go back to the code of commit ${unit.base.slice(0, 12)}`;
  return html`<p>A rollback was chosen for this unit: it ${goes}.${asks.length > 0 && ' That does more than undo in place what this delivery did, so it asks:'}</p>${
    asks.length > 0 && html`<ul>${asks.map((reason) => html`<li>${reason}</li>`)}</ul>`
  }`;
}

/** Who did, when and why; of one that was declined in an earlier delivery, too, what can be done about it. */
function declined({ state, path, decided }: UnitStatus): Html | false {
  if (state !== 'declined' || decided === null) return false;
  if (decided.remembered === null) return html` <span class="soft">${decisionInWords(decided)}</span>`;
  return html` ${declineInWords(decided)}. <span class="soft">Nobody was asked again. Whoever may use the command line can have it asked about by the next delivery, with <code>live-ci reconsider ${quoted(path)}</code>.</span>`;
}

function counts({ counts: known }: UnitStatus): Html | false {
  if (known === null) return false;
  const shown = effects.filter(({ of, sign }) => sign !== null || known[of] > 0);
  return html`<ul class="counts">${shown.map(
    ({ of, sign, words }) =>
      html`<li class="${known[of] > 0 ? of : 'none'}"><b>${sign ?? ''}${known[of]}</b>${words}</li>`,
  )}</ul>`;
}

function warnings({ warnings: said }: UnitStatus): Html | false {
  if (said.length === 0) return false;
  return html`<div class="warns"><h3>${said.length === 1 ? 'One warning' : `${said.length} warnings`}</h3>
<ul>${said.map((warning) => html`<li>${warning}</li>`)}</ul></div>`;
}

function destroys({ request, status: { destroys: listed, counts: known } }: SeenUnit): Html | false {
  const total = known?.destroy ?? 0;
  if (total === 0) return false;
  const replaced = listed.filter((one) => one.replaced).length;
  const shown = listed.slice(0, 50);
  return html`<div class="${request ? 'danger' : 'card'}"><h3>Destroys ${total === 1 ? 'one resource' : `${total} resources`}${replaced > 0 && (total === 1 ? ', to make it anew' : `, ${replaced} of them to make ${replaced === 1 ? 'it' : 'them'} anew`)}</h3>
<ul>${shown.map(({ address, replaced }) => html`<li><span class="path">${address}</span>${replaced ? ' is replaced' : ' is destroyed'}</li>`)}${total > shown.length && html`<li>… and ${total - shown.length} more</li>`}</ul></div>`;
}

function elsewhere({ request, status: { path, otherState } }: SeenUnit): Html | false {
  if (otherState === null) return false;
  return html`<div class="${request ? 'danger' : 'card'}"><h3>Another state than before</h3><p><span class="path">${path}</span>: ${otherStateInWords(otherState)} (<span class="path">${otherState.before}</span>)</p></div>`;
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

/**
 * Units of the link that wait, to be approved together; none is ticked beforehand, and all that is destroyed stands beside its box. One that
 * destroys more than that is approved on its own.
 */
function several(seen: Seen): Html | false {
  const { claims, unit, delivery } = seen;
  const { approver } = claims;
  if (unit === null || approver === null) return false;
  const units = new Map(delivery.units.map((one) => [one.path, one]));
  const waiting = waitingFor(seen).filter(({ path }) => {
    const one = units.get(path);
    return one && refusalOf(approver.toLowerCase(), true, rulesOf(one, delivery)) === undefined;
  });
  if (waiting.length < 2) return false;
  const rows = fitting(waiting.map(severalOf));
  const left = waiting.length - rows.length;
  return html`<section aria-labelledby="several"><h2 id="several">Approve several at once</h2><form method="post" action="?unit=${encodeURIComponent(unit.unit.path)}"><p>${waiting.length} units wait for you. Each that you tick is applied as it was planned.</p><fieldset><legend>Which of them</legend>${rows}</fieldset>${left > 0 && html`<p class="soft">… and ${left} more, once these are decided</p>`}<div class="row"><button name="do" value="approve-several">Approve what is ticked</button></div></form></section>`;
}

/** So that the page stays small, whatever the units destroy. */
const mostCharacters = 24_000;

function fitting(rows: Html[]): Html[] {
  let characters = 0;
  const end = rows.findIndex(({ text }) => {
    characters += text.length;
    return characters > mostCharacters;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

const mostBeside = 10;

function severalOf(one: UnitStatus): Html {
  const name = html`<span class="path">${one.path}</span> <span class="soft">${one.counts && planInShort({ ...one, counts: one.counts })}</span>`;
  const destroy = one.counts?.destroy ?? 0;
  if (one.otherState !== null)
    return html`<div class="choice"><span>${name}<br><b class="destroy">${otherStateInWords(one.otherState)}</b>: <a href="?unit=${encodeURIComponent(one.path)}">look at it, and approve it there</a></span></div>`;
  if (destroy > mostBeside || destroy > one.destroys.length)
    return html`<div class="choice"><span>${name}<br><b class="destroy">destroys ${destroy} resources</b>: <a href="?unit=${encodeURIComponent(one.path)}">look at them, and approve it there</a></span></div>`;
  return html`<label class="choice"><input type="checkbox" name="plans" value="${one.plan ?? ''} ${one.path}"><span>${name}${one.destroys.map(
    ({ address, replaced }) => html`<br><b class="destroy">${replaced ? 'replaces' : 'destroys'} ${address}</b>`,
  )}${one.warnings.map((warning) => html`<br><b class="change">warns: ${warning}</b>`)}</span></label>`;
}

/** Of a longer delivery the units that matter here: what this one stands between, what the link is for, and what has begun. */
const mostListed = 100;

function whole({ delivery, status, claims, unit, halted }: Seen): Html {
  const own = new Set(claims.units);
  const current = unit?.unit.path;
  const near = new Set([current, ...own, ...(unit?.unit.after ?? [])]);
  for (const { path, after } of delivery.units) if (current !== undefined && after.includes(current)) near.add(path);
  const listed =
    status.units.length <= mostListed
      ? status.units
      : status.units.filter(({ path, state }) => near.has(path) || state !== 'waiting').slice(0, mostListed);
  const left = status.units.length - listed.length;
  return html`<section aria-labelledby="delivery"><h2 id="delivery">The delivery: ${status.state.replaceAll('-', ' ')}</h2>${
    halted &&
    html`<div class="danger"><h3>Halted since ${told(halted.since)}</h3><p>${halted.reason}</p><p>Nothing else is delivered until somebody runs <code>live-ci replay</code> or <code>live-ci skip</code>.</p></div>`
  }${graph(delivery, status.units, current)}
<ul class="units">${listed.map((one) => unitLine(one, own.has(one.path), one.path === current))}</ul>${left > 0 && html`<p class="soft">… and ${left} more units</p>`}
<p><a href="?${current !== undefined && html`unit=${encodeURIComponent(current)}`}">Look again</a></p></section>`;
}

/** As `live-ci status` tells it: what was put back in git, or is proposed to be, and what is left open. */
function inGit(seen: Seen): Html | false {
  const { git, delivery } = seen;
  const records = putBackInWords(git, delivery.branch);
  if (records.length === 0 && git.carried.length === 0) return false;
  const open = git.carried.slice(0, mostOpen);
  const left = git.carried.length - open.length;
  return html`<section aria-labelledby="git"><h2 id="git">What git does not say yet</h2>${records.map(recordOf)}${
    open.length > 0 &&
    html`<p>${notAsGitSays}</p><ul>${open.map((one) => html`<li>${carriedInWords(one)}${one.declined && askAgainForm(seen, one.path)}</li>`)}</ul>`
  }${left > 0 && html`<p class="soft">… and ${left} more units</p>`}</section>`;
}

const mostOpen = 20;

function recordOf({ done, pullRequest, stays }: PutBackInWords): Html {
  const isAddress = pullRequest?.startsWith('https://');
  return html`${done !== null && html`<p><b>${done}</b>${isAddress && html` <a href="${pullRequest}">Look at it</a>`}</p>`}${
    stays.length > 0 && html`<ul>${someOf(stays, mostOpen).map((line) => html`<li>${line}</li>`)}</ul>`
  }`;
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
    votes.length === 0 &&
    decided &&
    html`<li><b>${decided.decision}</b> by ${decided.voter}, ${told(decided.at)}${decided.remembered !== null && ` (in ${decided.remembered})`}</li>`
  }${
    chosen &&
    html`<li>${chosen.decision.decision === 'retry' ? 'Try again' : `Rollback ${chosen.decision.rollback ?? ''}`}: ${chosen.voter}, ${told(chosen.at)}</li>`
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
