/**
 * A delivery's graph, drawn: each unit in a column behind everything that it comes after, an arrow for each dependency. It is for eyes
 * only; the list of units below says the same in words.
 */
import { shownStates } from '../../delivery/shown-states.ts';
import type { UnitStatus } from '../../delivery/status.ts';
import type { Delivery } from '../../model.ts';
import { type Html, html } from './html.ts';

/** More can't be told apart; their list is enough. */
const mostUnits = 40;

const [width, height, gapX, gapY, margin] = [190, 44, 46, 14, 6];
const labelCharacters = 22;

interface Box {
  path: string;
  x: number;
  y: number;
}

export function graph(delivery: Delivery, units: readonly UnitStatus[], current: string | undefined): Html | false {
  if (units.length < 2 || units.length > mostUnits) return false;
  const boxes = place(delivery);
  const at = new Map(boxes.map((box) => [box.path, box]));
  const states = new Map(units.map(({ path, state }) => [path, state]));
  const right = Math.max(...boxes.map(({ x }) => x)) + width + margin;
  const bottom = Math.max(...boxes.map(({ y }) => y)) + height + margin;
  const arrows = delivery.units.flatMap(({ path, after }) => {
    const to = at.get(path);
    return after.flatMap((each) => {
      const from = at.get(each);
      return from && to ? [arrow(from, to)] : [];
    });
  });
  return html`<div class="graph" tabindex="0" role="region" aria-label="Picture of the delivery; the list below says the same">
<svg aria-hidden="true" viewBox="0 0 ${right} ${bottom}" width="${right}" height="${bottom}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
${arrows}${boxes.map((box) => draw(box, states.get(box.path) ?? 'waiting', box.path === current))}
</svg></div>`;
}

function place({ units }: Delivery): Box[] {
  const columns = new Map<string, number>();
  const rows: number[] = [];
  return units.map(({ path, after }) => {
    const column = Math.max(0, ...after.map((each) => (columns.get(each) ?? 0) + 1));
    columns.set(path, column);
    const row = rows[column] ?? 0;
    rows[column] = row + 1;
    return { path, x: margin + column * (width + gapX), y: margin + row * (height + gapY) };
  });
}

function arrow(from: Box, to: Box): Html {
  const [x1, y1, x2, y2] = [from.x + width, from.y + height / 2, to.x, to.y + height / 2];
  const bend = Math.max(20, (x2 - x1) / 2);
  return html`<path class="arrow" marker-end="url(#tip)" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 1} ${y2}"/>`;
}

function draw({ path, x, y }: Box, state: UnitStatus['state'], isCurrent: boolean): Html {
  const { mood, symbol, words } = shownStates[state];
  const label = path.length <= labelCharacters ? path : `…${path.slice(1 - labelCharacters)}`;
  return html`<g class="${mood}${isCurrent ? ' current' : ''}"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${mood === 'asks' ? 22 : 7}"/>
<text class="symbol" x="${x + 20}" y="${y + 28}">${symbol}</text><text x="${x + 38}" y="${y + 19}">${label}</text><text class="words" x="${x + 38}" y="${y + 35}">${words}</text></g>`;
}
