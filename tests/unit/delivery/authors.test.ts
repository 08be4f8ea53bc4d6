import fc from 'fast-check';
import { ask } from '../../../src/approval/ask.ts';
import { unitRequestSchema } from '../../../src/approval/request.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay, skip } from '../../../src/delivery/halted.ts';
import { id } from '../../support/chain-stage.ts';
import { type ChangeSetFacts, commit, inCircle } from '../../support/change-set.ts';
import { configWith } from '../../support/config.ts';
import { type Ended, PipelineStage } from '../../support/pipeline-stage.ts';

const [ada, bob, cyd] = ['ada@example.org', 'bob@example.org', 'cyd@example.org'];
const graph = { app: ['db'], db: ['vpc'], vpc: [], dns: [] };
const code = (of: Record<string, string> = {}) => ({ app: 'one', db: 'one', vpc: 'one', dns: 'one', ...of });

/** Everything is applied; then Bob changes the network, which ends so. */
async function afterBob(ended: Ended, touched: ChangeSetFacts['touched'] = { vpc: 'modified' }) {
  const stage = new PipelineStage();
  stage.config = configWith({ approvals: { ...stage.config.approvals, authorMayApprove: false } });
  const all = { app: 'added', db: 'added', vpc: 'added', dns: 'added' } as const;
  await stage.enqueue(1, { graph, touched: all, code: code(), authors: [ada] });
  await stage.poll();
  await stage.execute(id(1));
  await stage.enqueue(2, { graph, touched, code: code({ vpc: 'two' }), authors: [bob] });
  await stage.poll();
  await stage.execute(id(2), ended);
  return stage;
}

/** Cyd changes that, and its delivery begins. */
async function cydPushes(stage: PipelineStage, touched: ChangeSetFacts['touched'], codes = code({ vpc: 'two' })) {
  const sequence = stage.pointer.sequence + 1;
  await stage.enqueue(sequence, { graph, touched, code: codes, authors: [cyd] });
  expect(await stage.poll()).toBe('started');
  return id(sequence);
}

/** Who may not approve a unit. */
async function excluded(stage: PipelineStage, delivery: string, unit: string): Promise<string[]> {
  stage.stepFunctions.wait('token');
  const plan = { plan: 'a'.repeat(64), add: 1, change: 0, destroy: 0 };
  await ask(
    { ask: 'approval', delivery, token: 'token', unit, plan },
    { bucket: stage.bucket, stepFunctions: stage.stepFunctions, now: stage.context().now },
  );
  const request = JSON.parse(stage.bucket.text(bucketKeys.request(delivery, unit)) ?? 'null');
  return unitRequestSchema.parse(request).rules.excluded;
}

const open: Ended = { vpc: 'declined', db: 'cancelled', app: 'cancelled' };

test('whoever wrote what is carried over may not approve it either, nor what reads its outputs', async () => {
  const stage = await afterBob(open);
  const delivery = await cydPushes(stage, { dns: 'modified' });
  expect(await excluded(stage, delivery, 'vpc')).toEqual([cyd, bob]);
  expect(await excluded(stage, delivery, 'app')).toEqual([cyd, bob]);
  expect(await excluded(stage, delivery, 'dns')).toEqual([cyd]);
});

test('nor may they when the next commit touches the unit itself', async () => {
  const stage = await afterBob(open);
  const delivery = await cydPushes(stage, { vpc: 'modified' }, code({ vpc: 'three' }));
  expect(await excluded(stage, delivery, 'vpc')).toEqual([cyd, bob]);
});

test('however many deliveries it is carried through', async () => {
  const stage = await afterBob(open);
  await stage.execute(await cydPushes(stage, { vpc: 'modified' }, code({ vpc: 'three' })), open);
  await stage.enqueue(4, { graph, touched: { dns: 'modified' }, code: code({ vpc: 'three' }), authors: [ada] });
  await stage.poll();
  expect(await excluded(stage, id(4), 'db')).toEqual([ada, bob, cyd]);
});

test('whoever wrote another unit of the same delivery before is no author of what that one left open', async () => {
  const stage = await afterBob(open);
  const delivery = await cydPushes(stage, { vpc: 'modified', dns: 'modified' }, code({ vpc: 'three', dns: 'three' }));
  await stage.execute(delivery, { dns: 'declined' });
  await stage.enqueue(4, { graph, touched: {}, code: code({ vpc: 'three', dns: 'three' }), authors: [ada] });
  await stage.poll();
  expect(stage.pointer.authors).toEqual({ dns: [cyd] });
  expect(await excluded(stage, id(4), 'dns')).toEqual([ada, cyd]);
});

test('whoever deleted what stays, since it is still read, is an author of that, and the authors of later deliveries are not', async () => {
  const stage = await afterBob({ vpc: 'applied', db: 'applied', app: 'applied' });
  const without = { app: ['db'], db: [], dns: [] };
  await stage.enqueue(3, { graph: without, before: graph, touched: { vpc: 'deleted' }, code: code(), authors: [bob] });
  await stage.poll();
  await stage.execute(id(3));
  const touched = { dns: 'modified' } as const;
  await stage.enqueue(4, { graph: without, touched, code: code({ dns: 'four' }), authors: [cyd] });
  await stage.poll();
  await stage.execute(id(4), { dns: 'declined' });
  await stage.poll();
  expect(stage.pointer.carried.map(({ path }) => path).sort()).toEqual(['dns', 'vpc']);
  expect(stage.pointer.authors).toEqual({ dns: [cyd], vpc: [bob] });
});

test.each<[string, Ended]>([
  ['was rolled back', { vpc: 'rolled-back', db: 'rolled-back', app: 'cancelled' }],
  ['failed', { vpc: 'failed', db: 'cancelled', app: 'cancelled' }],
])('what %s was not applied, so its author still counts as one', async (_, ended) => {
  const stage = await afterBob(ended);
  const delivery = await cydPushes(stage, { vpc: 'modified' }, code({ vpc: 'three' }));
  expect(await excluded(stage, delivery, 'vpc')).toEqual([cyd, bob]);
});

test('once it is applied, or there was nothing to apply, its author approves the next change', async () => {
  const stage = await afterBob({ vpc: 'applied', db: 'unchanged', app: 'unchanged' });
  const delivery = await cydPushes(stage, { vpc: 'modified', db: 'modified' }, code({ vpc: 'three', db: 'three' }));
  expect(await excluded(stage, delivery, 'vpc')).toEqual([cyd]);
  expect(await excluded(stage, delivery, 'db')).toEqual([cyd]);
  expect(stage.pointer.authors).toEqual({});
});

test('what git was brought back from is forgotten', async () => {
  const stage = await afterBob(open);
  await stage.execute(await cydPushes(stage, { vpc: 'modified' }, code()), {});
  const delivery = await cydPushes(stage, { vpc: 'modified' }, code({ vpc: 'three' }));
  expect(await excluded(stage, delivery, 'vpc')).toEqual([cyd]);
});

test.each([
  ['replayed', async (stage: PipelineStage) => void (await replay(stage.bucket))],
  ['skipped', async (stage: PipelineStage) => void (await skip(stage.bucket))],
])('a halted delivery that is %s keeps them', async (_, goOn) => {
  const stage = await afterBob(open);
  const delivery = await cydPushes(stage, { dns: 'modified' });
  await stage.execute(delivery, { vpc: 'half applied', db: 'cancelled', app: 'cancelled' });
  expect(await stage.poll()).toBe('halted');
  await goOn(stage);
  if (stage.pointer.running === null) await cydPushes(stage, { dns: 'modified' });
  else await stage.poll();
  expect(await excluded(stage, stage.pointer.running?.delivery ?? '', 'vpc')).toEqual([cyd, bob]);
});

test('what a commit wrote whose change set was put aside is known when the next one touches the unit', async () => {
  const stage = await afterBob({ vpc: 'applied', db: 'unchanged', app: 'unchanged' });
  await stage.poll();
  await stage.enqueue(
    3,
    inCircle({ graph, touched: { vpc: 'modified' }, code: code({ vpc: 'three' }), authors: [bob] }),
  );
  expect(await stage.poll()).toBe('idle');
  const delivery = await cydPushes(stage, { vpc: 'modified' }, code({ vpc: 'four' }));
  expect(await excluded(stage, delivery, 'vpc')).toEqual([cyd, bob]);
});

test('what reads an output that was applied unexpectedly, and was not in that delivery, counts for its authors', async () => {
  const wide = { ...graph, cron: ['vpc'] };
  const stage = new PipelineStage();
  stage.config = configWith({ approvals: { ...stage.config.approvals, authorMayApprove: false } });
  const all = { app: 'added', db: 'added', vpc: 'added', dns: 'added', cron: 'added' } as const;
  await stage.enqueue(1, { graph: wide, touched: all, code: code(), authors: [ada] });
  await stage.poll();
  await stage.execute(id(1));
  await stage.enqueue(2, { graph: wide, touched: { db: 'modified' }, code: code({ db: 'two' }), authors: [bob] });
  await stage.poll();
  await stage.execute(id(2), { vpc: 'applied', db: 'applied', app: 'applied' });
  await stage.enqueue(3, { graph: wide, touched: { dns: 'modified' }, code: code({ db: 'two' }), authors: [cyd] });
  await stage.poll();
  expect(await excluded(stage, id(3), 'cron')).toEqual([cyd, bob]);
});

test('where authors may approve, nobody is excluded', async () => {
  const stage = await afterBob(open);
  stage.config = configWith({});
  const delivery = await cydPushes(stage, { dns: 'modified' });
  expect(await excluded(stage, delivery, 'vpc')).toEqual([]);
});

test('whatever happens to whose commits, whoever wrote what a unit would get may not approve it', async () => {
  const units = Object.keys(graph) as (keyof typeof graph)[];
  const outcomes = ['applied', 'unchanged', 'declined', 'cancelled', 'failed', 'rolled-back'] as const;
  const push = fc.record({
    author: fc.constantFrom(ada, bob, cyd),
    touches: fc.subarray(units, { minLength: 1 }),
    back: fc.boolean(),
    aside: fc.boolean(),
    ended: fc.record(Object.fromEntries(units.map((unit) => [unit, fc.constantFrom(...outcomes)]))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(push, { minLength: 2, maxLength: 8 }), async (pushes) => {
      const stage = new PipelineStage();
      stage.config = configWith({ approvals: { ...stage.config.approvals, authorMayApprove: false } });
      const now = code() as Record<string, string>;
      const applied: Record<string, string> = {};
      const wrote = new Map(units.map((unit) => [unit, new Set<string>()]));
      for (const [index, { author, touches, back, aside, ended }] of pushes.entries()) {
        const sequence = index + 1;
        for (const unit of touches) {
          now[unit] = (back && applied[unit]) || `${sequence}`;
          if (now[unit] === applied[unit]) wrote.get(unit)?.clear();
          else wrote.get(unit)?.add(author);
        }
        const touched = Object.fromEntries(touches.map((unit) => [unit, 'modified' as const]));
        const facts = { graph, touched, code: now, authors: [author], base: commit('c0') };
        await stage.enqueue(sequence, aside ? inCircle(facts) : facts);
        await stage.poll();
        if (stage.pointer.running?.delivery !== id(sequence)) continue;
        for (const { path } of stage.delivery(id(sequence)).units) {
          const rules = new Set(await excluded(stage, id(sequence), path));
          expect([...(wrote.get(path as keyof typeof graph) ?? [])].filter((one) => !rules.has(one))).toEqual([]);
          const outcome = ended[path];
          if (outcome !== 'applied' && outcome !== 'unchanged') continue;
          applied[path] = now[path] ?? '';
          wrote.get(path as keyof typeof graph)?.clear();
        }
        await stage.execute(id(sequence), ended);
      }
    }),
    { numRuns: 60 },
  );
});
