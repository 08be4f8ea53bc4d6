import { ask } from '../../../src/approval/ask.ts';
import type { Message } from '../../../src/notifications/messages.ts';
import { tellEnd, tellWaiting } from '../../../src/notifications/tell.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { CutOff, cutOffAtEveryCall, Process } from '../../support/cut-off.ts';
import { now } from '../../support/pipeline-stage.ts';

const hour = 3_600_000;

class Post {
  readonly messages: Message[] = [];
  readonly approvals: Approvals;

  constructor(approvals: Approvals) {
    this.approvals = approvals;
  }

  static async start(rules: Parameters<typeof Approvals.start>[0] = {}): Promise<Post> {
    return new Post(await Approvals.start(rules));
  }

  context(hours = 0, process = new Process()) {
    const publish = async (message: Message) => void this.messages.push(message);
    const later = () => new Date(now().getTime() + hours * hour);
    return { bucket: process.using(this.approvals.stage.bucket), now: later, publish, service: 'live-ci-test' };
  }

  get subjects(): string[] {
    return this.messages.map(({ subject }) => subject);
  }
}

describe('what waits for approvers', () => {
  test('is told in one message, however many units it is, and once', async () => {
    const post = await Post.start();
    await post.approvals.askFor('vpc', 'dns');
    await tellWaiting(post.context());
    await tellWaiting(post.context());
    expect(post.subjects).toEqual(['live-ci-test: 2 units wait for approval']);
    expect(post.messages[0]?.text).toContain('! vpc: +1 ~2 -3 DESTROYS 3');
    expect(post.messages[0]?.text).toContain('"change 1" by Example');
  });

  test('is told when it has come since, and what was answered meanwhile is not', async () => {
    const post = await Post.start({ minimumApprovals: 2 });
    await post.approvals.askFor('vpc');
    await tellWaiting(post.context());
    await post.approvals.decide({ unit: 'vpc', decision: 'replan' });
    await ask(
      post.approvals.approvalOf('vpc', 'token of vpc, planned again', 'b'.repeat(64)),
      post.approvals.context(),
    );
    await tellWaiting(post.context());
    expect(post.subjects).toEqual(Array(2).fill('live-ci-test: 1 unit waits for approval'));
    expect(post.messages[1]?.text).toContain('2 approvals');
  });

  test('is told again when it has waited for a day', async () => {
    const post = await Post.start();
    await post.approvals.askFor('vpc');
    await tellWaiting(post.context());
    await tellWaiting(post.context(23));
    await tellWaiting(post.context(24));
    await tellWaiting(post.context(25));
    expect(post.subjects.slice(1)).toEqual(['live-ci-test: still: 1 unit waits for approval']);
  });

  test('is the choice of what to roll back as well', async () => {
    const post = await Post.start();
    await post.approvals.askForRollback({ vpc: 'applied', db: 'failed' });
    await tellWaiting(post.context());
    expect(post.subjects).toEqual(['live-ci-test: a rollback choice waits']);
    expect(post.messages[0]?.text).toContain('live-ci decline --rollback CHOICE');
  });

  test('costs three calls when there is nothing new', async () => {
    const post = await Post.start();
    const process = new Process();
    await tellWaiting(post.context(0, process));
    expect(process.calls).toBe(3);
    expect(post.messages).toEqual([]);
  });

  test('is told at least once wherever the telling is cut off', async () => {
    await cutOffAtEveryCall(async (process) => {
      const post = await Post.start();
      await post.approvals.askFor('vpc');
      await tellWaiting(post.context(0, process)).catch((error) => {
        if (!(error instanceof CutOff)) throw error;
        return tellWaiting(post.context());
      });
      expect(new Set(post.subjects)).toEqual(new Set(['live-ci-test: 1 unit waits for approval']));
    });
  });
});

describe('the end of a delivery', () => {
  test('is told once, with how its units ended', async () => {
    const post = await Post.start();
    await post.approvals.stage.execute(delivery, { vpc: 'applied', dns: 'applied', db: 'declined', app: 'cancelled' });
    await post.approvals.stage.poll();
    await tellEnd(delivery, post.context());
    await tellEnd(delivery, post.context());
    expect(post.subjects).toEqual([`live-ci-test: ${delivery} has ended`]);
    expect(post.messages[0]?.text).toMatch(/2 applied: (vpc, dns|dns, vpc)/);
  });

  test('says when the queue is halted by it, and what to do', async () => {
    const post = await Post.start();
    await post.approvals.stage.execute(delivery, { vpc: 'half applied' });
    await post.approvals.stage.poll();
    await tellEnd(delivery, post.context());
    expect(post.subjects).toEqual([`live-ci-test: HALTED by ${delivery}`]);
    expect(post.messages[0]?.text).toContain('live-ci replay');
  });
});

test('a subject is one that SNS takes, whatever a delivery is called', async () => {
  const post = new Post(await Approvals.start());
  await post.approvals.askFor('vpc');
  await tellWaiting({ ...post.context(), service: `naïve\n${'x'.repeat(200)}` });
  expect(post.subjects[0]).toMatch(/^[ -~]{1,100}$/);
});
