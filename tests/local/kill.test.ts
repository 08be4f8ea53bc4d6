/**
 * Kills what runs with SIGKILL: the poll's Lambda, a `terraform apply`, and the emulator with everything below it. Executions that ran
 * are failed when it starts again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { jest } from '@jest/globals';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { replay, skip } from '../../src/delivery/halted.ts';
import { readPointer } from '../../src/delivery/pointer.ts';
import { descendants } from '../../src/local/process-tree.ts';
import {
  approveAnd,
  endings,
  type LocalPipeline,
  startLocalPipeline,
  terraformUnit,
  type UnitCode,
} from '../support/local-pipeline.ts';
import { ofCommand } from '../support/processes-of-command.ts';

jest.setTimeout(300_000);

let pipeline: LocalPipeline;
beforeAll(async () => {
  pipeline = await startLocalPipeline({ persist: true });
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const commit = (path: string, code: UnitCode) =>
  pipeline.repository.commit(terraformUnit(pipeline.repository.states, path, code));

const sfn = () =>
  new SFNClient({
    endpoint: pipeline.stack.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** Names of the pipeline's executions, in the order in which they were started, with how they ended. */
async function executions(): Promise<[name: string, status: string][]> {
  const listed = await sfn().send(new ListExecutionsCommand({ stateMachineArn: pipeline.stack.pipelineArn }));
  const byStart = (listed.executions ?? []).sort((a, b) => Number(a.startDate) - Number(b.startDate));
  return byStart.map(({ name = '', status = '' }) => [name, status]);
}

/** The process with everything below it, at once and without a word. */
async function kill(pid: number): Promise<void> {
  for (const one of [pid, ...(await descendants(pid))]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // it ended by itself
    }
  }
}

/** Processes below the emulator whose command line and environment match. */
const processes = async (pattern: RegExp) => ofCommand(pattern, await descendants(process.pid));

/** Kills the first that comes, as soon as it is there. @returns whether there was one before `enough` was aborted. */
async function killFirst(pattern: RegExp, enough?: AbortSignal): Promise<boolean> {
  while (!enough?.aborted) {
    const [pid] = await processes(pattern);
    if (pid !== undefined) return kill(pid).then(() => true);
    await delay(20);
  }
  return false;
}

test('polls that are killed leave a commit that is delivered once', async () => {
  const head = await commit('base', { value: 'one' });
  const worker = new RegExp(`AWS_LAMBDA_FUNCTION_NAME=${pipeline.stack.pollFunction}( |$)`);
  let killed = 0;
  for (let look = 0; look < 6; look++) {
    const ended = new AbortController();
    const killing = killFirst(worker, ended.signal);
    await pipeline.poll().catch(() => {}); // it was killed
    ended.abort();
    if (await killing) killed++;
  }
  expect(killed).toBeGreaterThan(0);
  expect(endings(await pipeline.follow(head))).toEqual({ base: 'applied' });
  expect(await executions()).toEqual([[`${head.slice(0, 12)}-1`, 'SUCCEEDED']]);
});

test('an apply that is killed halts the pipeline, and a replay applies its unit and what came behind', async () => {
  const head = await commit('slow', { value: 'one', seconds: 20 });
  const killing = killFirst(/terraform.* apply /);
  const behind = await commit('base', { value: 'two' });
  const halted = await pipeline.follow(head, approveAnd({ rollback: 'none' }));
  await killing;
  expect(endings(halted)).toEqual({ slow: 'failed' });
  expect((await readPointer(pipeline.bucket)).value.halted).toMatchObject({ reason: 'half applied: slow' });
  await replay(pipeline.bucket);
  await pipeline.poll();
  expect(endings(await pipeline.follow(head))).toEqual({ slow: 'applied' });
  expect(endings(await pipeline.follow(behind)).base).toBe('applied');
  expect((await executions()).slice(1)).toEqual([
    [`${head.slice(0, 12)}-1`, 'FAILED'],
    [`${head.slice(0, 12)}-2`, 'SUCCEEDED'],
    [`${behind.slice(0, 12)}-1`, 'SUCCEEDED'],
  ]);
});

test('an apply whose delivery is stopped ends with it and says so, and the next commit of the unit finds no lock', async () => {
  const head = await commit('stopped', { value: 'one', seconds: 60 });
  const id = `${head.slice(0, 12)}-1`;
  const approved = pipeline.follow(head);
  while ((await processes(/terraform.* apply /)).length === 0) await delay(50);
  const executionArn = `${pipeline.stack.pipelineArn.replace(':stateMachine:', ':execution:')}:${id}`;
  await sfn().send(new StopExecutionCommand({ executionArn }));
  while ((await processes(/terraform.* apply /)).length > 0) await delay(50);
  const result = bucketKeys.result(id, 'stopped', 'apply');
  while ((await pipeline.bucket.read(result)) === undefined) await delay(50);
  expect(JSON.parse((await pipeline.bucket.read(result))?.body.toString() ?? '')).toMatchObject({
    outcome: 'failed',
    error: expect.stringContaining('its build was cancelled'),
  });
  await pipeline.poll();
  expect((await approved).state).toBe('halted');
  expect(endings(await approved)).toEqual({ stopped: 'failed' });
  await skip(pipeline.bucket);
  expect(endings(await pipeline.follow(await commit('stopped', { value: 'two' })))).toEqual({ stopped: 'applied' });
});

test.each([
  ['asked to stop', () => pipeline.restart()],
  ['killed', () => pipeline.killEmulator()],
])(
  'a delivery goes on by itself, as the next attempt, when the emulator is %s under it; nothing that waits behind is lost',
  async (how, startAgain) => {
    const before = (await executions()).length;
    const head = await commit('base', { value: `${how}: three` });
    const behind = await commit('base', { value: `${how}: four` });
    await pipeline.until(head, ({ units }) => units.some(({ state }) => state === 'waiting-for-approval'));
    await startAgain();
    await pipeline.poll();
    expect((await readPointer(pipeline.bucket)).value).toMatchObject({
      halted: null,
      running: { delivery: `${head.slice(0, 12)}-2` },
    });
    expect(endings(await pipeline.follow(head)).base).toBe('applied');
    expect(endings(await pipeline.follow(behind)).base).toBe('applied');
    expect((await executions()).slice(before)).toEqual([
      [`${head.slice(0, 12)}-1`, 'FAILED'],
      [`${head.slice(0, 12)}-2`, 'SUCCEEDED'],
      [`${behind.slice(0, 12)}-1`, 'SUCCEEDED'],
    ]);
  },
);
