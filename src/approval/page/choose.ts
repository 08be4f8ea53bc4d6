/** The forms in which an approver answers. None of them does anything before its button is pressed. */
import type { UnitStatus } from '../../delivery/status.ts';
import { type DeliveryUnit, noEffects, type RollbackChoice } from '../../model.ts';
import type { Situation } from '../choose-units.ts';
import { someOf } from '../some-of.ts';
import { mayChoose, refusalOf } from '../vote.ts';
import { type Html, html } from './html.ts';
import { type Reach, reachOf, type Seen, type SeenUnit, situationOf } from './look.ts';

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
function approveForm({ delivery, unit }: Seen, status: SeenUnit['status'], action: string, plan: Html): Html {
  const { destroy } = status.counts ?? { destroy: 0 };
  const tick =
    destroy > 0 &&
    html`<label class="choice"><input type="checkbox" name="destroys" value="${destroy}" required><span class="destroy"><b>${destroy === 1 ? 'One resource is' : `${destroy} resources are`} destroyed. I have looked at that.</b></span></label>`;
  const stateBefore = status.about === 'plan' ? unit?.unit.stateBefore : undefined;
  const other =
    stateBefore !== undefined &&
    html`<label class="choice"><input type="checkbox" name="state" value="${stateBefore}" required><span class="destroy"><b>Its state is another one now: what <span class="path">${stateBefore}</span> holds stays in it. I have looked at that.</b></span></label>`;
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
  const situation = situationOf(seen);
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
  const reach = reachOf(wish.rollback, wish.units, situationOf(seen));
  const hidden = (name: string, value: string | undefined) =>
    value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`;
  return html`<h1>${path === undefined ? 'Roll back?' : html`Decline <span class="path">${path}</span>?`}</h1><section aria-labelledby="sure"><h2 id="sure">What would happen</h2>
${path !== undefined && html`<p>It is not applied. Whatever else of this delivery waits for an approver is taken back, and what depends on it is cancelled.</p>`}
${told(reach, seen)}
<form method="post" action="${here(path)}">${hidden('plan', wish.plan)}${hidden('rollback', wish.rollback)}${wish.units.map((unit) => hidden('units', unit))}${hidden('comment', wish.comment)}
<div class="row"><button class="stop" name="do" value="decline">${path === undefined ? 'Yes, do that' : 'Yes, decline'}</button><a class="button" href="${here(path)}">Back, decide nothing</a></div></form></section>`;
}

function told({ units, held, again, left }: Reach, seen: Seen): Html {
  const back = new Set(units);
  const stays = situationOf(seen).modified.filter((path) => !back.has(path));
  return html`${units.length === 0 ? html`<p><b>Nothing is rolled back.</b></p>` : inOrder(units, seen)}${beforeWhatTheyRead(again)}${stillRead(held)}${
    left.length > 0 &&
    html`<div class="danger"><h3>Stays applied, although what it depends on is rolled back</h3>${listOf(left)}</div>`
  }${stays.length > 0 && html`<p>Stays as this delivery applied it: <span class="path">${someOf(stays).join(', ')}</span>.</p>`}${halts(stays, seen)}`;
}

function inOrder(units: readonly string[], { status, delivery }: Seen): Html {
  const known = new Map(status.units.map((one) => [one.path, one]));
  const becomes = new Map(
    delivery.units.map((unit) => {
      const one = known.get(unit.path);
      return [unit.path, html`${whenRolledBack(unit)}${one && toExpect(unit, one)}`];
    }),
  );
  const applying = new Set(status.units.filter(({ state }) => state === 'applying').map(({ path }) => path));
  return html`<p><b>${units.length === 1 ? 'One unit is' : `${units.length} units are`} rolled back, in this order:</b></p>
<ol class="rollback">${someOf(units).map(
    (path) =>
      html`<li><span class="path">${path}</span> ${becomes.get(path)}${applying.has(path) && html` <span class="soft">(being applied now; rolled back when it was)</span>`}</li>`,
  )}</ol>`;
}

/** What they read goes back only after them: the other order would destroy something that is still read. */
function beforeWhatTheyRead(again: readonly string[]): Html | false {
  if (again.length === 0) return false;
  return html`<p class="soft"><span class="path">${someOf(again).join(', ')}</span>: rolled back while outputs that are read are still the newer ones. The next delivery plans again and shows whether anything is left to do.</p>`;
}

function stillRead(held: Reach['held']): Html | false {
  if (held.size === 0) return false;
  return html`<div class="danger"><h3>Not destroyed, although this delivery has made it: it is read by what stays</h3>${listOf(
    [...held].map(([path, reader]) => `${path}, read by ${reader}`),
  )}</div>`;
}

function whenRolledBack({ base, deleted, movedFrom, stateBefore }: DeliveryUnit): Html {
  if (stateBefore !== undefined)
    return html`<b class="destroy">what this delivery made in its new state is destroyed</b> <span class="soft">(that of before is as it was)</span>`;
  if (base === null && movedFrom !== undefined)
    return html`<span class="soft">goes back to the code of <span class="path">${movedFrom}</span></span>`;
  if (base === null) return html`<b class="destroy">destroyed: this delivery has made it</b>`;
  return html`<span class="soft">${deleted ? 'made again, from' : 'goes back to'} commit ${base.slice(0, 12)}</span>`;
}

/** What the plan that was applied lets expect of the one that goes back: exactly that is known once it is made. */
function toExpect({ movedFrom }: DeliveryUnit, { counts: known, destroys }: UnitStatus): Html | false {
  const replaced = destroys.filter((one) => one.replaced).map(({ address }) => address);
  const lost = destroys.filter((one) => !one.replaced).map(({ address }) => address);
  const { add, change, import: imported, forget } = known ?? noEffects;
  const said = [
    ...(change > 0 ? [`changes ${change} back`] : []),
    ...(add > replaced.length ? [`destroys ${add - replaced.length} that it made`] : []),
    ...(replaced.length > 0 ? [`replaces again ${someOf(replaced).join(', ')}`] : []),
    ...(lost.length > 0 ? [`makes again, without what was in it, ${someOf(lost).join(', ')}`] : []),
    ...(imported > 0 ? [`imported ${imported}, which the code before would destroy`] : []),
    ...(forget > 0 ? [`forgot ${forget}, which the code before would make once more`] : []),
  ];
  const asks = replaced.length > 0 || imported > 0 || forget > 0 || movedFrom !== undefined;
  if (said.length === 0 && !asks) return false;
  return html`<br><small>To be expected: ${said.join('; ')}.${asks && ' Its plan is asked about before it is carried out.'}</small>`;
}

function listOf(paths: readonly string[]): Html {
  return html`<ul>${someOf(paths).map((path) => html`<li class="path">${path}</li>`)}</ul>`;
}

/** What has failed half-way and is left like that keeps every later commit waiting. */
function halts(stays: readonly string[], { status }: Seen): Html | false {
  const failed = new Set(status.units.filter(({ state }) => state === 'failed').map(({ path }) => path));
  const half = stays.filter((path) => failed.has(path));
  if (half.length === 0) return false;
  return html`<div class="danger"><h3>Halts the pipeline: these have failed, and stay as far as they were applied</h3>${listOf(half)}<p>Nothing else is delivered until somebody runs <code>live-ci replay</code> or <code>live-ci skip</code>.</p></div>`;
}
