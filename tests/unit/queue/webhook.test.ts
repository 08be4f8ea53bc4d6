import { answerWebhook, type WebhookEvent } from '../../../src/queue/webhook.ts';
import { Door, root, twoUnits } from '../../support/door.ts';
import { liveRepository } from '../../support/live-repository.ts';

const config = { repository: 'example-org/infrastructure-live', branch: 'main' };
const main = 'refs/heads/main';
const feature = 'refs/heads/feature';

/** What CodeBuild's variables say: event, trigger, HEAD_REF, BASE_REF. */
const events: [says: string, event: string, trigger: string, headRef: string, baseRef: string, does: string][] = [
  ['a push to the branch', 'PUSH', 'branch/main', main, '', 'enqueue commit'],
  ['a build that somebody started', '', '', '', '', 'enqueue commit'],
  ['a merged pull request', 'PULL_REQUEST_MERGED', 'pr/7', feature, main, 'enqueue branch'],
  ['a new pull request', 'PULL_REQUEST_CREATED', 'pr/7', feature, main, 'show pull request'],
  ['a changed pull request', 'PULL_REQUEST_UPDATED', 'pr/7', feature, main, 'show pull request'],
  ['a reopened pull request', 'PULL_REQUEST_REOPENED', 'pr/7', feature, main, 'show pull request'],
  [
    "a pull request from a fork's branch of the same name",
    'PULL_REQUEST_CREATED',
    'pr/7',
    main,
    main,
    'show pull request',
  ],
  ['a pull request that is closed', 'PULL_REQUEST_CLOSED', 'pr/7', feature, main, 'closed without being merged'],
  ['a pull request to another branch', 'PULL_REQUEST_CREATED', 'pr/7', feature, 'refs/heads/next', 'goes elsewhere'],
  ['one that was merged there', 'PULL_REQUEST_MERGED', 'pr/7', main, 'refs/heads/next', 'goes elsewhere'],
  ['a pull request that names no branch', 'PULL_REQUEST_CREATED', 'pr/7', main, '', 'goes elsewhere'],
  ['a push to another branch', 'PUSH', 'branch/feature', feature, '', 'refs/heads/feature is not delivered'],
  ['a push to a branch whose name ends alike', 'PUSH', 'branch/x/main', 'refs/heads/x/main', '', 'is not delivered'],
  ['a tag of the same name', 'PUSH', 'tag/main', 'refs/tags/main', '', 'refs/tags/main is not delivered'],
  ['a release', 'RELEASED', 'tag/v1', 'refs/tags/v1', '', 'The event RELEASED enqueues nothing'],
  ['an event that was not named', '', 'pr/7', main, main, 'The event pr/7 enqueues nothing'],
];

test.each(events)('%s', (_, event, trigger, headRef, baseRef, does) => {
  const told: WebhookEvent = { event, trigger, headRef, baseRef };
  const answer = answerWebhook(told, config);
  if (answer.do === 'nothing') expect(answer.why).toContain(does);
  else expect(answer.do).toBe(does);
});

test("of a merged pull request the branch's present commit is enqueued, whatever commit the build has", async () => {
  await using live = await liveRepository();
  const door = new Door(live);
  await live.commit(twoUnits);
  const merged = await live.commit({ 'b/main.tf': root('# two') });
  expect(await door.enqueueBranch()).toMatchObject({ enqueued: true, head: merged });
  expect(await door.push(merged)).toMatchObject({
    enqueued: false,
    message: expect.stringContaining('is enqueued already'),
  });
  await live.git('update-ref', '-d', main);
  await expect(door.enqueueBranch()).rejects.toThrow('the branch main no longer exists');
});

test('the very first commit that is enqueued is one of the branch', async () => {
  await using live = await liveRepository();
  const door = new Door(live);
  const first = await live.commit(twoUnits);
  const other = await live.commit({ 'b/main.tf': root('# two') });
  await live.git('update-ref', main, first);
  expect(await door.push(other)).toMatchObject({
    enqueued: false,
    message: expect.stringContaining('no longer on main'),
  });
});
