/**
 * `npm run bench -- schedule`: how long deliveries take as they are nested, beside the best that their dependencies allow. On
 * random change sets and, with BENCH_REPOSITORIES (paths of clones, ":" between them), on those of real commits.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { decompose } from '../../statemachine/nesting/decompose.ts';
import type { Order } from '../../statemachine/nesting/unit-graph.ts';
import { criticalPath, type Duration, inWaves, makespan } from '../support/makespan.ts';
import { logNormal, randomFrom } from './random.ts';
import { families } from './random-orders.ts';
import { changeSetsOf } from './real-change-sets.ts';
import { spread } from './spread.ts';

const docs = join(import.meta.dirname, '../../docs/benchmarks');
const commits = Number(process.env.BENCH_COMMITS ?? 300);
const repositories = (process.env.BENCH_REPOSITORIES ?? '').split(':').filter((path) => path !== '');

/** How often durations are drawn for each real change set; random ones have them once, and there are more of them. */
const draws = 5;
const randomOnes = 400;
const sigma = { durations: 0.8, noise: 0.3 };
const rules = ['waves', 'unknown', 'noisy', 'known'] as const;
type Rule = (typeof rules)[number];

interface Measured {
  name: string;
  kind: 'real' | 'random';
  changeSets: number;
  /** Of every draw, how many times as long as the critical path it took. */
  ratios: Record<Rule, number[]>;
  worseThanWaves: Record<Rule, number>;
  /** At worst, how many times as long as waves. */
  worst: Record<Rule, number>;
}

const groups: Measured[] = [];
for (const directory of repositories) {
  process.stderr.write(`${basename(directory)}: reading …`);
  const { orders, ...history } = await changeSetsOf(directory, commits);
  process.stderr.write(` ${orders.length} change sets of ${history.commits} commits, ${history.refused} refused\n`);
  const refused = history.refused === 0 ? '' : `, ${history.refused} refused`;
  if (orders.length > 0)
    groups.push(measure(`${history.units} units, ${history.commits} commits${refused}`, 'real', orders, draws));
}
for (const { name, make } of families) {
  const random = randomFrom(1);
  const orders = Array.from({ length: randomOnes }, () => make(random));
  groups.push(measure(name, 'random', orders, 1));
}
report(groups);

function measure(name: string, kind: Measured['kind'], orders: Order[], times: number): Measured {
  const random = randomFrom(2);
  const zeroes = { waves: 0, unknown: 0, noisy: 0, known: 0 };
  const measured: Measured = {
    name,
    kind,
    changeSets: orders.length,
    ratios: { waves: [], unknown: [], noisy: [], known: [] },
    worseThanWaves: { ...zeroes },
    worst: { ...zeroes },
  };
  for (const order of orders)
    for (let time = 0; time < times; time++) {
      const real = drawn(order, () => logNormal(random, sigma.durations) + logNormal(random, sigma.durations));
      const noisy = drawn(order, (unit) => real(unit) * logNormal(random, sigma.noise));
      const seconds: Record<Rule, number> = {
        waves: inWaves(order, real),
        unknown: nested(order, real),
        noisy: nested(order, real, noisy),
        known: nested(order, real, real),
      };
      note(seconds, criticalPath(order, real), measured);
    }
  return measured;
}

/** How long it takes when each unit takes `real`, nested by what is known of that. */
function nested(order: Order, real: Duration, known?: Duration): number {
  const group = decompose(order, known);
  if (group === undefined) throw new Error('no units');
  return makespan(group, real);
}

function note(seconds: Record<Rule, number>, best: number, { ratios, worst, worseThanWaves }: Measured): void {
  for (const rule of rules) {
    ratios[rule].push(seconds[rule] / best);
    worst[rule] = Math.max(worst[rule], seconds[rule] / seconds.waves);
    // Sums of the same numbers in another order differ in their last digit.
    if (seconds[rule] > seconds.waves * (1 + 1e-9)) worseThanWaves[rule]++;
  }
}

function drawn(order: Order, draw: Duration): Duration {
  const durations = new Map([...order.keys()].map((unit) => [unit, draw(unit)]));
  return (unit) => durations.get(unit) ?? 0;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function report(all: Measured[]): void {
  const cell = (ratios: readonly number[]) =>
    [mean(ratios), quantile(ratios, 0.95), Math.max(...ratios)].map((ratio) => ratio.toFixed(2)).join(' / ');
  const row = (name: string, count: number, ratios: Measured['ratios']) =>
    `| ${name} | ${count} | ${rules.map((rule) => cell(ratios[rule])).join(' | ')} |`;
  const table = [
    '| change sets | number | plain waves | durations unknown | known, each off by a factor | known |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...(['real', 'random'] as const).flatMap((kind) => {
      const own = all.filter((group) => group.kind === kind);
      const rows = own.map(({ name, changeSets, ratios }) => row(name, changeSets, ratios));
      if (own.length === 0) return [];
      return [...rows, row(`**all ${kind} ones**`, total(own), together(own))];
    }),
  ].join('\n');
  const drawnTimes = all.reduce((sum, { ratios }) => sum + ratios.waves.length, 0);
  const worse = (rule: Rule) => all.reduce((sum, group) => sum + group.worseThanWaves[rule], 0);
  const worst = Math.max(...all.map((group) => group.worst.noisy));
  mkdirSync(docs, { recursive: true });
  writeFileSync(
    join(docs, 'schedule.md'),
    `# How close deliveries come to the best order

How many times as long as the critical path of its dependencies a delivery takes, approvals at no cost: mean / 95th percentile / worst, by
\`npm run bench -- schedule\`. The plan and the apply of each unit are drawn from a log-normal distribution with sigma ${sigma.durations}, ${draws} times for each real
change set, once for a random one; where durations are known but off, each by a log-normal factor with sigma ${sigma.noise}.
[The order of a delivery](../schedule.md) tells how it is nested.

${table}

The rows above the first sum are public live repositories: the change sets, of at least three units, of their newest commits. "Refused" commits hold
something that discovery does not accept, such as HCL that does not parse. The others are random. Nothing is known of real durations: they are drawn, too.

Longer than plain waves, of ${drawnTimes} draws: ${worse('unknown')} with unknown durations, ${worse('known')} with known ones, ${worse('noisy')} with known ones that are off,
there by a factor of ${worst.toFixed(2)} at worst.

![Times the critical path, by how deliveries are ordered](schedule.svg)
`,
  );
  writeFileSync(
    join(docs, 'schedule.svg'),
    spread(
      'A delivery takes so many times its critical path',
      [
        { name: 'plain waves', colour: '#c0392b', of: 'waves' },
        { name: 'durations unknown', colour: '#2471a3', of: 'unknown' },
        { name: 'durations known', colour: '#1e8449', of: 'known' },
      ] as const,
      all.map(({ name, kind, ratios }) => ({
        name: kind === 'real' ? `live repository: ${name}` : name,
        values: (rule: Rule) =>
          [quantile(ratios[rule], 0.05), mean(ratios[rule]), quantile(ratios[rule], 0.95)] as const,
      })),
    ),
  );
  process.stdout.write(`${table}\n`);
}

function total(own: readonly Measured[]): number {
  return own.reduce((sum, { changeSets }) => sum + changeSets, 0);
}

/** The draws of all of them: every change set counts as much as any other. */
function together(own: readonly Measured[]): Measured['ratios'] {
  const all = (rule: Rule) => own.flatMap(({ ratios }) => ratios[rule]);
  return { waves: all('waves'), unknown: all('unknown'), noisy: all('noisy'), known: all('known') };
}
