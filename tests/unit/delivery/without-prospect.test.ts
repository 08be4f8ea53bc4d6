import { status } from '../../../src/delivery/status.ts';
import { withoutProspect } from '../../../src/delivery/without-prospect.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { commit } from '../../support/change-set.ts';
import { configWith } from '../../support/config.ts';
import { settings, statesOf } from '../../support/definition.ts';
import { PipelineStage } from '../../support/pipeline-stage.ts';

const id = (sequence: number) => `${commit(`c${sequence}`).slice(0, 12)}-1`;
const errors = { 'dev/db': 'dev/db/main.tf:3:1: expected "}"' };
const graph = { 'dev/vpc': [], 'dev/db': ['dev/vpc'], 'dev/app': ['dev/db'], 'dev/dns': [], 'prod/dns': [] };
const everything = Object.fromEntries(Object.keys(graph).map((path) => [path, 'added' as const]));

/** A delivery of all of it, by stages. */
async function delivered() {
  const stage = new PipelineStage();
  stage.config = configWith({ stages: ['dev', 'prod'] });
  await stage.enqueue(1, { graph, touched: everything, errors });
  await stage.poll();
  return stage;
}

test('one that can not be understood comes after nothing, and what comes after it has no prospect either', async () => {
  const { units } = (await delivered()).delivery(id(1));
  expect(units.map(({ path, after, error }) => [path, after, error])).toEqual([
    ['dev/db', [], errors['dev/db']],
    ['dev/app', ['dev/db'], undefined],
    ['dev/dns', [], undefined],
    ['dev/vpc', [], undefined],
    ['prod/dns', [], undefined],
  ]);
  expect([...withoutProspect(units)]).toEqual(['dev/db', 'dev/app']);
});

test('it has a state of its own in the definition, and no say in whether a stage ended well', async () => {
  const states = new Map(statesOf(buildPipeline((await delivered()).delivery(id(1)), settings)));
  expect(states.get('Error dev/db')).toMatchObject({
    Type: 'Pass',
    Comment: errors['dev/db'],
    Result: { outcome: 'failed' },
  });
  expect([...states.keys()].filter((name) => name.endsWith('dev/db') && name !== 'Rollback dev/db')).toEqual([
    'Error dev/db',
  ]);
  const well = JSON.stringify(states.get('Ended well? dev'));
  expect(well).not.toContain('u1.r.ok');
  expect(well).toContain('u3.r.ok');
  expect(well).toContain('"Next":"Stage prod"');
});

test('it is shown as failed with its error from the start, and what reads it as cancelled', async () => {
  const stage = await delivered();
  const { delivery } = await status(stage.bucket);
  expect(delivery?.units.map(({ path, state, error }) => [path, state, error])).toEqual([
    ['dev/db', 'failed', errors['dev/db']],
    ['dev/app', 'cancelled', null],
    ['dev/dns', 'planning', null],
    ['dev/vpc', 'planning', null],
    ['prod/dns', 'waiting', null],
  ]);
});

test('it is carried until it can be understood, although its code is as applied, and is then as any other', async () => {
  const stage = new PipelineStage();
  await stage.enqueue(1, { graph, touched: everything });
  await stage.poll();
  await stage.execute(id(1));
  await stage.enqueue(2, { graph, touched: { 'dev/db': 'modified' }, errors });
  await stage.poll();
  await stage.execute(id(2), { 'dev/db': 'failed', 'dev/app': 'cancelled', 'dev/vpc': 'unchanged' });
  await stage.enqueue(3, { graph, touched: { 'prod/dns': 'modified' }, code: { 'prod/dns': 'new' }, errors });
  await stage.poll();
  const third = stage.delivery(id(3)).units;
  expect(third.map(({ path, change, error }) => [path, change, error])).toEqual([
    ['dev/db', 'carried', errors['dev/db']],
    ['prod/dns', 'modified', undefined],
  ]);
  await stage.execute(id(3), { 'dev/db': 'failed' });
  await stage.enqueue(4, { graph, touched: {} });
  await stage.poll();
  expect(stage.delivery(id(4)).units).toEqual([]);
});

test('one that is left alone is not brought in as a dependency, and brings nothing in itself', async () => {
  const stage = new PipelineStage();
  stage.config = configWith({ dependencies: 'include', dependents: 'include' });
  const wide = { ...graph, 'dev/cron': ['dev/app'] };
  await stage.enqueue(1, { graph: wide, touched: { 'dev/app': 'modified' }, errors });
  await stage.poll();
  expect(stage.delivery(id(1)).units.map(({ path }) => path)).toEqual(['dev/app', 'dev/cron']);
  const other = new PipelineStage();
  await other.enqueue(1, { graph: wide, touched: { 'dev/vpc': 'modified' }, errors });
  await other.poll();
  expect(other.delivery(id(1)).units.map(({ path, error }) => [path, error])).toEqual([
    ['dev/db', errors['dev/db']],
    ['dev/vpc', undefined],
  ]);
});
