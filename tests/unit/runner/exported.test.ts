import { type RunResult, runResultSchema } from '../../../src/model.ts';
import { exportResult } from '../../../src/runner/exported.ts';

const many = 1_000_000;
const result: RunResult = runResultSchema.parse({
  action: 'apply',
  unit: 'long/'.repeat(100).slice(0, -1),
  existed: true,
  outcome: 'applied',
  plan: 'a'.repeat(64),
  counts: { add: many, change: many, destroy: many },
  outputsChanged: Array(1000).fill('output'),
  commit: 'c'.repeat(40),
  startedAt: new Date(0).toISOString(),
  endedAt: new Date(0).toISOString(),
  durations: { plan: 28_799.123_456, apply: 28_799.123_456 },
  error: 'It broke. '.repeat(10_000),
});

test.each(runResultSchema.shape.outcome.options)(
  'what a build exports that ended %s is small, whatever it did',
  (outcome) => {
    const exported = exportResult({ ...result, outcome });
    expect(exported.outcome).toBe(outcome);
    expect(JSON.stringify(exported).length).toBeLessThan(200);
  },
);
