import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configSchema } from '../../../src/config/schema.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { noEffects, type Outcome, type RunResult } from '../../../src/model.ts';
import { type SyncContext, sync } from '../../../src/repository/sync.ts';
import { deliveryOf, endedSo, storeDelivery, type UnitFacts } from '../../support/delivery.ts';
import { gatedGit } from '../../support/gated-git.ts';
import { gitHub } from '../../support/git-hub.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

async function ended(head: string, units: (UnitFacts & { outcome: Outcome })[]) {
  const bucket = new MemoryBucket();
  const facts = units.map(({ outcome: _, ...unit }) => unit);
  const delivery = await storeDelivery(bucket, deliveryOf(head, facts));
  const outcomes = Object.fromEntries(units.map(({ path, outcome }) => [path, outcome]));
  await endedSo(bucket, delivery, outcomes);
  return { bucket, delivery };
}

function contextFor(live: LiveRepository, bucket: MemoryBucket, changes: Partial<SyncContext> = {}): SyncContext {
  return {
    bucket,
    repositoryUrl: live.url,
    config: configSchema.parse({ sync: 'commit' }),
    environment: {},
    output: () => {},
    ...changes,
  };
}

/** Every file of a revision with its content. */
async function filesAt(live: LiveRepository, revision: string): Promise<Record<string, string>> {
  const paths = (await live.git('ls-tree', '-r', '-z', '--name-only', revision)).split('\0').filter(Boolean);
  const contents = await Promise.all(paths.map((path) => live.git('cat-file', 'blob', `${revision}:${path}`)));
  return Object.fromEntries(paths.map((path, index) => [path, contents[index] ?? '']));
}

const head = async (live: LiveRepository, branch = 'main') => (await live.git('rev-parse', branch)).trim();

describe('sync', () => {
  test('one commit puts back every unit that was not delivered, and leaves the others', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1', 'b/main.tf': 'b1', 'd/main.tf': 'd1', 'README.md': 'r1' });
    const tip = await live.commit({
      'a/main.tf': 'a2',
      'a/more.tf': 'more',
      'b/main.tf': 'b2',
      'c/main.tf': 'c2',
      d: null,
      'README.md': 'r2',
    });
    const { bucket, delivery } = await ended(tip, [
      { path: 'a', base, outcome: 'declined' },
      { path: 'b', base, outcome: 'applied' },
      { path: 'c', outcome: 'rolled-back' },
      { path: 'd', base, deleted: true, outcome: 'declined' },
    ]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(result).toEqual({
      version: 1,
      commit: await head(live),
      branch: 'main',
      pullRequest: null,
      units: ['a', 'c', 'd'],
      left: [],
      applied: { a: base, c: null, d: base },
    });
    expect(JSON.parse(bucket.text(bucketKeys.sync(delivery.id)) ?? '')).toEqual(result);
    expect(await filesAt(live, 'main')).toEqual({
      'a/main.tf': 'a1',
      'b/main.tf': 'b2',
      'd/main.tf': 'd1',
      'README.md': 'r2',
    });
    expect((await live.git('rev-list', `${tip}..main`)).trim()).toBe(result.commit);
    expect(await live.git('log', '-1', '--format=%B', 'main')).toBe(
      `live-ci: put back 3 units not delivered by ${delivery.id}\n\n- a: declined\n- c: rolled-back\n- d: declined\n\nLive-CI-Delivery: ${delivery.id}\n\n`,
    );
  });

  test('when everything ended well there is no commit', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'applied' }]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(result).toMatchObject({ commit: null, pullRequest: null, units: [], left: [] });
    expect(await head(live)).toBe(tip);
  });

  test('nothing is put back while the branch holds a newer commit: its delivery decides, in view of both', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1', 'b/main.tf': 'b1' });
    const delivered = await live.commit({ 'a/main.tf': 'a2', 'b/main.tf': 'b2' });
    const newer = await live.commit({ 'a/main.tf': 'a3' });
    const { bucket, delivery } = await ended(delivered, [
      { path: 'a', base, outcome: 'declined' },
      { path: 'b', base, outcome: 'declined' },
    ]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(result).toMatchObject({ commit: null, units: [], left: [] });
    expect(await head(live)).toBe(newer);
  });

  test('nothing is put back while another change set waits', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);
    const waiting = { version: 1, base: tip, head: base, sequence: 2, changeSet: 'change-sets/2', sent: true };
    await bucket.write(bucketKeys.enqueued, JSON.stringify(waiting));

    expect(await sync({ delivery: delivery.id }, contextFor(live, bucket))).toMatchObject({ commit: null });
    expect(await head(live)).toBe(tip);

    // What was enqueued last is this very delivery's: nothing waits.
    await bucket.write(bucketKeys.enqueued, JSON.stringify({ ...waiting, sequence: delivery.sequence }));
    expect(await sync({ delivery: delivery.id }, contextFor(live, bucket))).toMatchObject({ units: ['a'] });
    expect(await head(live)).not.toBe(tip);
  });

  test('what is applied is what the record says now, not what the delivery found', async () => {
    await using live = await liveRepository();
    const first = await live.commit({ 'a/main.tf': 'a1' });
    const second = await live.commit({ 'a/main.tf': 'a2' });
    const tip = await live.commit({ 'a/main.tf': 'a3' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base: first, outcome: 'declined' }]);
    const record = { commit: second, fingerprint: null, half: null };
    await bucket.write(bucketKeys.applied, JSON.stringify({ version: 1, units: { a: record } }));

    await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(await filesAt(live, 'main')).toEqual({ 'a/main.tf': 'a2' });
  });

  test('a unit that is half applied is left as it is', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);
    const record = { commit: base, fingerprint: null, half: tip };
    await bucket.write(bucketKeys.applied, JSON.stringify({ version: 1, units: { a: record } }));

    const { commit, left } = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect({ commit, left }).toEqual({
      commit: null,
      left: [{ path: 'a', reason: `${tip.slice(0, 12)} is half applied; deliver it again` }],
    });
  });

  test('what failed, and what was cancelled because of that, stays on the branch and is proposed', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1', 'README.md': '' });
    const code = { 'a/main.tf': 'a2', 'b/main.tf': 'b2', 'README.md': '' };
    const tip = await live.commit(code);
    const { bucket, delivery } = await ended(tip, [
      { path: 'a', base, outcome: 'failed' },
      { path: 'b', outcome: 'cancelled', after: ['a'] },
    ]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(result).toMatchObject({ branch: 'live-ci/sync-main', units: ['a', 'b'] });
    expect(await head(live)).toBe(tip);
    expect(await filesAt(live, 'live-ci/sync-main')).toEqual({ 'a/main.tf': 'a1', 'README.md': '' });
    expect(JSON.parse(bucket.text(bucketKeys.proposal) ?? '')).toEqual(result);
  });

  test('what was cancelled because of something declined goes back with it; what failed beside it stays, and is named', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'c/main.tf': 'c1' });
    const tip = await live.commit({ 'a/main.tf': 'a2', 'b/main.tf': 'b2', 'c/main.tf': 'c2' });
    const { bucket, delivery } = await ended(tip, [
      { path: 'a', outcome: 'declined' },
      { path: 'b', outcome: 'cancelled', after: ['a'] },
      { path: 'c', base, outcome: 'failed' },
    ]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(result).toMatchObject({ branch: 'main', units: ['a', 'b'] });
    expect(result.left).toEqual([{ path: 'c', reason: 'failed; its code stays' }]);
    expect(await filesAt(live, 'main')).toEqual({ 'c/main.tf': 'c2' });
  });

  test('a unit that lies inside another is neither put back nor removed with it', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'prod/main.tf': 'p1', 'prod/app/main.tf': 'a1' });
    const tip = await live.commit({ 'prod/main.tf': 'p2', 'prod/app/main.tf': 'a2', 'prod/app/new/main.tf': 'n2' });
    const { bucket, delivery } = await ended(tip, [
      { path: 'prod', base, outcome: 'declined' },
      { path: 'prod/app', base, outcome: 'applied' },
      { path: 'prod/app/new', outcome: 'declined' },
    ]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(result.units).toEqual(['prod', 'prod/app/new']);
    expect(await filesAt(live, 'main')).toEqual({ 'prod/main.tf': 'p1', 'prod/app/main.tf': 'a2' });
  });

  test('a unit inside another that is not part of the delivery stays', async () => {
    await using live = await liveRepository();
    const tip = await live.commit({ 'prod/main.tf': 'p2', 'prod/app/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'prod', outcome: 'declined' }]);

    await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(await filesAt(live, 'main')).toEqual({ 'prod/app/main.tf': 'a2' });
  });

  test.each(['$(touch x)', "it's", '-rf', 'a "b" c', 'größe ☃', ':(glob)*', 'star*'])(
    'a unit in a directory named %j is put back',
    async (path) => {
      await using live = await liveRepository();
      const base = await live.commit({ [`${path}/main.tf`]: 'one', 'starfish/main.tf': 'one' });
      const tip = await live.commit({ [`${path}/main.tf`]: 'two', 'starfish/main.tf': 'two' });
      const { bucket, delivery } = await ended(tip, [{ path, base, outcome: 'declined' }]);

      const result = await sync({ delivery: delivery.id }, contextFor(live, bucket));

      expect(result.units).toEqual([path]);
      expect(await filesAt(live, 'main')).toEqual({ [`${path}/main.tf`]: 'one', 'starfish/main.tf': 'two' });
    },
  );

  test('run twice, it finds its own commit', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);
    const context = contextFor(live, bucket);

    const first = await sync({ delivery: delivery.id }, context);
    // Whoever takes the sync back means it: it is not done again.
    await live.commit({ 'a/main.tf': 'a2' });
    const second = await sync({ delivery: delivery.id }, context);

    expect(second).toEqual(first);
    expect(await filesAt(live, 'main')).toEqual({ 'a/main.tf': 'a2' });
  });

  test('when somebody pushes before it does, it is dropped: what was pushed has its own delivery', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const newer = await live.commit({ 'b/main.tf': 'b1' });
    await live.git('update-ref', 'refs/heads/main', tip);
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);
    // The hook lets the newer commit in while the push is on its way.
    const hook = join(live.url, 'hooks', 'update');
    const script = `#!/bin/sh\nif [ "$(git rev-parse main)" = ${tip} ]; then\n  unset GIT_QUARANTINE_PATH\n  git update-ref refs/heads/main ${newer}\nfi\nexit 0\n`;
    await writeFile(hook, script);
    await chmod(hook, 0o755);

    const said: string[] = [];
    const context = contextFor(live, bucket, { output: (text) => said.push(text) });
    const result = await sync({ delivery: delivery.id }, context);

    expect(said.join('')).toContain('main has moved on meanwhile');
    expect(result).toMatchObject({ commit: null, units: [] });
    expect(JSON.parse(bucket.text(bucketKeys.sync(delivery.id)) ?? '')).toEqual(result);
    expect(await head(live)).toBe(newer);
  });

  test.each([
    ['stay in git when a plan found that such units were applied already', {}, []],
    ['are put back when what a plan found is only what deliveries have left', { ours: true }, ['a']],
  ])('units without a record %s', async (_, facts, units) => {
    await using live = await liveRepository();
    const tip = await live.commit({ 'a/main.tf': 'a1', 'b/main.tf': 'b1' });
    const { bucket, delivery } = await ended(tip, [
      { path: 'a', outcome: 'declined', ...facts },
      { path: 'b', outcome: 'cancelled' },
    ]);
    const planned = {
      action: 'plan',
      unit: 'a',
      outcome: 'planned',
      plan: 'f'.repeat(64),
      counts: { ...noEffects, change: 1 },
      destroys: [],
      outputsChanged: [],
      warnings: [],
      content: null,
      existed: true,
      commit: tip,
      startedAt: '2026-01-01T00:00:00Z',
      endedAt: '2026-01-01T00:00:01Z',
      durations: { plan: 1, apply: null },
      error: null,
    } satisfies RunResult;
    await bucket.write(bucketKeys.result(delivery.id, 'a', 'plan'), JSON.stringify(planned));

    expect(await sync({ delivery: delivery.id }, contextFor(live, bucket))).toMatchObject({ units });
    expect((await head(live)) === tip).toBe(units.length === 0);
  });

  test('after a force push that removed the delivered commit there is nothing to put back', async () => {
    await using live = await liveRepository();
    const tip = await live.commit({ 'a/main.tf': 'a1' });
    const { bucket, delivery } = await ended('e'.repeat(40), [{ path: 'a', base: tip, outcome: 'failed' }]);

    expect(await sync({ delivery: delivery.id }, contextFor(live, bucket))).toMatchObject({ commit: null, units: [] });
    expect(await head(live)).toBe(tip);
  });

  test('a repository that does not answer is an error, and not a commit that is gone', async () => {
    await using live = await liveRepository();
    await using network = await gatedGit();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);
    network.gate = async ({ name, make }) => (name === 'git fetch' ? Promise.reject(new Error('no network')) : make());

    await expect(sync({ delivery: delivery.id }, contextFor(live, bucket))).rejects.toThrow(/returned error: 503/);
  });

  test('a unit whose applied commit no longer exists is left as it is, and the reason is told', async () => {
    await using live = await liveRepository();
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base: 'e'.repeat(40), outcome: 'declined' }]);

    const { commit, left } = await sync({ delivery: delivery.id }, contextFor(live, bucket));

    expect(commit).toBeNull();
    expect(left).toEqual([
      { path: 'a', reason: expect.stringMatching(/^e{12}, .*not in the repository .*force push$/) },
    ]);
  });
});

describe('sync by pull request', () => {
  const environment = (server: { api: string }) => ({ LIVE_CI_GITHUB_TOKEN: 'secret', LIVE_CI_GITHUB_API: server.api });
  const config = configSchema.parse({});
  const branch = 'live-ci/sync-main';

  /** A commit that changes a unit, whose delivery was declined. */
  async function declined(live: LiveRepository, server: { api: string }) {
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);
    const context = contextFor(live, bucket, { config, environment: environment(server) });
    return { base, tip, bucket, delivery, context };
  }

  test('the commit goes to a branch of its own, and one pull request is opened however often it runs', async () => {
    await using live = await liveRepository();
    await using server = await gitHub();
    const { base, tip, delivery, context } = await declined(live, server);

    const first = await sync({ delivery: delivery.id }, context);
    const second = await sync({ delivery: delivery.id }, context);

    expect(first).toMatchObject({
      commit: await head(live, branch),
      branch,
      pullRequest: 'https://github.com/example-org/live/pull/1',
      units: ['a'],
    });
    expect(second).toEqual(first);
    expect(server.pulls).toHaveLength(1);
    expect(server.pulls[0]).toMatchObject({ head: branch, base: 'main', state: 'open' });
    expect(server.pulls[0]?.body).toContain(`| \`a\` | declined | ${base.slice(0, 12)} |`);
    expect(await head(live)).toBe(tip);
  });

  test('what was proposed is proposed still when somebody has pushed since', async () => {
    await using live = await liveRepository();
    await using server = await gitHub();
    const { bucket, delivery, context } = await declined(live, server);
    const proposed = await sync({ delivery: delivery.id }, context);
    await live.commit({ 'b/main.tf': 'b1' });

    expect(await sync({ delivery: delivery.id }, context)).toEqual(proposed);
    expect(JSON.parse(bucket.text(bucketKeys.sync(delivery.id)) ?? '')).toEqual(proposed);
    expect(await head(live, branch)).toBe(proposed.commit);
  });

  test('the next delivery makes the same pull request anew, and the one after which nothing differs closes it', async () => {
    await using live = await liveRepository();
    await using server = await gitHub();
    const base = await live.commit({ 'a/main.tf': 'a1', 'b/main.tf': 'b1' });
    const first = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(first, [{ path: 'a', base, outcome: 'declined' }]);
    const context = contextFor(live, bucket, { config, environment: environment(server) });
    await sync({ delivery: delivery.id }, context);
    const second = await live.commit({ 'b/main.tf': 'b2' });
    const next = await storeDelivery(
      bucket,
      deliveryOf(
        second,
        [
          { path: 'a', base },
          { path: 'b', base },
        ],
        { base: first },
      ),
    );
    await endedSo(bucket, next, { a: 'applied', b: 'declined' });

    await sync({ delivery: next.id }, context);

    expect(server.pulls).toHaveLength(1);
    expect(server.pulls[0]?.title).toContain(`not delivered by ${next.id}`);
    expect(server.pulls[0]?.body).not.toContain('`a`');
    expect(await filesAt(live, branch)).toEqual({ 'a/main.tf': 'a2', 'b/main.tf': 'b1' });
    expect((await live.git('rev-parse', `${branch}^`)).trim()).toBe(second);

    const third = await live.commit({ 'b/main.tf': 'b1' });
    const last = await storeDelivery(bucket, deliveryOf(third, [{ path: 'b', base }], { base: second }));
    await endedSo(bucket, last, { b: 'unchanged' });
    await sync({ delivery: last.id }, context);

    expect(server.pulls).toMatchObject([
      { state: 'closed', comments: [expect.stringContaining('nothing is to be put back')] },
    ]);
    expect(await live.git('for-each-ref', `refs/heads/${branch}`)).toBe('');
    expect(JSON.parse(bucket.text(bucketKeys.proposal) ?? '')).toMatchObject({ commit: null, units: [] });
  });

  test('a branch on which somebody went on working is left alone', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    await live.git('update-ref', `refs/heads/${branch}`, base);
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket, { config }));

    expect(result).toMatchObject({
      commit: null,
      left: [{ path: 'a', reason: expect.stringContaining('somebody else') }],
    });
    expect(await head(live, branch)).toBe(base);
  });

  test('texts from outside mention nobody, break no table and forge no trailer', async () => {
    await using live = await liveRepository();
    await using server = await gitHub();
    const path = 'a|b`c\n\nLive-CI-Delivery: forged';
    const base = await live.commit({ [`${path}/main.tf`]: 'a1' });
    const tip = await live.commit({ [`${path}/main.tf`]: 'a2' });
    const bucket = new MemoryBucket();
    const subject = '@example-org/everybody | look at [this](https://example.org) <b>now</b>\n| x | y | z |';
    const delivery = await storeDelivery(bucket, deliveryOf(tip, [{ path, base }], { subject, author: '*E*' }));
    await endedSo(bucket, delivery, { [path]: 'declined' });

    await sync({ delivery: delivery.id }, contextFor(live, bucket, { config, environment: environment(server) }));

    const { body = '' } = server.pulls[0] ?? {};
    expect(body).not.toMatch(/@\w|[^\\]\]\(|<b>|\n\| x/);
    expect(body).toContain('`` a\\|b`c');
    const trailers = await live.git('log', '-1', '--format=%(trailers:key=Live-CI-Delivery,valueonly)', branch);
    expect(trailers.trim()).toBe(delivery.id);
  });

  test('without a token the branch is pushed and no pull request is opened', async () => {
    await using live = await liveRepository();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);

    const result = await sync({ delivery: delivery.id }, contextFor(live, bucket, { config }));

    expect(result).toMatchObject({ pullRequest: null, units: ['a'] });
    expect(await filesAt(live, result.branch)).toEqual({ 'a/main.tf': 'a1' });
  });

  test("what GitHub answers is told when it doesn't take the pull request", async () => {
    await using live = await liveRepository();
    await using server = await gitHub();
    const base = await live.commit({ 'a/main.tf': 'a1' });
    const tip = await live.commit({ 'a/main.tf': 'a2' });
    const { bucket, delivery } = await ended(tip, [{ path: 'a', base, outcome: 'declined' }]);
    const wrong = { ...environment(server), LIVE_CI_GITHUB_TOKEN: 'wrong' };

    await expect(
      sync({ delivery: delivery.id }, contextFor(live, bucket, { config, environment: wrong })),
    ).rejects.toThrow(/404.*Not Found.*token/);
  });
});
