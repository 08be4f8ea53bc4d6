import { writeFile } from 'node:fs/promises';
import { assumeRoleWith } from '../../aws/assume-role.ts';
import { S3Bucket } from '../../aws/bucket.ts';
import { s3, sts } from '../../aws/clients.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { runActions } from '../../model.ts';
import { type Checkouts, checkoutsBeside, checkoutsOf } from '../../repository/checkout.ts';
import { sync } from '../../repository/sync.ts';
import { exportResult } from '../../runner/exported.ts';
import { run } from '../../runner/run.ts';
import { makeRepository } from '../../selftest/repository.ts';
import { rolesTried } from '../../selftest/settings.ts';
import { bucketOf, worldOf } from '../../selftest/world.ts';
import { type CommandInput, text } from '../command.ts';

export async function runUnit(input: CommandInput): Promise<number> {
  const [action] = input.positionals;
  const delivery = expected(input, 'delivery');
  const bucket = bucketOf(delivery, new S3Bucket(s3(), variable('LIVE_CI_BUCKET')));
  const output = (said: string) => void process.stdout.write(said);
  const config = loadConfig(process.cwd());
  const context = { bucket, config, environment: process.env, output };
  if (action === 'sync') {
    const done = await sync({ delivery }, { ...context, repositoryUrl: variable('LIVE_CI_REPOSITORY_URL') });
    // It becomes part of the execution's data, which has no room for thousands of paths; the bucket has all of them.
    const { commit, branch, pullRequest, units, left } = done;
    await report(input, { commit, branch, pullRequest, units: units.length, left: left.length });
    return 0;
  }
  const known = runActions.find((one) => one === action);
  if (known === undefined)
    throw new UsageError(`"${action ?? ''}" can't be run; say one of ${runActions.join(', ')}, sync.`);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort(`stopped by ${signal}`));
  const request = { delivery, unit: expected(input, 'unit'), plan: text(input, 'plan') || undefined };
  await using checkouts = await checkoutsFor(delivery, config);
  const result = await run(known, request, {
    ...context,
    assumeRole: assumeRoleWith(sts()),
    checkouts,
    signal: stop.signal,
  });
  await report(input, exportResult(result));
  if (result.outcome !== 'failed') return 0;
  process.stderr.write(`live-ci: ${messageOf(result.error)}\n`);
  return 1;
}

async function checkoutsFor(delivery: string, config: Config): Promise<Checkouts & AsyncDisposable> {
  const world = worldOf(delivery);
  if (world) {
    const repository = await makeRepository(world, variable('LIVE_CI_BUCKET'), rolesTried(config).length);
    return { ...checkoutsOf(repository.directory), [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() };
  }
  return { ...checkouts(config.github), [Symbol.asyncDispose]: async () => {} };
}

function checkouts({ submodules }: Config['github']): Checkouts {
  const existing = process.env.LIVE_CI_CHECKOUT;
  return existing
    ? checkoutsBeside(existing, { submodules })
    : checkoutsOf(variable('LIVE_CI_REPOSITORY_URL'), { submodules });
}

async function report(input: CommandInput, result: unknown): Promise<void> {
  const file = text(input, 'result-file');
  if (file) await writeFile(file, JSON.stringify(result));
}

function expected(input: CommandInput, name: string): string {
  const value = text(input, name);
  if (value) return value;
  throw new UsageError(`--${name} is needed; live-ci run --help tells more.`);
}

function variable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new UsageError(`${name} is not set; builds get it from the deployment.`);
}
