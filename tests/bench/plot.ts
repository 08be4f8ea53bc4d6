/** A line plot with two logarithmic axes, as SVG. */

export interface Series {
  name: string;
  colour: string;
  points: [number, number][];
}

const width = 640;
const height = 400;
const margin = { left: 60, right: 150, top: 30, bottom: 50 };

export function plot(title: string, xName: string, yName: string, series: Series[]): string {
  const all = series.flatMap(({ points }) => points);
  const x = scale(
    all.map(([value]) => value),
    margin.left,
    width - margin.right,
  );
  const y = scale(
    all.map(([, value]) => value),
    height - margin.bottom,
    margin.top,
  );
  const grid = [
    ...x.ticks.map(
      (tick) =>
        `<line x1="${x.at(tick)}" x2="${x.at(tick)}" y1="${margin.top}" y2="${height - margin.bottom}" stroke="#ddd"/><text x="${x.at(tick)}" y="${height - margin.bottom + 18}" text-anchor="middle">${tick}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y.at(tick)}" y2="${y.at(tick)}" stroke="#ddd"/><text x="${margin.left - 8}" y="${y.at(tick) + 4}" text-anchor="end">${tick}</text>`,
    ),
  ];
  const lines = series.map(({ name, colour, points }) => {
    const last = points.at(-1) ?? [1, 1];
    const path = points.map(([px, py]) => `${x.at(px)},${y.at(py)}`).join(' ');
    const dots = points
      .map(([px, py]) => `<circle cx="${x.at(px)}" cy="${y.at(py)}" r="3" fill="${colour}"/>`)
      .join('');
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}<text x="${x.at(last[0]) + 8}" y="${y.at(last[1]) + 4}" fill="${colour}">${name}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="white"/>
<text x="${width / 2}" y="18" text-anchor="middle" font-size="14">${title}</text>
${grid.join('\n')}
${lines.join('\n')}
<text x="${(margin.left + width - margin.right) / 2}" y="${height - 12}" text-anchor="middle">${xName}</text>
<text transform="translate(16 ${height / 2}) rotate(-90)" text-anchor="middle">${yName}</text>
</svg>
`;
}

/** Powers of ten around the values. */
function scale(values: number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const high = Math.ceil(Math.log10(Math.max(...values)) - 1e-9);
  const span = Math.max(1, high - low);
  return {
    ticks: Array.from({ length: span + 1 }, (_, step) => Number((10 ** (low + step)).toPrecision(1))),
    at: (value: number) => Math.round((from + ((Math.log10(value) - low) / span) * (to - from)) * 10) / 10,
  };
}
