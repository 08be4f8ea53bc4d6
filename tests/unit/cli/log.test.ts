import { lastLog, steps } from '../../../src/cli/commands/log.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import type { RunResult } from '../../../src/model.ts';
import { changeSetOf, commit, enqueued } from '../../support/change-set.ts';
import { type Ended, PipelineStage } from '../../support/pipeline-stage.ts';

const id = (sequence: number) => `${commit(`c${sequence}`).slice(0, 12)}-1`;
const graph = { 'prod/network': [], 'prod/app': [] };
type Build = [unit: string, action: RunResult['action'], outcome: RunResult['outcome']];

/** Deliveries that have ended so, each with the builds that it had. */
async function delivered(
  ...deliveries: { ended: Ended; builds: Build[]; touched?: string[]; subject?: string }[]
): Promise<PipelineStage> {
  const stage = new PipelineStage();
  for (const [index, { ended, builds, touched = ['prod/network'], subject = 'a change' }] of deliveries.entries()) {
    const sequence = index + 1;
    const code = Object.fromEntries(Object.keys(graph).map((path) => [path, `version ${sequence}`]));
    const changed = Object.fromEntries(touched.map((path) => [path, 'modified' as const]));
    const changeSet = changeSetOf(sequence, { graph, touched: changed, code });
    await enqueued({ ...changeSet, subject }, stage.bucket, stage.queue);
    await stage.poll();
    for (const [unit, action, outcome] of builds) {
      await stage.built(id(sequence), unit, { action, outcome });
      await stage.bucket.write(bucketKeys.log(id(sequence), unit, action), `${action} of ${sequence}`);
    }
    await stage.execute(id(sequence), ended);
    await stage.poll();
  }
  return stage;
}

const shown = async (stage: PipelineStage, said = 'network', delivery?: string) => {
  const { text, ended } = await lastLog(said, delivery, steps, stage.bucket);
  return `${text}${ended}`;
};
const planned: Build[] = [['prod/network', 'plan', 'planned']];
const failed: Build[] = [...planned, ['prod/network', 'apply', 'failed']];

describe('the log of a unit', () => {
  test('is of its last build', async () => {
    const stage = await delivered({ ended: {}, builds: [...planned, ['prod/network', 'apply', 'applied']] });
    expect(await shown(stage)).toBe('apply of 1');
    expect(await lastLog('network', undefined, ['plan'], stage.bucket)).toMatchObject({
      delivery: id(1),
      step: 'plan',
    });
  });

  test('is of the newest delivery that has the unit', async () => {
    const app: Build[] = [['prod/app', 'plan', 'unchanged']];
    const stage = await delivered({ ended: {}, builds: planned }, { ended: {}, builds: app, touched: ['prod/app'] });
    expect(await shown(stage)).toBe('plan of 1');
  });

  test('is of the build that failed, as long as the unit is left open, whatever was looked at since', async () => {
    const open = await delivered(
      { ended: { 'prod/network': 'failed' }, builds: failed },
      { ended: { 'prod/network': 'cancelled' }, builds: planned },
    );
    expect(await shown(open)).toBe('apply of 1, which failed');
    const mended = await delivered(
      { ended: { 'prod/network': 'failed' }, builds: failed },
      { ended: {}, builds: planned },
    );
    expect(await shown(mended)).toBe('plan of 2');
  });

  test('is of the delivery that is named', async () => {
    const stage = await delivered({ ended: {}, builds: planned }, { ended: {}, builds: planned });
    expect(await shown(stage, 'network', id(1))).toBe('plan of 1');
    await expect(shown(stage, 'netwrok', id(1))).rejects.toThrow(`Delivery ${id(1)} has no unit netwrok; did you mean`);
    await expect(shown(stage, 'nowhere', id(1))).rejects.toThrow('has no unit nowhere');
  });

  test('of a build that has left no result says so', async () => {
    const stage = await delivered({ ended: {}, builds: [] });
    await stage.bucket.write(bucketKeys.log(id(1), 'prod/network', 'plan'), 'began');
    expect(await shown(stage)).toBe('began, which has left no result');
  });

  test.each([
    [
      'of a unit that was never delivered is an error that says which there are',
      'netwrok',
      'did you mean prod/network?',
    ],
    ['that there is not is an error', 'network', 'Unit prod/network has no log in the last 1 deliveries'],
  ])('%s', async (_, said, sentence) => {
    await expect(shown(await delivered({ ended: {}, builds: [] }), said)).rejects.toThrow(sentence);
  });

  test('before anything was delivered is an error that says so', async () => {
    await expect(shown(new PipelineStage())).rejects.toThrow('Nothing was delivered yet');
  });
});
