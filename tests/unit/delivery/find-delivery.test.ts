import { findDelivery } from '../../../src/delivery/find-delivery.ts';
import { commit } from '../../support/change-set.ts';
import { PipelineStage } from '../../support/pipeline-stage.ts';

const head = (sequence: number) => commit(`c${sequence}`).slice(0, 12);

/** Three pushes are delivered, the second in two attempts. */
async function delivered(): Promise<PipelineStage> {
  const stage = new PipelineStage();
  for (const sequence of [1, 2, 3]) {
    await stage.enqueue(sequence, { graph: { vpc: [] }, touched: { vpc: 'added' } });
    await stage.poll();
    await stage.execute(`${head(sequence)}-1`);
  }
  await stage.bucket.write(`deliveries/${head(2)}-2/delivery.json`, '{}');
  return stage;
}

describe('a delivery that is named', () => {
  test.each([
    ['by its id', `${head(2)}-1`, `${head(2)}-1`],
    ['by the beginning of its id', head(3).slice(0, 5), `${head(3)}-1`],
    ['by its commit, in full', commit('c3'), `${head(3)}-1`],
    ['by its commit, which means the newest attempt', head(2), `${head(2)}-2`],
    ['by a word that git knows', 'HEAD', `${head(3)}-1`],
  ])('is found %s', async (_, said, id) => {
    const { bucket } = await delivered();
    expect(await findDelivery(said, bucket, async (word) => (word === 'HEAD' ? commit('c3') : undefined))).toBe(id);
  });

  test('that could be several is an error', async () => {
    const { bucket } = await delivered();
    await bucket.write(`deliveries/${head(1).slice(0, 4)}00000000-1/delivery.json`, '{}');
    await expect(findDelivery(head(1).slice(0, 4), bucket)).rejects.toThrow(/could be .*, .*\. Say which/);
  });

  test.each(['0123456789ab-1', 'abc', 'main', 'vpc/\u001b[2J', head(1).slice(0, 3)])(
    'that there is not is an error that names the newest: %j',
    async (said) => {
      const { bucket } = await delivered();
      const error = await findDelivery(said, bucket).catch(String);
      expect(error).toContain('There is no delivery');
      expect(error).toContain(`the newest are ${head(3)}-1, ${head(2)}-2, ${head(2)}-1, ${head(1)}-1.`);
      expect(error).not.toContain('\u001b');
    },
  );

  test('before anything was delivered is an error that says so', async () => {
    await expect(findDelivery('0123', new PipelineStage().bucket)).rejects.toThrow('nothing was delivered yet');
  });
});
