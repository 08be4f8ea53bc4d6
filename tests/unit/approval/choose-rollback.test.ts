import { ask } from '../../../src/approval/ask.ts';
import { chooseUnits, chosenBy, leftBehind, type Situation } from '../../../src/approval/choose-units.ts';
import { rollbackRequestSchema } from '../../../src/approval/request.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import type { RollbackChoice } from '../../../src/model.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { commit } from '../../support/change-set.ts';
import { CutOff, cutOffAtEveryCall } from '../../support/cut-off.ts';
import { deliveryOf } from '../../support/delivery.ts';

/** app reads db and cache, both read vpc; dns stands alone. */
const described = deliveryOf(commit('head'), [
  { path: 'vpc', base: commit('base') },
  { path: 'dns', base: commit('base') },
  { path: 'db', after: ['vpc'], base: commit('base') },
  { path: 'cache', after: ['vpc'], base: commit('base') },
  { path: 'app', after: ['db', 'cache'], base: commit('base') },
]);

describe('a rollback choice', () => {
  const situation: Situation = {
    delivery: described,
    modified: ['vpc', 'dns', 'db', 'cache', 'app'],
    troubled: ['db'],
  };
  const declined: Situation = { delivery: described, modified: ['vpc', 'dns', 'db', 'cache'], troubled: ['app'] };

  test.each<[RollbackChoice, Situation, string[], string[]]>([
    ['none', situation, [], []],
    ['current', situation, [], ['db']],
    ['current', declined, [], []],
    ['dependencies', situation, [], ['vpc', 'db']],
    ['dependencies', declined, [], ['vpc', 'db', 'cache']],
    ['all', situation, [], ['vpc', 'dns', 'db', 'cache', 'app']],
    ['all', declined, [], ['vpc', 'dns', 'db', 'cache']],
    ['selective', situation, ['cache', 'vpc'], ['vpc', 'cache']],
    ['selective', declined, ['app', 'dns'], ['dns']],
  ])('%s means the units that it says, as far as they were modified', (choice, given, listed, expected) => {
    expect(chooseUnits(choice, listed, given)).toEqual(expected);
  });

  describe('in a delivery that destroys', () => {
    /** dns and zone are destroyed, zone after dns, once web has let go; api has let go, too, and had nothing to change. mail was made. */
    const gone = { deleted: true, base: commit('base') };
    const destroying = deliveryOf(commit('head'), [
      { path: 'mail' },
      { path: 'web', base: commit('base'), readBefore: ['dns'] },
      { path: 'api', base: commit('base'), after: ['mail'], readBefore: ['mail', 'zone'] },
      { path: 'dns', ...gone, after: ['web'], dependencies: ['zone'] },
      { path: 'zone', ...gone, after: ['api', 'dns'] },
      { path: 'app', base: commit('base'), after: ['api'] },
    ]);
    const all: Situation = {
      delivery: destroying,
      modified: ['mail', 'web', 'dns', 'zone'],
      troubled: ['app'],
      unchanged: ['api'],
    };

    test('brings along what was destroyed and the older code reads, also through others, in the order of the delivery', () => {
      expect(chooseUnits('selective', ['web'], all)).toEqual(['web', 'dns', 'zone']);
      expect(chooseUnits('selective', ['zone', 'dns', 'web'], all)).toEqual(['web', 'dns', 'zone']);
      expect(chooseUnits('selective', ['web'], { ...all, modified: ['mail', 'zone', 'dns', 'web'] })).toEqual([
        'zone',
        'dns',
        'web',
      ]);
    });

    test('but nothing that was not destroyed in the end', () => {
      expect(chooseUnits('selective', ['web'], { ...all, modified: ['mail', 'web', 'dns'] })).toEqual(['web', 'dns']);
      expect(chooseUnits('selective', ['web'], { ...all, modified: ['mail', 'web'] })).toEqual(['web']);
    });

    test('takes nothing along for a unit that is meant and had nothing to change, and holds what that reads', () => {
      expect(chosenBy('dependencies', [], all)).toEqual({ units: [], held: new Map([['mail', 'api']]) });
    });
  });

  test('warns of what stays applied and reads what is rolled back, also through others', () => {
    expect(leftBehind(['vpc'], situation)).toEqual(['db', 'cache', 'app']);
    expect(leftBehind(['db'], situation)).toEqual(['app']);
    expect(leftBehind(['vpc', 'db', 'cache', 'app'], situation)).toEqual([]);
    expect(leftBehind(['app'], situation)).toEqual([]);
    expect(leftBehind(['dns'], situation)).toEqual([]);
  });
});

describe('the rollback question', () => {
  const failed = { vpc: 'applied', dns: 'applied', db: 'half applied', app: 'cancelled' } as const;

  test('waits when a unit failed, and says what can be rolled back', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback(failed);
    expect(approvals.chosen).toBeUndefined();
    const kept = approvals.stage.bucket.text(bucketKeys.rollbackRequest(delivery));
    expect(rollbackRequestSchema.parse(JSON.parse(kept ?? ''))).toMatchObject({
      modified: ['dns', 'vpc', 'db'],
      troubled: ['db'],
      answer: null,
    });
  });

  test('leaves out a unit whose apply was refused before it changed anything', async () => {
    const approvals = await Approvals.start();
    await approvals.stage.built(delivery, 'db', { action: 'apply', outcome: 'failed', plan: null });
    await approvals.askForRollback(failed);
    await expect(approvals.decide({ decision: 'decline', rollback: 'selective', units: ['db'] })).rejects.toThrow(
      'db was not applied by this delivery; what can be rolled back is dns, vpc.',
    );
  });

  test.each<[RollbackChoice, string[] | undefined, string[], string[]]>([
    ['none', undefined, [], []],
    ['current', undefined, ['db'], ['db']],
    ['dependencies', undefined, ['vpc', 'db'], ['db', 'vpc']],
    ['all', undefined, ['dns', 'vpc', 'db'], ['dns', 'db', 'vpc']],
    ['selective', ['db', 'dns'], ['dns', 'db'], ['dns', 'db']],
  ])('is answered with %s, and says in which order', async (rollback, units, expected, order) => {
    const approvals = await Approvals.start();
    await approvals.askForRollback(failed);
    const decided = await approvals.decide({ decision: 'decline', rollback, units });
    expect(approvals.chosen).toEqual({ rollback, units: expected });
    expect(decided.rollback).toEqual(order);
    expect(decided.done).toBe(order.length === 0 ? 'Nothing is rolled back.' : `Rolling back ${order.join(', ')}.`);
  });

  test('warns of a unit that stays applied although it reads what is rolled back', async () => {
    const touched = { app: 'modified', db: 'modified', vpc: 'modified', dns: 'modified' } as const;
    const graph = { app: ['db'], db: ['vpc'], vpc: [], dns: [] };
    const approvals = await Approvals.start({}, { graph, touched, base: commit('c0') });
    await approvals.askForRollback(failed);
    const decided = await approvals.decide({ decision: 'decline', rollback: 'selective', units: ['vpc'] });
    expect(decided).toMatchObject({ rollback: ['vpc'], warning: ['db'] });
  });

  test('refuses to destroy a unit that another one reads and that stays, and stays open', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback(failed);
    await expect(approvals.decide({ decision: 'decline', rollback: 'selective', units: ['vpc'] })).rejects.toThrow(
      'vpc would be destroyed, since this delivery has made it, while db reads it and stays; name db, too, if it can be rolled back, or leave vpc out.',
    );
    expect(approvals.chosen).toBeUndefined();
  });

  test('keeps such a unit when it was meant by another choice, and says so', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback({ ...failed, db: 'unchanged', app: 'failed' });
    const decided = await approvals.decide({ decision: 'decline', rollback: 'all' });
    expect(decided.done).toBe('Rolling back dns. Not destroyed, since they are read by units that stay: vpc.');
  });

  test('refuses a unit that was not applied, and stays open', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback(failed);
    await expect(approvals.decide({ decision: 'decline', rollback: 'selective', units: ['app'] })).rejects.toThrow(
      'app was not applied by this delivery; what can be rolled back is dns, vpc, db.',
    );
    expect(approvals.chosen).toBeUndefined();
    await approvals.decide({ decision: 'decline', rollback: 'current' });
    expect(approvals.chosen?.units).toEqual(['db']);
  });

  test('is not open while nothing went wrong', async () => {
    const approvals = await Approvals.start();
    await expect(approvals.decide({ decision: 'decline', rollback: 'all' })).rejects.toThrow(
      `Delivery ${delivery} is not waiting for a rollback choice; name a unit`,
    );
  });

  test('is answered once: the same again is fine, another choice is refused', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback(failed);
    const first = await approvals.decide({ decision: 'decline', rollback: 'current' });
    expect(await approvals.decide({ decision: 'decline', rollback: 'current' })).toEqual(first);
    await expect(approvals.decide({ decision: 'decline', rollback: 'all' })).rejects.toThrow(
      `The rollback of ${delivery} is chosen already: current.`,
    );
    expect(approvals.chosen).toEqual({ rollback: 'current', units: ['db'] });
  });

  test('that nobody answered in time takes no choice any more', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback(failed);
    approvals.stage.stepFunctions.expire('token of the rollback');
    await expect(approvals.decide({ decision: 'decline', rollback: 'all' })).rejects.toThrow('has expired');
  });

  test('is answered wherever the answer was cut off, when it is given again', async () => {
    await cutOffAtEveryCall(async (process) => {
      const approvals = await Approvals.start();
      await approvals.askForRollback(failed);
      const decision = { decision: 'decline', rollback: 'dependencies' };
      await approvals.decide(decision, approvals.context(process)).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
        return approvals.decide(decision);
      });
      expect(approvals.chosen).toEqual({ rollback: 'dependencies', units: ['vpc', 'db'] });
    });
  });

  test('that comes twice is one question, and its answer stands', async () => {
    const approvals = await Approvals.start();
    const question = approvals.rollbackOf(failed);
    await ask(question, approvals.context());
    await approvals.decide({ decision: 'decline', rollback: 'current' });
    await ask(question, approvals.context());
    await expect(approvals.decide({ decision: 'decline', rollback: 'all' })).rejects.toThrow('chosen already');
  });
});

describe('the rollback question is not asked', () => {
  const declined = { vpc: 'applied', dns: 'applied', db: 'declined', app: 'cancelled' } as const;

  test('when nothing was modified', async () => {
    const approvals = await Approvals.start();
    await approvals.askForRollback({ vpc: 'declined', dns: 'unchanged', db: 'cancelled', app: 'cancelled' });
    expect(approvals.chosen).toEqual({ rollback: 'none', units: [] });
  });

  test('when whoever declined has chosen already', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('db');
    await approvals.decide({ unit: 'db', decision: 'decline', rollback: 'selective', units: ['dns', 'app'] });
    await approvals.askForRollback(declined);
    expect(approvals.chosen).toEqual({ rollback: 'selective', units: ['dns'] });
  });

  test('but it is when the decline came without a choice', async () => {
    const approvals = await Approvals.start();
    await approvals.askFor('db');
    await approvals.decide({ unit: 'db', decision: 'decline' });
    await approvals.askForRollback(declined);
    expect(approvals.chosen).toBeUndefined();
    await approvals.decide({ decision: 'decline', rollback: 'dependencies' });
    expect(approvals.chosen).toEqual({ rollback: 'dependencies', units: ['vpc'] });
  });

  test.each([
    ['something else failed', { ...declined, dns: 'half applied' }],
    ['another unit was declined, too', { ...declined, dns: 'declined' }],
    ['it could not be asked about again after that', { ...declined, db: 'failed' }],
  ] as const)('but it is when %s', async (_, ended) => {
    const approvals = await Approvals.start();
    await approvals.askFor('db');
    await approvals.decide({ unit: 'db', decision: 'decline', rollback: 'all' });
    await approvals.askForRollback(ended);
    expect(approvals.chosen).toBeUndefined();
  });
});
