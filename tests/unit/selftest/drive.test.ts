import { ask } from '../../../src/approval/ask.ts';
import type { Bucket } from '../../../src/aws/bucket.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { type Decision, noEffects, type RunResult, unknownDurations } from '../../../src/model.ts';
import { caseNamed } from '../../../src/selftest/cases.ts';
import { drive, type Tried } from '../../../src/selftest/drive.ts';
import { bucketOf, type World } from '../../../src/selftest/world.ts';
import { settings } from '../../support/definition.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { MemoryStepFunctions } from '../../support/memory-step-functions.ts';

const world: World = { run: 'r1', tool: 'terraform', name: 'late-build' };
const unit = 'selftest/app';
const plan = 'a'.repeat(64);
const now = () => new Date('2026-01-01T00:00:00Z');

/** Of a delivery whose one unit is planned and asked about as soon as its execution has started. */
class Asking extends MemoryStepFunctions {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    super();
    this.#bucket = bucket;
  }

  override async start(version: string, name: string, input: string): Promise<string> {
    const execution = await super.start(version, name, input);
    const bucket = bucketOf(name, this.#bucket);
    const { head } = JSON.parse(input);
    const planned: RunResult = {
      ...{ action: 'plan', unit, outcome: 'planned', plan, content: null, counts: { ...noEffects, add: 1 } },
      ...{ destroys: [], outputsChanged: [], warnings: [], existed: false, commit: head, error: null },
      ...{ startedAt: now().toISOString(), endedAt: now().toISOString(), durations: unknownDurations },
    };
    await bucket.write(bucketKeys.result(name, unit, 'plan'), JSON.stringify(planned));
    this.wait('token');
    const told = { plan, add: 1, change: 0, destroy: 0 };
    await ask(
      { ask: 'approval', delivery: name, unit, token: 'token', plan: told },
      { bucket, stepFunctions: this, now },
    );
    return execution;
  }
}

/** Drives the case until its first decision is given, which ends it. */
async function firstDecision(bucket: MemoryBucket, expectUntouched: Tried['expectUntouched']): Promise<Decision[]> {
  const given: Decision[] = [];
  const never = async () => {
    throw new Error('Nothing of the kind is to be done.');
  };
  const driving = drive(caseNamed(world.name), world, {
    bucket,
    bucketName: 'artifacts',
    config: configSchema.parse({}),
    settings,
    stepFunctions: new Asking(bucket),
    async give(decision) {
      given.push(decision);
      throw new Error('That is enough.');
    },
    stopExecution: never,
    stopApply: never,
    build: never,
    expectUntouched,
    tell: () => {},
    now,
  });
  await driving.catch(() => {});
  return given;
}

test('a decision names the plan that was read', async () => {
  expect(await firstDecision(new MemoryBucket(), async () => {})).toEqual([
    {
      delivery: expect.stringMatching(/^selftest-r1-terraform-late-build-/),
      unit,
      plan,
      decision: 'decline',
      rollback: 'none',
    },
  ]);
});

test('nothing is answered when a delivery has begun by the time that the plan was read', async () => {
  class Watched extends MemoryBucket {
    wasRead = false;

    override async list(prefix: string): Promise<string[]> {
      if (prefix.startsWith('requests/')) this.wasRead = true;
      return super.list(prefix);
    }
  }
  const bucket = new Watched();
  const expectUntouched = async () => {
    if (bucket.wasRead) throw new Error('A delivery began meanwhile.');
  };
  expect(await firstDecision(bucket, expectUntouched)).toEqual([]);
  expect(bucket.wasRead).toBe(true);
});
