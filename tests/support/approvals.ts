/** A delivery that runs, whose units ask approvers: app reads db, db reads vpc, dns stands alone. */
import { type Ask, ask } from '../../src/approval/ask.ts';
import { decide, parseDecision } from '../../src/approval/decide.ts';
import { type UnitRequest, unitRequestSchema } from '../../src/approval/request.ts';
import type { Config } from '../../src/config/schema.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { noEffects } from '../../src/model.ts';
import { type ChangeSetFacts, commit } from './change-set.ts';
import { configWith } from './config.ts';
import { Process } from './cut-off.ts';
import { type Ended, now, PipelineStage, recordsOf } from './pipeline-stage.ts';

export const delivery = `${commit('c1').slice(0, 12)}-1`;
const fourUnits: ChangeSetFacts = {
  graph: { app: ['db'], db: ['vpc'], vpc: [], dns: [] },
  touched: { app: 'added', db: 'added', vpc: 'added', dns: 'added' },
};

export class Approvals {
  readonly stage: PipelineStage;

  constructor(stage: PipelineStage) {
    this.stage = stage;
  }

  /** @param rules who may approve, where that is other than by default. */
  static async start(rules: Partial<Config['approvals']> = {}, facts = fourUnits): Promise<Approvals> {
    const stage = new PipelineStage();
    stage.config = configWith({ approvals: { ...stage.config.approvals, ...rules } });
    await stage.enqueue(1, facts);
    await stage.poll();
    return new Approvals(stage);
  }

  context(process = new Process()) {
    const { bucket, stepFunctions } = this.stage;
    return { bucket: process.using(bucket), stepFunctions: process.using(stepFunctions), now };
  }

  /** The state `Approve <unit>` is entered: what it sends. */
  approvalOf(
    unit: string,
    token = `token of ${unit}`,
    plan = 'a'.repeat(64),
    counts = { add: 1, change: 2, destroy: 3 },
  ): Ask {
    this.stage.stepFunctions.wait(token);
    return { ask: 'approval', delivery, token, unit, plan: { plan, ...counts } };
  }

  /** The unit's code has another state than the code that is applied. */
  async elsewhere(path: string, stateBefore = 's3 bucket=states key=old'): Promise<void> {
    const described = this.stage.delivery(delivery);
    const units = described.units.map((unit) => (unit.path === path ? { ...unit, stateBefore } : unit));
    await this.stage.bucket.write(bucketKeys.delivery(delivery), JSON.stringify({ ...described, units }));
  }

  async askFor(...units: string[]): Promise<void> {
    for (const unit of units) await ask(this.approvalOf(unit), this.context());
  }

  /** The state `Ask about rollback` is entered: what it sends. Its plan is there. */
  async rollbackPlanOf(unit: string, plan = 'b'.repeat(64), asks = ['destroys a.b, which this delivery did not make']) {
    const counts = { ...noEffects, destroy: 1 };
    await this.stage.built(delivery, unit, { action: 'plan-rollback', outcome: 'planned', plan, counts, asks });
    const asked = this.approvalOf(unit, `token of the rollback of ${unit}`, plan, counts);
    await ask({ ...asked, about: 'rollback' } as Ask, this.context());
  }

  /** The state `Choose rollback` is entered, after the units have ended so: what it sends. */
  rollbackOf(ended: Ended, token = 'token of the rollback'): Ask {
    this.stage.stepFunctions.wait(token);
    return { ask: 'rollback', delivery, token, outcomes: recordsOf(this.stage.delivery(delivery), ended) };
  }

  async askForRollback(ended: Ended): Promise<void> {
    await this.stage.leaveHalfApplied(delivery, ended);
    await ask(this.rollbackOf(ended), this.context());
  }

  decide(decision: Record<string, unknown>, context = this.context(), by = 'console:somebody') {
    return decide(parseDecision({ delivery, ...decision }), by, context);
  }

  /** What the task that waited with the token got. */
  answerTo(what: string): unknown {
    return this.stage.stepFunctions.answers.get(`token of ${what}`);
  }

  /** Paths that the rollback question was answered with; undefined while it is open. */
  get chosen(): { rollback: string; units: string[] } | undefined {
    const answer = this.answerTo('the rollback') as
      | { result: { rollback: string; chosen: Record<string, boolean> } }
      | undefined;
    if (answer === undefined) return undefined;
    const { rollback, chosen } = answer.result;
    const { units } = this.stage.delivery(delivery);
    return { rollback, units: units.flatMap(({ path }, index) => (chosen[`u${index + 1}`] ? [path] : [])) };
  }

  request(unit: string): UnitRequest {
    return unitRequestSchema.parse(JSON.parse(this.stage.bucket.text(bucketKeys.request(delivery, unit)) ?? 'null'));
  }
}
