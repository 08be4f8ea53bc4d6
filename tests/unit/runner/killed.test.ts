/** Builds that die in the middle of an apply: real ones, with real Terraform. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { fromBuilds } from '../../../src/delivery/endings.ts';
import { descendants, isAlive } from '../../../src/local/process-tree.ts';
import { checkoutsOf } from '../../../src/repository/checkout.ts';
import { deliveryOf, storeDelivery } from '../../support/delivery.ts';
import { root } from '../../support/docs.ts';
import { type LiveRepository, liveRepository } from '../../support/live-repository.ts';
import { bench } from '../../support/runner-bench.ts';
import { s3Endpoint } from '../../support/s3-endpoint.ts';
import { stateServer } from '../../support/state-server.ts';
import { describeWithTool, environmentWithTools } from '../../support/tools.ts';

/** A module whose apply says when it is half done, and goes on when it is told to. */
const slow = (live: LiveRepository, backend: string) => `${backend}
resource "terraform_data" "first" {
  input = "one"
}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    when    = create
    command = "touch ${live.states}/begun; while [ ! -e ${live.states}/go ]; do sleep 0.05; done"
  }
}
output "value" {
  value = terraform_data.first.output
}
`;

const localState = (live: LiveRepository) => `terraform {
  backend "local" {
    path = "${live.states}/app.tfstate"
  }
}
`;

/** A delivery of one new unit whose apply is half done, in a process of its own. */
async function halfApplied(live: LiveRepository, backend: string) {
  const s3 = await s3Endpoint();
  const head = await live.commit({ 'app/main.tf': slow(live, backend) });
  const { run, rollBack } = bench(live, { bucket: s3.bucket });
  const delivery = await storeDelivery(s3.bucket, deliveryOf(head, [{ path: 'app' }]));
  const { plan } = await run('plan', delivery.id, 'app');
  const words = ['run', 'apply', `--delivery=${delivery.id}`, '--unit=app', `--plan=${plan}`];
  const build = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...words], {
    cwd: live.states,
    env: { ...environmentWithTools(), ...s3.environment, LIVE_CI_REPOSITORY_URL: live.url },
    stdio: 'ignore',
  });
  const ended = once(build, 'exit');
  while (!existsSync(join(live.states, 'begun'))) await nextTurn();
  return {
    build,
    ended,
    delivery,
    run,
    rollBack,
    bucket: s3.bucket,
    ending: async () => (await fromBuilds(delivery, s3.bucket)).get('app'),
    [Symbol.asyncDispose]: async () => {
      await writeFile(join(live.states, 'go'), '');
      await s3[Symbol.asyncDispose]();
    },
  };
}

/** The machine that the build runs on goes away. */
async function killAll(build: ChildProcess): Promise<void> {
  const all = [build.pid ?? 0, ...(await descendants(build.pid ?? 0))];
  for (const pid of all) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended by itself meanwhile
    }
  }
  for (const pid of all) while (await isAlive(pid)) await nextTurn();
}

describeWithTool('terraform', 'a build that is killed in the middle of an apply', () => {
  test('may have half applied the unit, and the lock that it left is named by the next build, with the command that frees it', async () => {
    await using live = await liveRepository();
    await using state = await stateServer();
    await using half = await halfApplied(live, state.backend);
    const { id } = half.delivery;
    await killAll(half.build);

    expect(half.bucket.text(bucketKeys.log(id, 'app', 'apply'))).toBeDefined();
    expect(half.bucket.text(bucketKeys.result(id, 'app', 'apply'))).toBeUndefined();
    expect(await half.ending()).toMatchObject({ outcome: 'failed', half: true });

    const lock = state.lock ?? '';
    expect(lock).not.toBe('');
    for (const action of ['plan', 'plan-rollback'] as const) {
      const refused = await half.run(action, id, 'app');
      expect(refused).toMatchObject({ outcome: 'failed', plan: null });
      expect(refused.error).toContain(`\`terraform force-unlock ${lock}\` in the unit's directory`);
    }
    expect(state.lock).toBe(lock); // nothing freed it by itself

    await writeFile(join(live.states, 'go'), '');
    await using own = await checkoutsOf(live.url).at(half.delivery.head);
    const options = { cwd: join(own.directory, 'app'), env: environmentWithTools() };
    await promisify(execFile)('terraform', ['init'], options);
    await promisify(execFile)('terraform', ['force-unlock', '-force', lock], options);
    expect(state.lock).toBeUndefined();
    // What was killed had nothing in the state yet.
    expect(await half.rollBack(id, 'app')).toMatchObject({ outcome: 'unchanged', error: null });
    expect(state.lock).toBeUndefined();
  });

  test('frees the lock of a state on this machine by its death, so the unit can be rolled back', async () => {
    await using live = await liveRepository();
    await using half = await halfApplied(live, localState(live));
    await killAll(half.build);
    expect(await half.ending()).toMatchObject({ outcome: 'failed', half: true });
    expect(await half.rollBack(half.delivery.id, 'app')).toMatchObject({ outcome: 'rolled-back', error: null });
  });

  test('leaves a Terraform that it could not take along alone: the next build is told that it is at work', async () => {
    await using live = await liveRepository();
    await using half = await halfApplied(live, localState(live));
    const below = await descendants(half.build.pid ?? 0);
    half.build.kill('SIGKILL');
    await half.ended;
    const refused = await half.rollBack(half.delivery.id, 'app');
    expect(refused.error).toMatch(/could not get the state's lock, which somebody else holds.*force-unlock/);
    await writeFile(join(live.states, 'go'), '');
    for (const pid of below) while (await isAlive(pid)) await nextTurn();
    expect(await half.rollBack(half.delivery.id, 'app')).toMatchObject({ outcome: 'rolled-back', error: null });
  });
});

describeWithTool('terraform', 'a build that is asked to end in the middle of an apply', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'lets Terraform write its state and free the lock, and says that it was stopped: %s',
    async (signal) => {
      await using live = await liveRepository();
      await using state = await stateServer();
      await using half = await halfApplied(live, state.backend);
      half.build.kill(signal);
      const [code] = await half.ended;
      expect(code).toBe(1);
      const result = JSON.parse(half.bucket.text(bucketKeys.result(half.delivery.id, 'app', 'apply')) ?? '');
      expect(result).toMatchObject({ outcome: 'failed', plan: expect.any(String) });
      expect(result.error).toMatch(/^apply was stopped before it ended/);
      expect(await half.ending()).toMatchObject({ outcome: 'failed', half: true });
      expect(state.lock).toBeUndefined();
      expect(state.outputs).toEqual({ value: 'one' });
    },
  );
});
