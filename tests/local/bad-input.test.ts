import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { readPointer } from '../../src/delivery/pointer.ts';
import { deadLetterId, deadLetters, messageIn } from '../../src/queue/dead-letters.ts';
import { replayDeadLetters } from '../../src/queue/replay-dead-letters.ts';
import { liveCi } from '../support/command-line.ts';
import { configWith } from '../support/config.ts';
import {
  approveAll,
  endings,
  type LocalPipeline,
  startLocalPipeline,
  terraformUnit,
} from '../support/local-pipeline.ts';

jest.setTimeout(300_000);

let pipeline: LocalPipeline;
beforeAll(async () => {
  pipeline = await startLocalPipeline();
});
afterAll(() => pipeline[Symbol.asyncDispose]());

const unit = (path: string, value: string) => terraformUnit(pipeline.repository.states, path, { value });

test('a message that is no change set goes to the dead letters with the reason, and the queue goes on', async () => {
  for (const body of ['no JSON at all', '{"version":1,"head":"abc"}']) {
    await pipeline.sqs.send(
      new SendMessageCommand({
        QueueUrl: pipeline.stack.queueUrl,
        MessageBody: body,
        MessageGroupId: 'somebody',
        MessageDeduplicationId: `${body.length}`,
      }),
    );
  }
  const commit = await pipeline.repository.commit(unit('app', 'one'));
  expect(endings(await pipeline.follow(commit))).toEqual({ app: 'applied' });
  expect((await pipeline.queue.count()).dead).toBe(2);
  const { Messages } = await pipeline.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: pipeline.stack.deadLetterQueueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    }),
  );
  expect(Messages?.[0]?.Body).toBe('no JSON at all');
  expect(Messages?.[0]?.MessageAttributes?.reason?.StringValue).toContain('The message is not JSON');
});

test('dead letters are shown with their reasons, stay when they are no change sets, and can be given up', async () => {
  const run = (...words: string[]) => liveCi(pipeline.repository.states, words, pipeline.stack.environment);
  const ids = (await deadLetters(pipeline.bucket)).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect((await run('queue')).out).toMatch(/2 dead letter\(s\):\n {2}\S+ .*The message is no/);
  expect(await run('replay', '--from-dead-letters')).toMatchObject({
    code: 2,
    out: expect.stringContaining('units unknown'),
    error: expect.stringContaining('There is no terminal to ask; give --yes.'),
  });
  const kept = await run('replay', '--from-dead-letters', '--yes');
  expect([kept.code, kept.out]).toEqual([1, expect.stringContaining('stays: Dead letter')]);
  expect(await run('skip', '--dead-letters', ...ids, '--yes')).toMatchObject({ code: 0 });
  expect(await run('skip', '--dead-letters', ...ids, '--yes')).toMatchObject({
    code: 1,
    error: expect.stringContaining('is no dead letter, or was replayed already'),
  });
  expect(JSON.parse((await run('queue', '--json')).out)).toMatchObject({ deadLetters: [], waiting: [] });
});

test('a change set whose object is gone is made again from git, and delivered at the newest commit', async () => {
  const { repository, bucket, queue } = pipeline;
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  let ready = false;
  gone.then(() => {
    ready = true;
  });
  const first = await repository.commit(unit('app', 'before'));
  const delivered = pipeline.follow(first, (status) => (ready ? approveAll(status) : []));
  const lost = await repository.commit(unit('lost', 'and found'));
  const newest = await repository.commit(unit('app', 'after'));
  const { sequence } = (await readPointer(bucket)).value;
  await bucket.remove(bucketKeys.changeSet(sequence + 1));
  resolve();
  await delivered;
  expect(endings(await pipeline.follow(newest))).toEqual({ app: 'applied' });

  const letter = (await deadLetters(bucket)).find(({ id }) => id === deadLetterId(sequence + 1));
  expect(messageIn({ body: letter?.body ?? null })).toMatchObject({ head: lost });
  const context = { bucket, queue, config: configWith(), directory: repository.url, now: () => new Date() };
  const { replayed, left } = await replayDeadLetters(letter ? [letter] : [], context);
  expect(left).toEqual([]);
  expect(replayed).toMatchObject([{ changeSet: { head: newest, sequence: sequence + 3 } }]);
  await pipeline.poll();
  expect(endings(await pipeline.follow(newest))).toEqual({ lost: 'applied' });
  expect((await deadLetters(bucket)).map(({ id }) => id)).not.toContain(letter?.id);
});

test('without its pointer the pipeline stands still, until the deleted object is brought back from its versions', async () => {
  const { repository, bucket, stack, s3 } = pipeline;
  await bucket.remove(bucketKeys.pointer);
  await expect(pipeline.poll()).rejects.toThrow('pipeline/state.json is not in the artifact bucket any more');
  const at = { Bucket: stack.bucket, Prefix: bucketKeys.pointer };
  const { DeleteMarkers } = await s3.send(new ListObjectVersionsCommand(at));
  const marker = DeleteMarkers?.find((one) => one.IsLatest)?.VersionId;
  await s3.send(new DeleteObjectCommand({ Bucket: stack.bucket, Key: bucketKeys.pointer, VersionId: marker }));
  const commit = await repository.commit(unit('app', 'again'));
  expect(endings(await pipeline.follow(commit))).toEqual({ app: 'applied' });
});

test('a unit whose HCL does not parse fails alone, with file and line, until a push mends it', async () => {
  const { repository } = pipeline;
  const broken = await repository.commit({ 'app/broken.tf': 'resource "x" {\n', ...unit('other', 'beside it') });
  const delivery = await pipeline.follow(broken);
  expect(endings(delivery)).toEqual({ app: 'failed', other: 'applied' });
  expect(delivery.units.find(({ path }) => path === 'app')?.error).toMatch(/^app\/broken\.tf:2:1: expected/);
  const carried = await pipeline.follow(await repository.commit(unit('other', 'beside it again')));
  expect(endings(carried)).toEqual({ app: 'failed', other: 'applied' });
  const mended = await pipeline.follow(await repository.commit({ 'app/broken.tf': null }));
  expect(endings(mended)).toEqual({ app: 'unchanged' });
});

test('commits that a force push has removed fail with what happened, and the queue goes on with the branch as it is', async () => {
  const { repository } = pipeline;
  const first = await repository.commit(unit('app', 'two'));
  // While the first delivery waits for its approver, a second commit is queued, and then replaced.
  const { promise: replaced, resolve } = Promise.withResolvers<void>();
  let ready = false;
  replaced.then(() => {
    ready = true;
  });
  const firstDelivery = pipeline.follow(first, (status) => (ready ? approveAll(status) : []));
  const removed = await repository.commit(unit('other', 'never to be seen'));
  await repository.git('update-ref', 'refs/heads/main', first);
  const replacement = await repository.commit(unit('other', 'instead'));
  await repository.git('reflog', 'expire', '--expire=now', '--all');
  await repository.git('gc', '--prune=now', '--quiet');
  resolve();
  expect(endings(await firstDelivery)).toMatchObject({ app: 'applied' });
  const failed = await pipeline.follow(removed);
  expect(endings(failed)).toMatchObject({ other: 'failed' });
  expect(failed.units.find(({ path }) => path === 'other')?.error).toContain('force push');
  expect(failed.state).toBe('ended');
  expect(endings(await pipeline.follow(replacement))).toMatchObject({ other: 'applied' });
});

test('a decision for a unit that the delivery does not have is refused with those that it has', async () => {
  const commit = await pipeline.repository.commit(unit('app', 'three'));
  const refusals: string[] = [];
  let asked = false;
  const delivery = await pipeline.follow(commit, (status) => {
    const waiting = approveAll(status);
    if (waiting.length > 0 && !asked) {
      asked = true;
      pipeline
        .give({ delivery: status.delivery, unit: 'nowhere', decision: 'approve' })
        .catch((error: Error) => refusals.push(error.message));
    }
    return refusals.length > 0 ? waiting : [];
  });
  expect(refusals[0]).toBe(`Delivery ${delivery.delivery} has no unit nowhere; its units are app.`);
});
