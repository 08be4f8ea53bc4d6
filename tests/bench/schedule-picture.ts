/** `npm run bench -- picture`: the example of docs/schedule.md, drawn as the decomposition nests it, into docs/schedule.svg. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decompose } from '../../statemachine/nesting/decompose.ts';
import type { Group } from '../../statemachine/nesting/group.ts';
import { criticalPath, makespan, wavesOf } from '../support/makespan.ts';

const after: Record<string, string[]> = {
  network: [],
  keys: [],
  cluster: ['network'],
  dns: ['network'],
  mail: ['keys'],
  certificates: ['dns'],
  app: ['cluster', 'keys'],
};
const minutes: Record<string, number> = { network: 3, keys: 6, cluster: 8, dns: 2, mail: 2, certificates: 6, app: 3 };

const units = Object.keys(after);
const order = new Map(Object.entries(after));
const duration = (unit: string) => minutes[unit] ?? 0;
const best = criticalPath(order, duration);

const panels: { title: string; group: Group | undefined }[] = [
  { title: 'plain waves', group: waves() },
  { title: 'durations unknown: cut between waves', group: decompose(order) },
  { title: 'durations known: cut where the least time is lost', group: decompose(order, duration) },
];

const [width, left, rowHeight, perMinute] = [820, 130, 17, 31];
const panelHeight = units.length * rowHeight + 44;
const graphHeight = 190;

function waves(): Group {
  const byWave = Map.groupBy(units, (unit) => wavesOf(order).get(unit));
  const groups = [...byWave.values()].map((wave): Group => {
    return { kind: 'parallel', groups: wave.map((unit) => ({ kind: 'unit', unit })) };
  });
  return { kind: 'sequence', groups };
}

/** When each unit starts. */
function startsOf(group: Group, start: number): [string, number][] {
  if (group.kind === 'unit') return [[group.unit, start]];
  let now = start;
  return group.groups.flatMap((part) => {
    const starts = startsOf(part, now);
    if (group.kind === 'sequence') now += makespan(part, duration);
    return starts;
  });
}

const places: Record<string, [x: number, y: number]> = {
  network: [140, 60],
  keys: [140, 150],
  cluster: [380, 90],
  dns: [380, 40],
  mail: [380, 165],
  certificates: [620, 40],
  app: [620, 120],
};

function graph(): string[] {
  const at = (unit: string) => places[unit] ?? [0, 0];
  const arrows = units.flatMap((unit) =>
    (after[unit] ?? []).map((other) => {
      const [[x1, y1], [x2, y2]] = [at(other), at(unit)];
      return `<line class="arrow" x1="${x1 + 62}" y1="${y1}" x2="${x2 - 68}" y2="${y2}" marker-end="url(#head)"/>`;
    }),
  );
  const boxes = units.map((unit) => {
    const [x, y] = at(unit);
    return `<rect class="box" x="${x - 62}" y="${y - 13}" width="124" height="26" rx="5"/><text x="${x}" y="${y + 4}" text-anchor="middle">${unit} · ${duration(unit)} min</text>`;
  });
  return [...arrows, ...boxes];
}

function panel(title: string, group: Group, top: number): string[] {
  const starts = new Map(startsOf(group, 0));
  const x = (minute: number) => left + minute * perMinute;
  const bottom = top + 24 + units.length * rowHeight;
  const rows = units.flatMap((unit, row) => {
    const y = top + 26 + row * rowHeight;
    const start = starts.get(unit) ?? 0;
    const ready = Math.max(0, ...(after[unit] ?? []).map((other) => (starts.get(other) ?? 0) + duration(other)));
    const bar = (kind: string, from: number, to: number) =>
      `<rect class="${kind}" x="${x(from)}" y="${y}" width="${(to - from) * perMinute}" height="${rowHeight - 5}" rx="2"/>`;
    return [
      `<text x="${left - 10}" y="${y + 10}" text-anchor="end">${unit}</text>`,
      ...(start > ready ? [bar('vain', ready, start)] : []),
      bar('runs', start, start + duration(unit)),
    ];
  });
  const end = makespan(group, duration);
  return [
    `<text class="title" x="${left}" y="${top + 14}">${title}: ${end} minutes</text>`,
    `<line class="axis" x1="${x(0)}" x2="${x(0)}" y1="${top + 22}" y2="${bottom}"/>`,
    `<line class="best" x1="${x(best)}" x2="${x(best)}" y1="${top + 22}" y2="${bottom}"/>`,
    ...rows,
  ];
}

function legend(top: number): string[] {
  const entry = (x: number, kind: string, text: string) =>
    `<rect class="${kind}" x="${x}" y="${top - 10}" width="22" height="12" rx="2"/><text x="${x + 30}" y="${top}">${text}</text>`;
  return [
    entry(left, 'runs', 'plan and apply'),
    entry(left + 160, 'vain', 'waits for units that it does not depend on'),
    `<line class="best" x1="${left + 471}" x2="${left + 471}" y1="${top - 11}" y2="${top + 3}"/><text x="${left + 480}" y="${top}">the best possible</text>`,
  ];
}

const style = `text { fill: #24292f; font: 12px sans-serif; } .title { font-weight: bold; }
.box { fill: none; stroke: #7d8590; } .arrow, .axis { stroke: #7d8590; } .head { fill: #7d8590; }
.runs { fill: #3d85c6; } .vain { fill: #e0a030; fill-opacity: 0.55; } .best { stroke: #2e9e5b; stroke-width: 2; stroke-dasharray: 5 4; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }`;

const height = graphHeight + panels.length * panelHeight + 40;
const drawing = [
  ...graph(),
  ...panels.flatMap(({ title, group }, index) =>
    group === undefined ? [] : panel(title, group, graphHeight + index * panelHeight),
  ),
  ...legend(height - 16),
];
writeFileSync(
  join(import.meta.dirname, '../../docs/schedule.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">
<style>${style}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0,0 L8,4 L0,8 z"/></marker></defs>
${drawing.join('\n')}
</svg>
`,
);
