/** `npm run bench -- cost`: what units, deliveries and idle months cost, counted in played deliveries; writes docs/cost.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metrics } from '../../src/metrics.ts';
import { outcomes } from '../../src/model.ts';
import { assumed, prices } from '../../src/prices.ts';
import { packaged } from '../support/packaged.ts';
import { type Bill, billed, difference, sum, times } from './billed.ts';
import { billBuilds } from './billed-builds.ts';
import { billDeliveries } from './billed-deliveries.ts';

const { unit, delivery, poll } = await billDeliveries(await billBuilds());
await using deployment = await packaged();
const ofType = (type: string) => Object.values(deployment.resources).filter(({ Type }) => Type === type).length;
const alarms = ofType('AWS::CloudWatch::Alarm');
const keys = ofType('AWS::KMS::Key');

const hours = assumed['hours of a month'];
const lambdaCall =
  prices["a Lambda's call"] +
  assumed['seconds of a call of a Lambda'] *
    assumed['GB of memory of a Lambda'] *
    prices['a GB-second of Lambda (Arm)'] +
  (assumed['bytes of log of a call of a Lambda'] / 1e9) * prices['a GB of logs'] +
  prices['a trace in X-Ray'];
const priceOf: Bill = {
  transitions:
    prices['a state transition (Standard workflow)'] +
    (assumed['bytes of log of a state transition, without its data'] / 1e9) * prices['a GB of logs'],
  lambdas: lambdaCall,
  builds: assumed['minutes of a build'] * prices['a minute of CodeBuild (general1.medium)'],
  puts: prices['an S3 PUT or LIST'],
  gets: prices['an S3 GET'],
  messages: prices['an SQS request (FIFO)'],
};
const price = (bill: Bill) => billed.reduce((total, what) => total + bill[what] * priceOf[what], 0);

// Each outcome of the metric with that dimension is one of its own.
const customMetrics = Object.keys(metrics).length - 1 + outcomes.length;
const standing =
  customMetrics * prices['a custom metric, a month'] +
  alarms * prices['an alarm, a month'] +
  keys * prices['a KMS key, a month'];
/** Each hour (poll.branchHours), on the smallest machine. */
const looks = hours * assumed['minutes of a look at the branch'] * prices['a minute of CodeBuild (general1.small)'];
const idleMonth = times(hours * 60, poll.idle);
const server =
  hours *
  (assumed['vCPUs of the server'] * prices['an hour of a Fargate vCPU'] +
    assumed['GB of memory of the server'] * prices['an hour of a Fargate GB'] +
    prices['an hour of an Application Load Balancer'] +
    prices['an hour of its capacity unit']);

interface Month {
  deliveries: number;
  applied: number;
  unchanged: number;
  skipped: number;
}

/** While a delivery runs, polls find it running instead of nothing to do. */
const whileRunning = times(
  assumed['minutes that a delivery runs, approvals included'],
  difference(poll.running, poll.idle),
);

function monthOf({ deliveries, applied, unchanged, skipped }: Month): Bill {
  const each = sum(
    delivery,
    whileRunning,
    times(applied, unit.applied),
    times(unchanged, unit.unchanged),
    times(skipped, unit.skipped),
  );
  return sum(idleMonth, times(deliveries, each));
}

const ordinary = { applied: 2, unchanged: 1, skipped: 5 };
const months: Month[] = [0, 20, 200, 600].map((deliveries) => ({ deliveries, ...ordinary }));

const fixed = price(idleMonth) + standing + looks;
const breakEven = (server - fixed) / (price(monthOf({ deliveries: 1, ...ordinary })) - price(idleMonth));

const dollars = (amount: number) => (amount >= 0.1 || amount === 0 ? amount.toFixed(2) : amount.toPrecision(2));
const figure = (amount: number) => (Number.isInteger(amount) ? String(amount) : amount.toFixed(1));
const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
const billRow = (what: string, bill: Bill) =>
  row(
    what,
    ...billed.map((one) => figure(bill[one])),
    dollars(price(bill) - bill.builds * priceOf.builds),
    dollars(price(bill)),
  );

const counted = [
  row('', 'state transitions', 'Lambda calls', 'builds', 'S3 PUT, LIST', 'S3 GET', 'SQS', '$ without builds', '$'),
  row('---', ...Array.from({ length: 8 }, () => '---:')),
  billRow('a unit that is applied', unit.applied),
  billRow('a unit that is unchanged', unit.unchanged),
  billRow('a unit that is skipped', unit.skipped),
  billRow('a unit that is rolled back, besides its apply', unit['rolled back']),
  billRow('a delivery, besides its units', delivery),
  billRow('a poll that has nothing to do', poll.idle),
  billRow('a poll while a delivery runs', poll.running),
  billRow('an idle month of polls', idleMonth),
].join('\n');

const compared = [
  row('deliveries', 'units of each: applied, unchanged, skipped', 'of it builds, $', 'this, $', 'always-on server, $'),
  row('---:', '---', '---:', '---:', '---:'),
  ...months.map((month) => {
    const bill = monthOf(month);
    const units = `${month.applied}, ${month.unchanged}, ${month.skipped}`;
    const total = dollars(price(bill) + standing + looks);
    return row(month.deliveries, units, dollars(bill.builds * priceOf.builds), total, dollars(server));
  }),
].join('\n');

const variables = (values: Record<string, number>) =>
  Object.entries(values)
    .map(([what, value]) =>
      row(what, Number(value.toPrecision(6)).toLocaleString('en', { maximumSignificantDigits: 6 })),
    )
    .join('\n');

writeFileSync(
  join(import.meta.dirname, '../../docs/cost.md'),
  `# What it costs

Written by \`npm run bench -- cost\`. Requests are counted, not guessed: deliveries are played with the real definition, polls and handlers in memory,
and builds run real Terraform, while whatever they ask of S3, SQS and Step Functions is counted. What a unit adds is the difference between
deliveries with six and with two units of its kind. A unit that is applied was approved once, through the state machine \`decision\`;
the transitions of that and of \`build\` are counted with those of the delivery.

${counted}

Not in it: what Terraform itself asks of AWS, storage and data transfer, requests to KMS, which S3 and SQS save up, GitHub.

## A month, beside a server that is always on

The server is a Fargate task behind a load balancer, without its disk, its database, or anybody who keeps it up to date; it runs plans and applies itself, so
it pays for no builds. This also pays for ${customMetrics} custom metrics, ${alarms} alarms and ${keys} key: ${dollars(standing)} $ a month, and for a build each hour that looks
at the branch: ${dollars(looks)} $, which \`poll.branchHours\` makes less.

${compared}

Most of it is builds: they are CodeBuild's minutes, which is where Terraform runs. The prices are those of machines with x86_64; the ones for arm64, which builds have unless
\`build.architecture\` says otherwise, cost less, so what is said of builds is the most. A minute that has begun counts, and so does the time to clone, to install and to store the cache. With two units applied, one unchanged and five skipped in each, a
month of ${Math.floor(breakEven)} deliveries costs what the server does.

## The variables

They are in \`src/prices.ts\`: US dollars, us-east-1, on demand, without free tiers, as the public price lists had them in the first half of 2026.
Put in those of your region, and your own habits, and run the benchmark again.

| price | $ |
| --- | ---: |
${variables(prices)}

| assumed | |
| --- | ---: |
${variables(assumed)}
`,
);
process.stdout.write(`${counted}\n\n${compared}\n`);
