/** A plot of spreads as SVG: a row for each group, in it a line for each series, from the lowest to the highest, with a dot at the mean. */

interface Series<Of> {
  name: string;
  colour: string;
  of: Of;
}

interface Row<Of> {
  name: string;
  /** Lowest, mean and highest. */
  values: (series: Of) => readonly [number, number, number];
}

const [left, right, top, rowHeight] = [330, 30, 64, 46];
const width = 860;

/** The scale starts at 1. */
export function spread<Of>(title: string, series: readonly Series<Of>[], rows: readonly Row<Of>[]): string {
  const most = Math.max(...rows.flatMap((row) => series.map(({ of }) => row.values(of)[2])));
  const at = (value: number) => (left + ((value - 1) / (most - 1)) * (width - left - right)).toFixed(1);
  const height = top + rows.length * rowHeight + 30;
  const ticks = Array.from({ length: Math.floor((most - 1) / 0.25) + 1 }, (_, tick) => 1 + tick * 0.25);
  const grid = ticks.map(
    (tick) =>
      `<line x1="${at(tick)}" x2="${at(tick)}" y1="${top}" y2="${height - 30}" stroke="#ddd"/><text x="${at(tick)}" y="${height - 12}" text-anchor="middle">${tick}</text>`,
  );
  const legend = series.map(
    ({ name, colour }, index) =>
      `<circle cx="${left + index * 165}" cy="42" r="5" fill="${colour}"/><text x="${left + 10 + index * 165}" y="46">${name}</text>`,
  );
  const lines = rows.flatMap((row, place) => {
    const middle = top + (place + 0.5) * rowHeight;
    const name = `<text x="${left - 12}" y="${middle + 4}" text-anchor="end">${row.name}</text>`;
    return [
      name,
      ...series.map(({ colour, of }, index) => line(row.values(of), colour, middle + (index - 1) * 12, at)),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="white"/>
<text x="${width / 2}" y="20" text-anchor="middle" font-size="14">${title}: 5 % to 95 % of them, mean</text>
${[...legend, ...grid, ...lines].join('\n')}
</svg>
`;
}

function line(
  [low, mean, high]: readonly [number, number, number],
  colour: string,
  y: number,
  at: (value: number) => string,
): string {
  return `<line x1="${at(low)}" x2="${at(high)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="3" stroke-opacity="0.45"/><circle cx="${at(mean)}" cy="${y}" r="5" fill="${colour}"/>`;
}
