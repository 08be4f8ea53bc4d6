/** docs/operate.md, tried step by step: each situation is brought about on the deployed stack, and mended with its section's words. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { jest } from '@jest/globals';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { readPointer } from '../../src/delivery/pointer.ts';
import type { DeliveryStatus } from '../../src/delivery/status.ts';
import { checkoutsOf } from '../../src/repository/checkout.ts';
import { liveCi } from '../support/command-line.ts';
import { root } from '../support/docs.ts';
import {
  approveAll,
  approveAnd,
  endings,
  type LocalPipeline,
  startLocalPipeline,
  terraformUnit,
} from '../support/local-pipeline.ts';
import { stateServer } from '../support/state-server.ts';
import { environmentWithTools } from '../support/tools.ts';

jest.setTimeout(300_000);

let pipeline: LocalPipeline;
beforeAll(async () => {
  pipeline = await startLocalPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const runbook = readFileSync(join(root, 'docs', 'operate.md'), 'utf8');

/** A section of the runbook: what it names may be done. */
function section(title: string) {
  const text = runbook.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
  const named = (step: string) => {
    if (!text.includes(step)) throw new Error(`"${title}" in docs/operate.md does not tell of ${step}`);
  };
  return {
    named,
    /** Runs a command that the section tells of. Answers what it said. */
    async run(told: string, ...more: string[]): Promise<string> {
      named(told);
      const [, ...words] = told.split(' ');
      return live([...words, ...more]);
    },
  };
}

async function live(words: string[], directory = pipeline.repository.states): Promise<string> {
  const { code, out, error } = await liveCi(directory, words, pipeline.stack.environment);
  return `${code} ${out}${error}`;
}

const unit = (path: string, value: string) => terraformUnit(pipeline.repository.states, path, { value });

/** Waits until the unit is in that state; nobody decides meanwhile. */
function whenThere(commit: string, path: string, state: string): Promise<DeliveryStatus> {
  return pipeline.until(commit, ({ units }) => units.some((one) => one.path === path && one.state === state));
}

/** As `aws s3api delete-object`: the bucket keeps the version behind a delete marker. */
async function deleted(key: string): Promise<void> {
  await pipeline.s3.send(new DeleteObjectCommand({ Bucket: pipeline.stack.bucket, Key: key }));
}

/** The two commands of the runbook: finds the delete marker, and takes it away. */
async function restored(key: string): Promise<void> {
  const listed = await pipeline.s3.send(new ListObjectVersionsCommand({ Bucket: pipeline.stack.bucket, Prefix: key }));
  const marker = listed.DeleteMarkers?.find((one) => one.Key === key && one.IsLatest);
  expect(marker).toBeDefined();
  await pipeline.s3.send(
    new DeleteObjectCommand({ Bucket: pipeline.stack.bucket, Key: key, VersionId: marker?.VersionId }),
  );
}

test('a stuck commit: the queue shows behind what it waits, and it is delivered when that has ended', async () => {
  const { run } = section('A stuck commit');
  const first = await pipeline.repository.commit(unit('first', 'one'), 'the first');
  const stuck = await pipeline.repository.commit(unit('second', 'one'), 'the stuck one');
  await whenThere(first, 'first', 'waiting-for-approval');
  const queue = await run('live-ci queue');
  expect(queue).toContain(`${first.slice(0, 12)}-1`);
  expect(queue).toMatch(new RegExp(`${stuck.slice(0, 12)}.*the stuck one`));
  expect(await run('live-ci status')).toContain('live-ci approve | decline | replan first');
  expect(await live(['approve', 'first'])).toMatch(/^0 /);
  expect(endings(await pipeline.follow(stuck))).toEqual({ second: 'applied' });
});

test('a deleted bucket object: a pointer is restored, a change set is made again from a clone', async () => {
  const { named } = section('A deleted bucket object');
  named('aws s3api list-object-versions');
  await deleted(bucketKeys.pointer);
  await expect(pipeline.poll()).rejects.toThrow(/pipeline\/state\.json is not in the artifact bucket any more/);
  await restored(bucketKeys.pointer);
  await pipeline.poll();

  const waits = await pipeline.repository.commit(unit('first', 'two'));
  await whenThere(waits, 'first', 'waiting-for-approval');
  const gone = await pipeline.repository.commit(unit('second', 'two'), 'the one that was deleted');
  await deleted(bucketKeys.changeSet((await readPointer(pipeline.bucket)).value.sequence + 1));
  await pipeline.follow(waits);
  await pipeline.poll();
  expect(await live(['queue'])).toMatch(new RegExp(`${gone.slice(0, 12)}.*is not in the artifact bucket`, 's'));
  await using clone = await checkoutsOf(pipeline.repository.url).at(gone);
  const again = section('Dead letters');
  again.named('live-ci replay --from-dead-letters --yes');
  expect(await live(['replay', '--from-dead-letters', '--yes'], clone.directory)).toMatch(/^0 /);
  expect(endings(await pipeline.follow(gone)).second).toBe('applied');
  expect(await live(['queue'])).not.toContain('is not in the artifact bucket');
});

/** A root module whose apply fails, half done, until the file is there. */
const failing = (backend: string, mended: string) => `${backend}
resource "terraform_data" "first" {
  input = "one"
}
resource "terraform_data" "fails" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "test -e ${mended}"
  }
}
`;

test('a halted pipeline: the cause is mended, and a replay delivers what was open', async () => {
  const { run } = section('A halted pipeline');
  const { states } = pipeline.repository;
  const mended = join(states, 'mended');
  const backend = `terraform {\n  backend "local" {\n    path = "${states}/halts.tfstate"\n  }\n}\n`;
  const commit = await pipeline.repository.commit({ 'halts/main.tf': failing(backend, mended) });
  const halted = await pipeline.follow(commit, approveAnd({ rollback: 'none' }));
  expect(halted.state).toBe('halted');
  expect(await run('live-ci status')).toMatch(/half applied: halts/);
  await writeFile(mended, '');
  expect(await run('live-ci replay', '--yes')).toMatch(/^0 /);
  expect(endings(await pipeline.follow(commit, approveAll))).toEqual({ halts: 'applied' });
});

test('a lost approval: its token is restored, and the same decision is taken', async () => {
  const { named, run } = section('A lost approval');
  const commit = await pipeline.repository.commit(unit('first', 'three'));
  const { delivery } = await whenThere(commit, 'first', 'waiting-for-approval');
  expect(await run('live-ci status')).toContain('first');
  const [token = ''] = await pipeline.bucket.list(bucketKeys.tokens(delivery));
  await deleted(token);
  const lost = 'The task token of this request is no longer in the artifact bucket';
  named(lost);
  expect(await live(['approve', 'first'])).toMatch(new RegExp(`^1 .*${lost}.*${token}`, 's'));
  await restored(token);
  expect(await live(['approve', 'first'])).toMatch(/^0 /);
  expect(endings(await pipeline.follow(commit))).toEqual({ first: 'applied' });
});

test('a state is locked: the sentence names the lock, force-unlock frees it, and a replay goes on', async () => {
  const { named, run } = section('A state is locked');
  await using state = await stateServer();
  const mended = join(pipeline.repository.states, 'unlocked');
  const commit = await pipeline.repository.commit({ 'locked/main.tf': failing(state.backend, mended) });
  const halted = await pipeline.follow(commit, (status) => {
    if (status.state !== 'waiting-for-rollback-choice') return approveAll(status);
    state.lockAs('somebody who is gone');
    return approveAnd({ rollback: 'current' })(status);
  });
  expect(halted.state).toBe('halted');
  const lock = state.lock ?? '';
  expect(await run('live-ci status')).toContain(`terraform force-unlock ${lock}`);
  expect(await run('live-ci log', 'locked')).toContain('Lock Info');
  await using checkout = await checkoutsOf(pipeline.repository.url).at(commit);
  const options = { cwd: join(checkout.directory, 'locked'), env: environmentWithTools() };
  named('terraform init');
  await promisify(execFile)('terraform', ['init'], options);
  named('terraform force-unlock LOCK-ID');
  await promisify(execFile)('terraform', ['force-unlock', '-force', lock], options);
  await writeFile(mended, '');
  expect(await run('live-ci replay', '--yes')).toMatch(/^0 /);
  expect(endings(await pipeline.follow(commit, approveAll))).toEqual({ locked: 'applied' });
});
