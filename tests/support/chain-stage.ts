/** A stage to which a chain of two units was pushed: db reads vpc. */
import { commit } from './change-set.ts';
import { PipelineStage } from './pipeline-stage.ts';

export const chain = { db: ['vpc'], vpc: [] };
/** What the first push does, and what each later one does. */
export const first = { graph: chain, touched: { db: 'added', vpc: 'added' } } as const;
export const later = { graph: chain, touched: { vpc: 'modified' } } as const;

/** The delivery of a push. */
export const id = (sequence: number, attempt = 1) => `${commit(`c${sequence}`).slice(0, 12)}-${attempt}`;

export async function stageWith(...sequences: number[]): Promise<PipelineStage> {
  const stage = new PipelineStage();
  for (const sequence of sequences) await stage.enqueue(sequence, sequence === 1 ? first : later);
  return stage;
}
