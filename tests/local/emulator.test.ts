import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { AwsStepFunctions } from '../../src/delivery/step-functions.ts';
import { startEmulator } from '../../src/local/emulator.ts';
import { descendants, endTree, isAlive } from '../../src/local/process-tree.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'live-ci-emulator-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('the emulator answers when it is started and is gone when it is stopped', async () => {
  const emulator = await startEmulator({ directory });
  expect((await fetch(`${emulator.endpoint}/_ministack/health`)).status).toBe(200);
  await emulator.stop();
  expect(await isAlive(emulator.pid)).toBe(false);
  await expect(fetch(`${emulator.endpoint}/_ministack/health`)).rejects.toThrow();
  await emulator.stop();
});

test('two emulators at once take different ports', async () => {
  await using first = await startEmulator({ directory: join(directory, 'first') });
  await using second = await startEmulator({ directory: join(directory, 'second') });
  expect(first.port).not.toBe(second.port);
});

test('a port that is taken is refused with what to do', async () => {
  await using first = await startEmulator({ directory });
  await expect(startEmulator({ directory: join(directory, 'second'), port: first.port })).rejects.toThrow(
    `Port ${first.port} on 127.0.0.1 is taken by another program; stop that, or choose another port with --port.`,
  );
});

test('an emulator ends when the process that started it is killed', async () => {
  const program = `
    import { startEmulator } from ${JSON.stringify(new URL('../../src/local/emulator.ts', import.meta.url).href)};
    const { pid } = await startEmulator({ directory: ${JSON.stringify(directory)} });
    console.log(pid);
    setInterval(() => {}, 1000);
  `;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  starter.stdout.once('data', (chunk) => resolve(Number(chunk)));
  const pid = await promise;
  expect(await isAlive(pid)).toBe(true);
  starter.kill('SIGKILL');
  while (await isAlive(pid)) await descendants(pid);
}, 30_000);

test('an emulator that is let go outlives the process that started it', async () => {
  const program = `
    import { startEmulator } from ${JSON.stringify(new URL('../../src/local/emulator.ts', import.meta.url).href)};
    const { pid, letGo } = await startEmulator({ directory: ${JSON.stringify(directory)} });
    await letGo();
    console.log(pid);
    process.exit();
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(await isAlive(Number(stdout))).toBe(true);
  await endTree(Number(stdout));
  expect(await isAlive(Number(stdout))).toBe(false);
});

test('an execution of a version runs what was published for it, also when something else is published right behind its start', async () => {
  await using emulator = await startEmulator({ directory });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SFNClient({ endpoint: emulator.endpoint, region: 'us-east-1', credentials });
  const answering = (Result: string) =>
    JSON.stringify({ StartAt: 'Answer', States: { Answer: { Type: 'Pass', Result, End: true } } });
  const machine = { name: 'a-machine', definition: answering('none'), roleArn: 'arn:aws:iam::000000000000:role/any' };
  const { stateMachineArn = '' } = await client.send(new CreateStateMachineCommand(machine));
  const stepFunctions = new AwsStepFunctions(client, stateMachineArn);
  const executions = [];
  for (const result of ['one', 'two', 'three'])
    executions.push(await stepFunctions.start(await stepFunctions.publish(answering(result), result), result, '{}'));
  const answers = await Promise.all(
    executions.map(async (executionArn) => {
      while ((await stepFunctions.status(executionArn)) === 'RUNNING');
      return (await client.send(new DescribeExecutionCommand({ executionArn }))).output;
    }),
  );
  expect(answers).toEqual(['"one"', '"two"', '"three"']);
});

test('an emulator that is killed right after it has answered a start knows of the execution when it comes up again', async () => {
  const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } });
  const client = ({ endpoint }: { endpoint: string }) =>
    new SFNClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  const killed = await startEmulator({ directory, persist: true });
  const machine = { name: 'a-machine', definition, roleArn: 'arn:aws:iam::000000000000:role/any' };
  const { stateMachineArn } = await client(killed).send(new CreateStateMachineCommand(machine));
  const { executionArn } = await client(killed).send(new StartExecutionCommand({ stateMachineArn }));
  process.kill(killed.pid, 'SIGKILL');
  while (await isAlive(killed.pid));

  await using again = await startEmulator({ directory, persist: true });
  const stepFunctions = new AwsStepFunctions(client(again), stateMachineArn ?? '');
  expect(await stepFunctions.status(executionArn ?? '')).toBe('INTERRUPTED');
});
