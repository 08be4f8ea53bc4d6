import { ask } from '../../../src/approval/ask.ts';
import { unitRequestSchema } from '../../../src/approval/request.ts';
import { reconsiderUnits } from '../../../src/cli/commands/reconsider.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { replay } from '../../../src/delivery/halted.ts';
import { status } from '../../../src/delivery/status.ts';
import { Approvals } from '../../support/approvals.ts';
import { commit } from '../../support/change-set.ts';
import { CutOff, cutOffAtEveryCall, type Process } from '../../support/cut-off.ts';
import { type Ended, PipelineStage, recordsOf } from '../../support/pipeline-stage.ts';

const id = (sequence: number, attempt = 1) => `${commit(`c${sequence}`).slice(0, 12)}-${attempt}`;
const graph = { db: [], dns: [], app: ['db'] };
const [ada, same, other] = ['ada@example.org', 'c'.repeat(64), 'd'.repeat(64)];

/** Everything is applied; then the second push changes db, which ada declines with a reason. */
class Story {
  readonly stage = new PipelineStage();
  readonly approvals = new Approvals(this.stage);

  static async declined(comment = 'not on a Monday', decline = true): Promise<Story> {
    const story = new Story();
    await story.push(1, { db: 'added', dns: 'added', app: 'added' }, 'one');
    await story.end(1, {});
    await story.push(2, { db: 'modified' }, 'two');
    await story.asks(2, 'db', same);
    if (decline)
      await story.decide(2, { unit: 'db', decision: 'decline', rollback: 'none', ...(comment ? { comment } : {}) });
    await story.end(2, { db: 'declined', app: 'cancelled' });
    return story;
  }

  async push(sequence: number, touched: Record<string, 'added' | 'modified' | 'deleted'>, version: string) {
    const gone = Object.keys(touched).filter((path) => touched[path] === 'deleted');
    const now = Object.fromEntries(Object.entries(graph).filter(([path]) => !gone.includes(path)));
    const code = { db: version, dns: `dns ${sequence}`, app: 'one' };
    await this.stage.enqueue(sequence, { graph: now, touched, code, before: graph });
    await this.stage.poll();
  }

  /** Its plan is made, and asks. */
  async asks(sequence: number, unit: string, content: string | null, process?: Process, attempt = 1) {
    const [delivery, plan] = [id(sequence, attempt), 'a'.repeat(64)];
    await this.stage.built(delivery, unit, { action: 'plan', outcome: 'planned', plan, content });
    const asked = this.approvals.approvalOf(unit, `token of ${unit} in ${delivery}`, plan);
    await ask({ ...asked, delivery }, this.approvals.context(process));
  }

  decide(sequence: number, decision: object, attempt = 1) {
    return this.approvals.decide({ delivery: id(sequence, attempt), ...decision }, this.approvals.context(), ada);
  }

  async end(sequence: number, ended: Ended, attempt = 1): Promise<void> {
    await this.stage.execute(id(sequence, attempt), ended);
    await this.stage.poll();
  }

  request(sequence: number, unit: string, attempt = 1) {
    const text = this.stage.bucket.text(bucketKeys.request(id(sequence, attempt), unit));
    return unitRequestSchema.parse(JSON.parse(text ?? 'null'));
  }

  answered(sequence: number, unit: string, attempt = 1): string | undefined {
    return this.request(sequence, unit, attempt).answer?.result.outcome;
  }

  async asksForRollback(sequence: number, ended: Ended): Promise<unknown> {
    const [delivery, token] = [id(sequence), `token of the rollback of ${id(sequence)}`];
    this.stage.stepFunctions.wait(token);
    await this.stage.leaveHalfApplied(delivery, ended);
    const outcomes = recordsOf(this.stage.delivery(delivery), ended);
    await ask({ ask: 'rollback', delivery, token, outcomes }, this.approvals.context());
    return (this.stage.stepFunctions.answers.get(token) as { result: { rollback: string } } | undefined)?.result
      .rollback;
  }

  get remembered() {
    return this.stage.pointer.carried.find(({ path }) => path === 'db')?.declined;
  }
}

describe('a unit that was declined, in the next delivery', () => {
  test('is not asked about again: it is declined as before, by whom, when and why', async () => {
    const story = await Story.declined();
    expect(story.remembered).toMatchObject({ delivery: id(2), content: same, voter: ada, comment: 'not on a Monday' });
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(story.request(3, 'db')).toMatchObject({
      remembered: id(2),
      given: { voter: ada, decision: { comment: 'not on a Monday' } },
      answer: {
        result: {
          outcome: 'declined',
          why: 'declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a Monday”; nothing of it has changed since',
        },
      },
    });
    expect(story.approvals.stage.stepFunctions.answers.get(`token of db in ${id(3)}`)).toMatchObject({
      result: { outcome: 'declined' },
    });
    const db = (await status(story.stage.bucket)).delivery?.units.find(({ path }) => path === 'db');
    expect(db).toMatchObject({ state: 'declined', decided: { voter: ada, remembered: id(2) } });
  });

  test('takes nothing back that waits beside it, and asks nobody what to roll back', async () => {
    const story = await Story.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'dns', other);
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'dns')).toBeUndefined();
    expect((await story.decide(3, { unit: 'dns', decision: 'approve' })).done).toBe('dns: approved.');
    expect(await story.asksForRollback(3, { dns: 'applied', db: 'declined', app: 'cancelled' })).toBe('none');
  });

  test('stays so for as long as nothing changes, with the decline that was given', async () => {
    const story = await Story.declined();
    for (const sequence of [3, 4]) {
      await story.push(sequence, { dns: 'modified' }, 'two');
      await story.asks(sequence, 'db', same);
      await story.end(sequence, { db: 'declined', app: 'cancelled' });
    }
    await story.push(5, { dns: 'modified' }, 'two');
    // Not asked about this time: something before it was in the way.
    await story.end(5, { db: 'cancelled', app: 'cancelled' });
    expect(story.remembered).toMatchObject({ delivery: id(2), voter: ada });
  });

  test.each<[string, (story: Story) => Promise<void>]>([
    ['its plan does something else', (story) => story.asks(3, 'db', other)],
    ['nobody knows what its plan does', (story) => story.asks(3, 'db', null)],
  ])('is asked about when %s', async (_, asks) => {
    const story = await Story.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await asks(story);
    expect(story.answered(3, 'db')).toBeUndefined();
    await story.decide(3, { unit: 'db', decision: 'approve' });
    await story.end(3, { db: 'failed', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test('is asked about when its code is another one, whatever its plan does', async () => {
    const story = await Story.declined();
    await story.push(3, { db: 'modified' }, 'three');
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBeUndefined();
    await story.end(3, { db: 'cancelled', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test('is forgotten with the code that was declined, also when nobody came to ask about the new one', async () => {
    const story = await Story.declined();
    await story.push(3, { db: 'modified' }, 'three');
    await story.end(3, { db: 'cancelled', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test('that was to be destroyed is not asked about again either', async () => {
    const story = new Story();
    await story.push(1, { db: 'added', dns: 'added', app: 'added' }, 'one');
    await story.end(1, {});
    await story.push(2, { app: 'deleted' }, 'one');
    await story.asks(2, 'app', same);
    await story.decide(2, { unit: 'app', decision: 'decline' });
    await story.end(2, { app: 'declined' });
    await story.stage.enqueue(3, { graph: { db: [], dns: [] }, touched: { dns: 'modified' }, code: { dns: 'dns 3' } });
    await story.stage.poll();
    await story.asks(3, 'app', same);
    expect(story.answered(3, 'app')).toBe('declined');
  });

  test('that nobody answered in time is asked about', async () => {
    const story = await Story.declined('', false);
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBeUndefined();
  });

  test('is cancelled with everything else when the delivery was', async () => {
    const story = await Story.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.decide(3, { decision: 'cancel' });
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBe('cancelled');
  });

  test('does not answer the question of what to roll back when something else went wrong', async () => {
    const story = await Story.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(await story.asksForRollback(3, { dns: 'half applied', db: 'declined', app: 'cancelled' })).toBeUndefined();
  });

  test('leaves the choice to who declines something else', async () => {
    const story = await Story.declined();
    await story.push(3, { dns: 'modified', app: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    await story.asks(3, 'dns', other);
    await story.decide(3, { unit: 'dns', decision: 'decline', rollback: 'all' });
    expect(await story.asksForRollback(3, { dns: 'declined', db: 'declined', app: 'applied' })).toBe('all');
  });

  test('is remembered by the next attempt at the same commit', async () => {
    const story = await Story.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    await story.end(3, { dns: 'half applied', db: 'declined', app: 'cancelled' });
    expect((await replay(story.stage.bucket)).units.map(({ path, declined }) => [path, declined?.delivery])).toEqual(
      expect.arrayContaining([
        ['db', id(2)],
        ['dns', undefined],
      ]),
    );
  });

  test('is answered wherever the asking is cut off', async () => {
    await cutOffAtEveryCall(async (process) => {
      const story = await Story.declined();
      await story.push(3, { dns: 'modified' }, 'two');
      await story.asks(3, 'db', same, process).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
        return story.asks(3, 'db', same);
      });
      expect(story.answered(3, 'db')).toBe('declined');
    });
  });
});

describe('somebody who changes their mind', () => {
  test('is asked again by the next delivery', async () => {
    const story = await Story.declined();
    expect([...(await reconsiderUnits(['db'], story.stage.bucket)).keys()]).toEqual(['db']);
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    expect(story.answered(3, 'db')).toBeUndefined();
  });

  test('while it is declined as before is asked by the one after', async () => {
    const story = await Story.declined();
    await story.push(3, { dns: 'modified' }, 'two');
    await story.asks(3, 'db', same);
    await reconsiderUnits(['db'], story.stage.bucket);
    await story.end(3, { db: 'declined', app: 'cancelled' });
    expect(story.remembered).toBeUndefined();
  });

  test.each([
    ['app', 'No decline of app is remembered'],
    ['dns', 'What is left open has no unit dns'],
  ])('about a unit that nobody declined is told so: %s', async (unit, sentence) => {
    const story = await Story.declined();
    await expect(reconsiderUnits([unit], story.stage.bucket)).rejects.toThrow(sentence);
    expect(story.remembered).toBeDefined();
  });
});
