/** Runs actions for the units of a live repository, as builds do. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configSchema } from '../../src/config/schema.ts';
import { checkoutsOf } from '../../src/repository/checkout.ts';
import { type RunAction, type RunContext, run } from '../../src/runner/run.ts';
import { nowRuns } from './delivery.ts';
import type { LiveRepository } from './live-repository.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { noRole } from './no-role.ts';
import { environmentWithTools } from './tools.ts';

/** The root output `value` in a state file beside the repository. */
export async function outputOf(live: LiveRepository, state: string): Promise<unknown> {
  const text = await readFile(join(live.states, `${state}.tfstate`), 'utf8');
  return JSON.parse(text).outputs.value?.value;
}

/** Runs actions for one unit against one bucket, keeping what was said. */
export function bench(live: LiveRepository, changes: Partial<RunContext> = {}) {
  const bucket = new MemoryBucket();
  const said: string[] = [];
  const context: RunContext = {
    bucket,
    checkouts: checkoutsOf(live.url),
    environment: environmentWithTools(),
    config: configSchema.parse({}),
    assumeRole: noRole,
    output: (text) => said.push(text),
    ...changes,
  };
  const runUnit = async (action: RunAction, delivery: string, unit: string, plan?: string | null) => {
    await nowRuns(context.bucket, delivery);
    return await run(action, { delivery, unit, ...(plan ? { plan } : {}) }, context);
  };
  return {
    bucket,
    said: () => said.join(''),
    run: runUnit,
    /** Plans, and applies that plan; the result of the plan when there is none to apply. */
    async deliver(delivery: string, unit: string) {
      const planned = await runUnit('plan', delivery, unit);
      return planned.plan === null ? planned : runUnit('apply', delivery, unit, planned.plan);
    },
    /** Plans the rollback, and applies that plan; the result of the plan when there is none to apply. */
    async rollBack(delivery: string, unit: string) {
      const planned = await runUnit('plan-rollback', delivery, unit);
      return planned.outcome === 'planned' ? runUnit('rollback', delivery, unit, planned.plan) : planned;
    },
  };
}
