/** Builds of `live-ci enqueue` in a real repository, broken at any call, whose commits are then delivered. */
import type { Scenario } from './crash-matrix.ts';
import { type Files, type LiveRepository, liveRepository } from './live-repository.ts';
import { LiveSystem } from './live-system.ts';
import type { Code } from './live-world.ts';

const dependencies = { vpc: [], db: ['vpc'] };

const history: Code[] = [
  { vpc: 'one', db: 'one' },
  { vpc: 'two', db: 'one' },
  { vpc: 'two', db: 'three' },
];

/** Builds don't finish in the order of their commits. */
const order = [0, 2, 1];

/** @param then gets scenarios that can be played until it returns. */
export async function withEnqueueScenarios<T>(then: (scenarios: Scenario[]) => Promise<T>): Promise<T> {
  await using live = await liveRepository();
  const heads: string[] = [];
  for (const code of history) heads.push(await live.commit(filesOf(code)));
  return await then([
    {
      name: 'builds finish out of order, and one that failed is started again',
      about: ({ handler }) => handler === 'enqueue',
      async play(strike) {
        const system = new LiveSystem({ dependencies }, strike);
        heads.forEach((head, index) => {
          system.world.commit(head, history[index] ?? {});
        });
        const failed = await build(system, live, heads);
        if (failed) await system.enqueue(live.url, heads.at(-1) ?? '');
        await system.settle();
        system.check();
        return { points: system.processes.points, struck: system.processes.struck, halts: system.halts };
      },
    },
  ]);
}

async function build(system: LiveSystem, live: LiveRepository, heads: string[]): Promise<boolean> {
  let failed = false;
  for (const index of order) if (!(await system.enqueue(live.url, heads[index] ?? ''))) failed = true;
  return failed;
}

function filesOf(code: Code): Files {
  const state = (path: string) =>
    `{\n  bucket = "example-states"\n  key    = "${path}.tfstate"\n  region = "us-east-1"\n}`;
  return Object.fromEntries(
    Object.entries(code).map(([path, version]) => {
      const reads = (dependencies[path as keyof typeof dependencies] ?? []).map(
        (one) => `data "terraform_remote_state" "${one}" {\n  backend = "s3"\n  config  = ${state(one)}\n}\n`,
      );
      return [`${path}/main.tf`, `terraform {\n  backend "s3" ${state(path)}\n}\n${reads.join('')}# ${version}\n`];
    }),
  );
}
