/** The forms in which an approver answers. None of them does anything before its button is pressed. */
import { otherStateInWords } from '../../delivery/other-state.ts';
import type { RollbackChoice } from '../../model.ts';
import { reachOf, type Situation } from '../choose-units.ts';
import {
  expectedInWords,
  onceApplied,
  type PreviewNote,
  previewOf,
  type RollbackPreview,
  type UnitPreview,
} from '../rollback-preview.ts';
import { situationNow } from '../situation.ts';
import { someOf } from '../some-of.ts';
import { mayChoose, refusalOf, rulesOf } from '../vote.ts';
import { type Html, html } from './html.ts';
import type { Seen, SeenUnit } from './look.ts';

/** What the form sends to the page that it came from. */
const here = (unit: string | undefined) => (unit === undefined ? '?' : `?unit=${encodeURIComponent(unit)}`);

export function decideForms(seen: Seen, approver: string): Html | false {
  const { unit } = seen;
  if (unit?.request) return unitForms(seen, unit, approver);
  if (unit === null && seen.status.state === 'waiting-for-rollback-choice') {
    if (!mayChoose(approver.toLowerCase(), seen.delivery)) return notAsked(approver, seen.delivery.id);
    const again = html`<form method="post" action="?"><p>What did not end well is planned again, and asked about anew; what was cancelled because of it goes on. What is applied stays.</p><div class="row"><button class="main" name="do" value="retry">Try again</button></div></form>`;
    const question = html`<p>Or: units were declined, have failed or were cancelled. What of this delivery is to be rolled back?</p>`;
    return html`<section aria-labelledby="decide"><h2 id="decide">Try again, or choose what to roll back</h2>${again}${question}${rollbackForm(seen, undefined)}</section>`;
  }
  return false;
}

function unitForms(seen: Seen, { unit, status, request }: SeenUnit, approver: string): Html {
  const { given, needed } = status.approvals ?? { given: [], needed: 1 };
  const has = given.includes(approver.toLowerCase());
  const refusal = request && refusalOf(approver.toLowerCase(), true, request.rules);
  if (refusal === 'no approver') return notAsked(approver, unit.path);
  const plan = html`<input type="hidden" name="plan" value="${request?.plan.sha256}">`;
  const action = here(unit.path);
  return html`<section aria-labelledby="decide"><h2 id="decide">Your decision</h2>
${
  has
    ? html`<p>You have approved this plan. It needs ${needed - given.length} more.</p>`
    : refusal === 'author'
      ? html`<p><b>You wrote this change, so you can't approve it.</b> Another approver must. You can decline it.</p>`
      : approveForm(seen, status, action, plan)
}
${status.about === 'rollback' ? keepForm(unit.path, action, plan) : declineForm(seen, unit.path)}
<details><summary>Have it planned again</summary><form method="post" action="${action}">${plan}<p>This plan is dropped, and a new one is made and asked about.</p><div class="row"><button name="do" value="replan">Plan again</button></div></form></details>
</section>`;
}

/** A unit that was declined, and is left open: offered with a link that is for it, or for the delivery as a whole, to who may decline it. */
export function askAgainForm({ claims, delivery, status, unit }: Seen, path: string): Html | false {
  const { approver, units } = claims;
  if (approver === null || (units.length > 0 && !units.includes(path))) return false;
  const decided = status.units.find((one) => one.path === path)?.decided;
  const isOver = status.state === 'ended' || status.state === 'halted';
  const declined = decided?.decision === 'decline' && (isOver || decided.remembered !== null);
  const one = delivery.units.find((each) => each.path === path);
  if (!declined || !one || refusalOf(approver.toLowerCase(), false, rulesOf(one, delivery))) return false;
  return html`<form method="post" action="${here(unit?.unit.path)}"><input type="hidden" name="unit" value="${path}"><div class="row"><button name="do" value="reconsider" aria-label="Ask again about ${path}">Ask again</button><span class="soft">Forgets the decline, and approves nothing: the next delivery asks about it.</span></div></form>`;
}

/** A button that is refused when it is pressed would only cost time. */
function notAsked(approver: string, what: string): Html {
  return html`<section aria-labelledby="decide"><h2 id="decide">Not yours to decide</h2><p><b>${approver}</b> is not among the approvers of <span class="path">${what}</span>, so a decision with this link does not count.</p></section>`;
}

function declineForm(seen: Seen, path: string): Html {
  return html`<details open><summary>Decline, and choose what to roll back</summary><p>The plan is dropped and the delivery winds down. You see what that means before it is done.</p>${rollbackForm(seen, path)}</details>`;
}

/** What to roll back is chosen by then: a decline leaves this one unit out. */
function keepForm(path: string, action: string, plan: Html): Html {
  return html`<details open><summary>Keep it as it is</summary><form method="post" action="${action}">${plan}<p><span class="path">${path}</span> is not rolled back; the other units that were chosen are. It stays as this delivery left it until a new commit changes it: to roll forward, push one.</p>
<label class="wide" for="comment">Why (kept with the decision; may be empty)</label><input type="text" id="comment" name="comment" maxlength="500" autocomplete="off"><div class="row"><button class="stop" name="do" value="keep">Do not roll it back</button></div></form></details>`;
}

/** What a plan destroys has to be ticked first: nobody approves that by being used to the button. */
function approveForm({ delivery }: Seen, status: SeenUnit['status'], action: string, plan: Html): Html {
  const { destroy } = status.counts ?? { destroy: 0 };
  const tick =
    destroy > 0 &&
    html`<label class="choice"><input type="checkbox" name="destroys" value="${destroy}" required><span class="destroy"><b>${destroy === 1 ? 'One resource is' : `${destroy} resources are`} destroyed. I have looked at that.</b></span></label>`;
  const { otherState } = status;
  const other =
    otherState !== null &&
    html`<label class="choice"><input type="checkbox" name="state" value="${otherState.before}" required><span class="destroy"><b>I have looked at that: ${otherStateInWords(otherState)} (<span class="path">${otherState.before}</span>).</b></span></label>`;
  return html`<form method="post" action="${action}">${plan}<p>${whenApproved(status, delivery)}</p>${tick}${other}<div class="row"><button class="main" name="do" value="approve">Approve this plan</button></div></form>`;
}

function whenApproved({ path, about, approvals }: SeenUnit['status'], { units }: Seen['delivery']): Html {
  const { given, needed } = approvals ?? { given: [], needed: 1 };
  const others = needed - given.length - 1;
  const next = about === 'plan' ? units.filter(({ after }) => after.includes(path)).map((unit) => unit.path) : [];
  const when = others > 0 ? `once ${others} more ${others === 1 ? 'has' : 'have'} approved it` : 'at once';
  return html`If you approve it, exactly this plan is applied ${when}.${next.length > 0 && html` After that <span class="path">${someOf(next).join(', ')}</span> can be planned.`}`;
}

const choices: { choice: RollbackChoice; title: string; means: string }[] = [
  { choice: 'none', title: 'None', means: 'Leave what is applied.' },
  { choice: 'current', title: 'Current', means: 'The unit that is declined or has failed, as far as it was applied.' },
  { choice: 'dependencies', title: 'Dependencies', means: 'That unit, and what it depends on of this delivery.' },
  { choice: 'all', title: 'All', means: 'Everything that this delivery has applied.' },
  { choice: 'selective', title: 'Selective', means: 'The units that you tick here; to tick them is enough.' },
];

function rollbackForm(seen: Seen, path: string | undefined): Html {
  const situation = situationNow(seen, path);
  const request = seen.unit?.request;
  return html`<form method="post" action="${here(path)}">${request && html`<input type="hidden" name="plan" value="${request.plan.sha256}">`}
<fieldset><legend>What to roll back</legend>${choices.map(({ choice, title, means }) => choiceOf(choice, title, means, situation))}
${ticks(situation)}</fieldset>
<label class="wide" for="comment">Why (kept with the decision; may be empty)</label><input type="text" id="comment" name="comment" maxlength="500" autocomplete="off">
<div class="row"><button class="stop" name="do" value="preview">See what would happen</button><span class="soft">Nothing is decided yet by that.</span></div></form>`;
}

function choiceOf(choice: RollbackChoice, title: string, means: string, situation: Situation): Html {
  const would = choice === 'none' || choice === 'selective' ? undefined : reachOf(choice, [], situation).units;
  return html`<label class="choice"><input type="radio" name="rollback" value="${choice}"><span><b>${title}</b> ${means}${
    would && html`<small>Now: ${would.length === 0 ? 'nothing' : someOf(would).join(', ')}</small>`
  }</span></label>`;
}

function ticks({ modified }: Situation): Html {
  if (modified.length === 0) return html`<p class="soft">Nothing was applied by this delivery so far.</p>`;
  return html`<fieldset><legend>Which units, with Selective</legend>${modified.map(
    (path) =>
      html`<label class="choice"><input type="checkbox" name="units" value="${path}"><span class="path">${path}</span></label>`,
  )}</fieldset>`;
}

export interface Wish {
  rollback: RollbackChoice;
  units: string[];
  comment: string;
  plan: string | undefined;
}

/** The second step of a decline: exactly what would happen, and the button that does it. */
export function preview(seen: Seen, wish: Wish): Html {
  const path = seen.unit?.unit.path;
  const hidden = (name: string, value: string | undefined) =>
    value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`;
  return html`<h1>${path === undefined ? 'Roll back?' : html`Decline <span class="path">${path}</span>?`}</h1><section aria-labelledby="sure"><h2 id="sure">What would happen</h2>
${path !== undefined && html`<p>It is not applied. Whatever else of this delivery waits for an approver is taken back, and what depends on it is cancelled.</p>`}
${told(previewOf(wish.rollback, wish.units, situationNow(seen, path), seen.status.units))}
<form method="post" action="${here(path)}">${hidden('plan', wish.plan)}${hidden('rollback', wish.rollback)}${wish.units.map((unit) => hidden('units', unit))}${hidden('comment', wish.comment)}
<div class="row"><button class="stop" name="do" value="decline">${path === undefined ? 'Yes, do that' : 'Yes, decline'}</button><a class="button" href="${here(path)}">Back, decide nothing</a></div></form></section>`;
}

function told({ units, notes }: RollbackPreview): Html {
  return html`${units.length === 0 ? html`<p><b>Nothing is rolled back.</b></p>` : inOrder(units)}${notes.map(noteOf)}`;
}

function inOrder(units: readonly UnitPreview[]): Html {
  const known = new Map(units.map((one) => [one.path, one]));
  return html`<p><b>${units.length === 1 ? 'One unit is' : `${units.length} units are`} rolled back, in this order:</b></p>
<ol class="rollback">${someOf([...known.keys()]).map((path) => {
    const one = known.get(path);
    return html`<li><span class="path">${path}</span> ${one && whatHappens(one)}</li>`;
  })}</ol>`;
}

function whatHappens(one: UnitPreview): Html {
  const expected = expectedInWords(one);
  return html`${one.destroyed ? html`<b class="destroy">${one.becomes}</b>` : html`<span class="soft">${one.becomes}</span>`}${
    expected !== '' && html`<br><small>${expected}</small>`
  }${one.applying && html` <span class="soft">${onceApplied}</span>`}`;
}

function noteOf({ title, units, warns }: PreviewNote): Html {
  const listed = someOf(units);
  if (!warns) return html`<p>${title}: <span class="path">${listed.join(', ')}</span>.</p>`;
  return html`<div class="danger"><h3>${title}</h3><ul>${listed.map((path) => html`<li class="path">${path}</li>`)}</ul></div>`;
}
