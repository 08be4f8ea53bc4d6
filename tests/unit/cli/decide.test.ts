import { jest } from '@jest/globals';
import { ask } from '../../../src/approval/ask.ts';
import type { CommandInput } from '../../../src/cli/command.ts';
import { type Deciding, decideOn } from '../../../src/cli/commands/decide.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { type Decision, type DecisionKind, noEffects, type RunResult } from '../../../src/model.ts';
import { Approvals, delivery } from '../../support/approvals.ts';

const first = 'a'.repeat(64);
const second = 'b'.repeat(64);
const paths = ['prod/network', 'prod/data,base', 'prod/app'];

/** Somebody at the command line of a delivery whose units have all been planned, and ask. */
class CommandLine {
  readonly approvals: Approvals;
  readonly given: Decision[] = [];
  readonly asked: string[] = [];
  /** What is said at the terminal; null where there is none. */
  answer: boolean | null = true;
  /** The unit whose state is another one than before, if any. */
  elsewhere: string | undefined;
  /** What happens while the question is open. */
  meanwhile = async () => {};
  out = '';
  errors = '';

  constructor(approvals: Approvals) {
    this.approvals = approvals;
  }

  static async start(planned: Partial<RunResult> = {}, units = paths): Promise<CommandLine> {
    const touched = Object.fromEntries(paths.map((path) => [path, 'added' as const]));
    const graph = Object.fromEntries(paths.map((path) => [path, []]));
    const line = new CommandLine(await Approvals.start({}, { graph, touched }));
    for (const unit of units) await line.plan(unit, first, planned);
    return line;
  }

  async plan(unit: string, plan: string, planned: Partial<RunResult> = {}): Promise<void> {
    const { stage } = this.approvals;
    await stage.built(delivery, unit, { action: 'plan', outcome: 'planned', plan, ...planned });
    await stage.bucket.remove(bucketKeys.request(delivery, unit));
    await ask(this.approvals.approvalOf(unit, `token of ${unit}, ${plan}`, plan), this.approvals.context());
  }

  async type(kind: DecisionKind, words: string[], options: CommandInput['options'] = {}): Promise<number> {
    const context: Deciding = {
      bucket: this.approvals.stage.bucket,
      give: (decision) => {
        this.given.push(decision);
        return this.approvals.decide(decision);
      },
      ask:
        this.answer === null
          ? undefined
          : async (question) => {
              this.asked.push(question);
              await this.meanwhile();
              return this.answer === true;
            },
    };
    const write = (to: 'out' | 'errors') => (text: unknown) => {
      this[to] += String(text);
      return true;
    };
    const streams = [
      jest.spyOn(process.stdout, 'write').mockImplementation(write('out')),
      jest.spyOn(process.stderr, 'write').mockImplementation(write('errors')),
    ];
    try {
      const stored = this.approvals.stage.delivery(delivery);
      const other = (path: string) => (path === this.elsewhere ? { stateBefore: 'local path=/states/old' } : {});
      const described = { ...stored, units: stored.units.map((unit) => ({ ...unit, ...other(unit.path) })) };
      return await decideOn(described, kind, { positionals: words, options }, context);
    } finally {
      for (const stream of streams) stream.mockRestore();
    }
  }
}

describe('live-ci approve', () => {
  const planned = {
    counts: { ...noEffects, add: 2, destroy: 23 },
    destroys: [
      { address: 'aws_db_instance.orders', replaced: true },
      { address: 'aws_s3_bucket.logs', replaced: false },
    ],
    outputsChanged: ['endpoint'],
    warnings: ['check.size fails: Too small.'],
  };

  test('shows what the plan does, with what is destroyed by name, and asks', async () => {
    const line = await CommandLine.start(planned);
    expect(await line.type('approve', ['prod/network'])).toBe(0);
    expect(line.out.split('\n')).toEqual([
      'prod/network  +2 ~0 -23, outputs: endpoint, 1 warning',
      '  replaces aws_db_instance.orders',
      '  destroys aws_s3_bucket.logs',
      '  destroys 21 more',
      '  warns: check.size fails: Too small.',
      `  plan ${first}`,
      'prod/network: approved.',
      '',
    ]);
    expect(line.asked).toEqual(['Approve prod/network, and destroy 23 resources?']);
  });

  test('decides nothing when the answer is no', async () => {
    const line = await CommandLine.start();
    line.answer = false;
    expect(await line.type('approve', ['prod/network'])).toBe(1);
    expect(line.given).toEqual([]);
  });

  test.each([
    ['with --yes', {}, { yes: true }],
    ['with --plan', {}, { plan: first.slice(0, 8) }],
    ['where there is no terminal', { answer: null }, {}],
  ])('approves the plan that it has printed without asking %s', async (_, who, options) => {
    const line = Object.assign(await CommandLine.start(), who);
    expect(await line.type('approve', ['prod/network'], options)).toBe(0);
    expect(line.asked).toEqual([]);
    expect(line.out).toContain(`plan ${first}`);
    expect(line.given).toEqual([{ delivery, unit: 'prod/network', decision: 'approve', plan: first }]);
  });

  describe('of a unit whose state is another one now', () => {
    test('says so, and asks about it', async () => {
      const line = await CommandLine.start({ heldBefore: 14 });
      line.elsewhere = 'prod/network';
      expect(await line.type('approve', ['prod/network'])).toBe(0);
      expect(line.out).toContain(
        '  its state is another one now: 14 resources stay in the old one (local path=/states/old)\n',
      );
      expect(line.asked).toEqual(['Approve prod/network, in another state than before?']);
    });

    test.each([
      ['with --yes', {}, { yes: true }],
      ['where there is no terminal', { answer: null }, {}],
    ])('takes an approval that is for it alone %s, and none for several', async (_, who, options) => {
      const line = Object.assign(await CommandLine.start(), who);
      line.elsewhere = 'prod/network';
      await expect(line.type('approve', ['prod/app', 'prod/network'], options)).rejects.toThrow(
        'prod/network: its state is another one now: what the old one holds stays in it (local path=/states/old); approve that unit by itself.',
      );
      expect(line.given).toEqual([]);
      expect(await line.type('approve', ['prod/network'], options)).toBe(0);
      expect(line.out).toContain('its state is another one now');
      expect(line.given).toHaveLength(1);
    });
  });

  test('approves no plan that was made while it asked', async () => {
    const line = await CommandLine.start();
    line.meanwhile = () => line.plan('prod/network', second);
    await expect(line.type('approve', ['prod/network'])).rejects.toThrow(
      'has another plan by now than the one that this decision is about',
    );
    expect(line.approvals.request('prod/network').answer).toBeNull();
  });

  test('of a plan that is another one by now is refused, and names the one that is there', async () => {
    const line = await CommandLine.start();
    await line.plan('prod/network', second);
    await expect(line.type('approve', ['prod/network'], { plan: first })).rejects.toThrow(
      `Unit prod/network has another plan by now, ${second}; look at it with live-ci plan, and decide again.`,
    );
    expect(line.given).toEqual([]);
  });

  test.each([
    ['abc', ['prod/network'], 'at least its first 8 digits'],
    ['xyz'.repeat(8), ['prod/network'], 'is the SHA-256 of a plan'],
    [first, ['prod/network', 'prod/app'], '--plan names the plan of one unit'],
  ])('takes no plan that could be several: %s of %j', async (plan, units, sentence) => {
    const line = await CommandLine.start();
    await expect(line.type('approve', units, { plan })).rejects.toThrow(sentence);
    expect(line.given).toEqual([]);
  });

  test('asks once about several, and what is refused does not keep the others back', async () => {
    const line = await CommandLine.start();
    await line.approvals.decide({ unit: 'prod/app', decision: 'replan' });
    expect(await line.type('approve', ['app', 'network/', './prod/network', 'prod/data,base'])).toBe(1);
    expect(line.asked).toEqual(['Approve these 3 units?']);
    expect(line.errors).toContain('live-ci: Unit prod/app is not waiting for a decision');
    expect(line.out).toContain('prod/network: approved.');
    expect(line.out).toContain('prod/data,base: approved.');
  });

  test('of a unit without a plan is refused, so that none is approved that comes a moment later', async () => {
    const line = await CommandLine.start({}, []);
    await expect(line.type('approve', ['prod/app'])).rejects.toThrow('Unit prod/app is not waiting for a decision');
    expect(line.given).toEqual([]);
  });

  test('prints JSON alone for programs, with the plan', async () => {
    const line = await CommandLine.start();
    expect(await line.type('approve', ['prod/app'], { json: true, yes: true })).toBe(0);
    expect(JSON.parse(line.out)).toMatchObject({
      delivery,
      unit: 'prod/app',
      plan: first,
      done: 'prod/app: approved.',
    });
  });
});

describe('live-ci decline', () => {
  test.each(['decline', 'replan'] as const)('names the plan that is there: %s', async (kind) => {
    const line = await CommandLine.start();
    expect(await line.type(kind, ['network'], { comment: 'not today' })).toBe(0);
    const decision = { delivery, unit: 'prod/network', decision: kind, plan: first, comment: 'not today' };
    expect(line.given).toEqual([decision]);
    expect(line.asked).toEqual([]);
  });

  test.each([
    ['once for each', { unit: ['network', 'prod/data,base'] }, ['prod/network', 'prod/data,base']],
    ['with commas between them', { units: ['prod/network,app'] }, ['prod/network', 'prod/app']],
    ['with a path that has a comma', { units: ['prod/data,base', 'app'] }, ['prod/data,base', 'prod/app']],
  ])('lists what to roll back %s', async (_, options, units) => {
    const line = await CommandLine.start();
    await line.approvals.decide({ unit: 'prod/app', decision: 'approve', plan: first });
    await line.approvals.askForRollback({ 'prod/app': 'half applied' });
    expect(await line.type('decline', [], options)).toBe(0);
    expect(line.given).toEqual([{ delivery, decision: 'decline', rollback: 'selective', units }]);
    expect(line.approvals.chosen?.units.toSorted()).toEqual(units.toSorted());
  });

  describe('with a rollback choice', () => {
    const counts = { ...noEffects, change: 2, destroy: 1 };
    const destroys = [{ address: 'aws_db.main', replaced: true }];

    /** `prod/app` has failed half way; the other units wait. */
    async function afterFailure(): Promise<CommandLine> {
      const line = await CommandLine.start({ counts, destroys });
      await line.approvals.decide({ unit: 'prod/app', decision: 'approve', plan: first });
      const failed = { action: 'apply', outcome: 'failed', plan: first, error: 'It failed.' } as const;
      await line.approvals.stage.built(delivery, 'prod/app', failed);
      return line;
    }
    const back =
      '  prod/app: destroyed: this delivery has made it. To be expected: changes 2 back; replaces again aws_db.main. Its plan is asked about before it is carried out.';

    test('of a unit shows what it would do, and asks', async () => {
      const line = await afterFailure();
      expect(await line.type('decline', ['network'], { rollback: 'all' })).toBe(0);
      expect(line.out.split('\n')).toEqual(['What that would do now:', back, 'prod/network: declined.', '']);
      expect(line.asked).toEqual(['Decline prod/network, and roll back one unit?']);
    });

    test('of a delivery shows what stays and what that leads to, and asks', async () => {
      const line = await afterFailure();
      await line.approvals.askForRollback({ 'prod/app': 'half applied' });
      expect(await line.type('decline', [], { rollback: 'none' })).toBe(0);
      expect(line.out).toContain(
        '  Nothing is rolled back.\n  Stays as this delivery applied it: prod/app, prod/data,base, prod/network\n  Halts the pipeline',
      );
      expect(line.asked).toEqual(['Answer so, and roll back nothing?']);
      expect(line.given).toEqual([{ delivery, decision: 'decline', rollback: 'none' }]);
    });

    test('decides nothing when the answer is no', async () => {
      const line = Object.assign(await afterFailure(), { answer: false });
      expect(await line.type('decline', ['network'], { rollback: 'all' })).toBe(1);
      expect(line.given).toEqual([]);
    });

    test.each([
      ['with --yes', {}, { yes: true }],
      ['where there is no terminal', { answer: null }, {}],
    ])('shows it and asks nobody %s', async (_, who, options) => {
      const line = Object.assign(await afterFailure(), who);
      expect(await line.type('decline', ['network'], { rollback: 'all', ...options })).toBe(0);
      expect(line.asked).toEqual([]);
      expect(line.out).toContain(back);
    });

    test('has it as data for programs', async () => {
      const line = Object.assign(await afterFailure(), { answer: null });
      await line.type('decline', ['network'], { rollback: 'all', json: true });
      const expected = ['changes 2 back', 'replaces again aws_db.main'];
      expect(JSON.parse(line.out)).toMatchObject({
        unit: 'prod/network',
        preview: { units: [{ path: 'prod/app', destroyed: true, expected, asks: true }], notes: [] },
      });
    });
  });

  test.each<[string, string[], CommandInput['options'], string]>([
    ['nothing', [], {}, 'say what to roll back: --rollback none, current, dependencies, all or selective'],
    ['an unknown choice', [], { rollback: 'everything' }, '--rollback everything is no choice; it is none, current,'],
    ['a misspelt choice', [], { rollback: 'al' }, '--rollback al is no choice; did you mean all?'],
    ['no units', ['app'], { rollback: 'selective' }, 'needs the units to roll back: --unit UNIT'],
    [
      'units that nothing is done with',
      ['app'],
      { rollback: 'all', unit: ['app'] },
      'with --rollback selective only, and not with all',
    ],
    ['a comment of a page', ['app'], { comment: 'x'.repeat(3000) }, '--comment Too big'],
    ['a misspelt unit', ['ap'], {}, 'has no unit ap; did you mean prod/app?'],
  ])('with %s is answered with a sentence', async (_, words, options, sentence) => {
    const line = await CommandLine.start();
    await expect(line.type('decline', words, options)).rejects.toThrow(sentence);
    expect(line.given).toEqual([]);
  });
});
