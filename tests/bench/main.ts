/** `npm run bench`: all benchmarks, or those that are named: `npm run bench -- schedule definition`. Their figures go into docs/. */
const benchmarks: Record<string, () => Promise<unknown>> = {
  discovery: () => import('./discovery.ts'),
  field: () => import('./field.ts'),
  schedule: () => import('./schedule.ts'),
  definition: () => import('./definition.ts'),
  permissions: () => import('./permissions.ts'),
  reliability: () => import('./reliability.ts'),
  cost: () => import('./cost.ts'),
  latency: () => import('./latency.ts'),
  footprint: () => import('./footprint.ts'),
  approvals: () => import('./approvals.ts'),
  picture: () => import('./schedule-picture.ts'),
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !(name in benchmarks));
if (unknown !== undefined) {
  process.stderr.write(`There is no benchmark ${unknown}; name some of ${Object.keys(benchmarks).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  for (const [name, run] of Object.entries(benchmarks)) if (names.length === 0 || names.includes(name)) await run();
}
