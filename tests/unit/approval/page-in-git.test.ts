/** What the page shows under the delivery of what git doesn't say yet, and what can be done about it there. */
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import type { SyncRecord } from '../../../src/delivery/sync-record.ts';
import { ada, DeclinedStory, id } from '../../support/declined-story.ts';
import { PageVisit } from '../../support/page-visit.ts';

const same = 'c'.repeat(64);

/** The unit db was declined before, and so it is in the third delivery, which has ended. */
async function visit(ends = true): Promise<{ visited: PageVisit; story: DeclinedStory }> {
  const story = await DeclinedStory.declined('not on a <b>Monday</b>');
  await story.push(3, { dns: 'modified' }, 'two');
  await story.asks(3, 'db', same);
  if (ends) await story.end(3, { db: 'declined', app: 'cancelled' });
  return { visited: new PageVisit(story.approvals), story };
}

const linkTo = (visited: PageVisit, units: string[], approver: string | null = ada, delivery = id(3)) =>
  visited.link({ delivery, units, approver });
const button = 'name="do" value="reconsider"';
const record: SyncRecord = {
  version: 1,
  commit: 'abcdef012345'.padEnd(40, '0'),
  branch: 'live-ci/sync-main',
  pullRequest: 'https://github.example/pull/7',
  units: ['db'],
  left: [{ path: 'dns', reason: 'modules/<zone> serves others, too' }],
  applied: {},
};

describe('the page', () => {
  test('says what is left open and why, as the status does', async () => {
    const { visited } = await visit();
    const { body } = await visited.get(linkTo(visited, ['db']));
    expect(body).toContain('<h2 id="git">What git does not say yet</h2>');
    expect(body).toContain('Not as git says, and planned again by the next delivery:');
    expect(body).toContain(
      `<li>db: declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a &lt;b&gt;Monday&lt;/b&gt;”; nothing of it has changed since (${id(2)})`,
    );
  });

  test('says nothing of git where it says all', async () => {
    const story = new DeclinedStory();
    await story.push(1, { db: 'added', dns: 'added', app: 'added' }, 'one');
    const visited = new PageVisit(story.approvals);
    expect((await visited.get(linkTo(visited, ['db'], ada, id(1)))).body).not.toContain('What git does not say yet');
  });

  test('says what is proposed, with its pull request, and what stays as it is', async () => {
    const { visited, story } = await visit();
    await story.stage.bucket.write(bucketKeys.sync(id(3)), JSON.stringify(record));
    await story.stage.bucket.write(bucketKeys.proposal, JSON.stringify(record));
    const { body } = await visited.get(linkTo(visited, ['db']));
    expect(body.match(/Proposed to put back in git: db \(https:\/\/github\.example\/pull\/7\)/g)).toHaveLength(1);
    expect(body).toContain('<a href="https://github.example/pull/7">Look at it</a>');
    expect(body).toContain('<li>dns is not as git says: modules/&lt;zone&gt; serves others, too</li>');
    const evil = { ...record, pullRequest: 'javascript:alert(1)' };
    await story.stage.bucket.write(bucketKeys.proposal, JSON.stringify(evil));
    await story.stage.bucket.remove(bucketKeys.sync(id(3)));
    expect((await visited.get(linkTo(visited, ['db']))).body).not.toContain('href="javascript');
  });

  test('says why the delivery halts the pipeline', async () => {
    const { visited, story } = await visit(false);
    const reason = 'The commit that puts undelivered units back could not be pushed.';
    const halted = { delivery: id(3), reason, since: '2026-01-02T03:04:05.000Z' };
    const halt = (which: object) =>
      story.stage.bucket.write(bucketKeys.pointer, JSON.stringify({ ...story.stage.pointer, running: null, ...which }));
    await halt({ halted });
    const { body } = await visited.get(linkTo(visited, ['db']));
    expect(body).toContain(`<h3>Halted since Fri, 02 Jan 2026 03:04:05 GMT</h3><p>${reason}</p>`);
    await halt({ halted: { ...halted, delivery: id(2) } });
    expect((await visited.get(linkTo(visited, ['db']))).body).not.toContain('Halted since');
  });

  test.each([
    ['for it', ['db']],
    ['for the delivery', []],
  ])('has a unit that was declined asked about again, with a link %s', async (_, units) => {
    const { visited, story } = await visit();
    const link = linkTo(visited, units);
    expect((await visited.get(link)).body).toContain(button);
    const { status, body } = await visited.post({ do: 'reconsider', unit: 'db' }, link);
    expect([status, story.remembered]).toEqual([200, undefined]);
    expect(body).toContain('db: asked about again by the next delivery.');
    expect(body).not.toContain(button);
  });

  test('offers that while the delivery runs, too', async () => {
    const { visited } = await visit(false);
    expect((await visited.get(linkTo(visited, ['db']))).body).toContain(button);
  });

  test.each<[string, string[], string | null, number]>([
    ['for another unit', ['dns'], ada, 409],
    ['that only shows', ['db'], null, 403],
  ])('does not do that with a link %s', async (_, units, approver, expected) => {
    const { visited, story } = await visit();
    const link = linkTo(visited, units, approver);
    expect((await visited.get(link)).body).not.toContain(button);
    expect((await visited.post({ do: 'reconsider', unit: 'db' }, link)).status).toBe(expected);
    expect(story.remembered).toBeDefined();
  });

  test('does not offer it for a unit that was not declined, and refuses it', async () => {
    const { visited, story } = await visit();
    const link = linkTo(visited, ['app']);
    expect((await visited.get(link)).body).not.toContain(button);
    const { status, body } = await visited.post({ do: 'reconsider', unit: 'app' }, link);
    expect(status).toBe(409);
    expect(body).toContain('Nobody has declined app');
    expect(story.remembered).toBeDefined();
  });
});
