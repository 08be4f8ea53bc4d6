/** Bringing git back after a delivery, with real git and a server in the shape of GitHub, broken at any call. */
import assert from 'node:assert/strict';
import { S3Bucket } from '../../src/aws/bucket.ts';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { sync } from '../../src/repository/sync.ts';
import type { Played, Scenario } from './crash-matrix.ts';
import { deliveryOf, endedSo, storeDelivery, type UnitFacts } from './delivery.ts';
import { Processes, type Strike } from './faults.ts';
import { type GatedGit, gatedGit } from './gated-git.ts';
import { type GitHub, gitHub } from './git-hub.ts';
import { syncRetries } from './live-execution.ts';
import { type LiveRepository, liveRepository } from './live-repository.ts';
import { type Gate, MemoryAws } from './memory-aws.ts';

const applied = { 'a/main.tf': 'a1', 'b/main.tf': 'b2' };

interface Stage {
  live: LiveRepository;
  git: GatedGit;
  hub: GitHub;
  head: string;
  units: UnitFacts[];
}

/** @param then gets scenarios that can be played until it returns. */
export async function withSyncScenarios<T>(then: (scenarios: Scenario[]) => Promise<T>): Promise<T> {
  await using live = await liveRepository();
  await using git = await gatedGit();
  await using hub = await gitHub();
  const base = await live.commit({ 'a/main.tf': 'a1', 'b/main.tf': 'b1' });
  const head = await live.commit({ 'a/main.tf': 'a2', 'b/main.tf': 'b2', 'c/main.tf': 'c2' });
  const stage: Stage = { live, git, hub, head, units: [{ path: 'a', base }, { path: 'b', base }, { path: 'c' }] };
  return await then([
    {
      name: 'git is brought back by a pull request',
      about: () => true,
      play: (strike) => play('pull-request', stage, strike),
    },
    {
      name: 'git is brought back by a commit',
      about: ({ call }) => call.startsWith('git '), // What is read of the bucket is the same.
      play: (strike) => play('commit', stage, strike),
    },
  ]);
}

async function play(way: Config['sync'], stage: Stage, strike?: Strike): Promise<Played> {
  const { live, hub, head } = stage;
  await live.git('update-ref', 'refs/heads/main', head);
  for (const branch of await syncBranches(live)) await live.git('update-ref', '-d', branch);
  hub.pulls.length = 0;
  const aws = new MemoryAws(Date.now);
  const processes = new Processes(strike);
  let failures = 0;
  for (let attempt = 1; attempt <= 3; attempt++) {
    if (await tried(() => syncAfter(attempt, way, stage, aws, processes))) break;
    failures++;
  }
  const places = way === 'commit' ? ['main'] : hub.pulls.map((pull) => pull.head);
  assert.ok(places.length > 0, 'a pull request is opened');
  assert.ok(places.length <= 1 + failures, 'no pull request is opened twice');
  for (const place of places) {
    assert.deepEqual(await filesAt(live, place), applied, `${place} says what is applied`);
    assert.equal((await live.git('rev-list', '--count', `${head}..${place}`)).trim(), '1', 'by one commit');
  }
  return { points: processes.points, made: processes.made, struck: processes.struck, acted: failures };
}

async function tried(build: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries <= syncRetries; tries++) if (await build()) return true;
  return false;
}

/** The build of one delivery. When it fails, the delivery is halted, and a replay comes to the same end by the next attempt. */
async function syncAfter(attempt: number, way: Config['sync'], stage: Stage, aws: MemoryAws, processes: Processes) {
  const { live, hub, git, head, units } = stage;
  const id = `${head.slice(0, 12)}-${attempt}`;
  const delivery = await storeDelivery(aws.bucket, deliveryOf(head, units, { id, attempt }));
  await endedSo(aws.bucket, delivery, { a: 'declined', b: 'applied', c: 'rolled-back' });
  const { error } = await processes.run('sync', async (gate: Gate) => {
    const before = git.gate;
    git.gate = hub.gate = gate;
    try {
      return await sync(
        { delivery: id },
        {
          bucket: new S3Bucket(aws.clients(gate).s3, 'artifacts'),
          repositoryUrl: live.url,
          config: configSchema.parse({ sync: way }),
          environment: { LIVE_CI_GITHUB_TOKEN: hub.token, LIVE_CI_GITHUB_API: hub.api },
          output: () => {},
        },
      );
    } finally {
      git.gate = hub.gate = before;
    }
  });
  return error === undefined;
}

async function syncBranches(live: LiveRepository): Promise<string[]> {
  const listed = await live.git('for-each-ref', '--format=%(refname)', 'refs/heads/live-ci/');
  return listed.split('\n').filter((name) => name !== '');
}

async function filesAt(live: LiveRepository, revision: string): Promise<Record<string, string>> {
  const paths = (await live.git('ls-tree', '-r', '--name-only', revision)).trim().split('\n');
  const contents = await Promise.all(paths.map((path) => live.git('cat-file', 'blob', `${revision}:${path}`)));
  return Object.fromEntries(paths.map((path, index) => [path, contents[index] ?? '']));
}
