/** A unit that was declined, and comes to the deliveries that follow: app reads db, dns stands alone. */
import { ask } from '../../src/approval/ask.ts';
import { unitRequestSchema } from '../../src/approval/request.ts';
import { reconsiderUnits } from '../../src/cli/commands/reconsider.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { Approvals } from './approvals.ts';
import { commit } from './change-set.ts';
import type { Process } from './cut-off.ts';
import { type Ended, PipelineStage, recordsOf } from './pipeline-stage.ts';

export const id = (sequence: number, attempt = 1) => `${commit(`c${sequence}`).slice(0, 12)}-${attempt}`;
const graph = { db: [], dns: [], app: ['db'] };
export const ada = 'ada@example.org';
const same = 'c'.repeat(64);

/** Everything is applied; then the second push changes db, which ada declines with a reason. */
export class DeclinedStory {
  readonly stage = new PipelineStage();
  readonly approvals = new Approvals(this.stage);

  static async declined(comment = 'not on a Monday', decline = true): Promise<DeclinedStory> {
    const story = new DeclinedStory();
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

  /** On the command line. */
  reconsiders(unit: string) {
    return reconsiderUnits([unit], this.stage.bucket, (decision) => this.approvals.decide(decision));
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
