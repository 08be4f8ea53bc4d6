/** What the pictures of docs/ show: pages of the approval page itself, on the way of a decline through a delivery that is in memory. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Look } from '../support/browser.ts';
import { root } from '../support/docs.ts';
import { endsInTrouble, endsRolledBack, shownDelivery } from '../support/shown-delivery.ts';

export interface Scene {
  /** Of the picture, without its ending. */
  name: string;
  html: string;
  look: Look;
  /** The name of the region that is shown; none: the page from its top. */
  region?: string;
  /** The unit that is ticked. */
  ticked?: string;
}

export const folder = join(root, 'docs', 'pictures');

/** Which page each picture was taken of: name ▸ SHA-256 of its HTML. */
export const takenOf = join(folder, 'pages.json');

export function digests(scenes: readonly Scene[]): Record<string, string> {
  return Object.fromEntries(
    scenes.map(({ name, html }) => [name, createHash('sha256').update(html).digest('hex')] as const),
  );
}

export async function scenes(): Promise<Scene[]> {
  const [unit, rolledBack] = ['data/orders-db', 'network/vpc'];
  const visit = await shownDelivery();
  const link = visit.link({ units: [unit, 'data/cache'] });
  const query = `unit=${encodeURIComponent(unit)}`;
  const asked = (await visit.get(link)).body;
  const wish = { plan: visit.approvals.request(unit).plan.sha256, rollback: 'selective', units: rolledBack };
  const preview = (await visit.post({ do: 'preview', ...wish }, link, query)).body;
  const declined = (await visit.post({ do: 'decline', ...wish }, link, query)).body;
  await endsRolledBack(visit, rolledBack);
  const ended = (await visit.get(link, query)).body;
  const trouble = await shownDelivery();
  await trouble.approvals.askForRollback(await endsInTrouble(trouble));
  const question = (await trouble.get(trouble.link({ units: [] }))).body;
  const look = { height: 720 };
  return [
    { name: 'approve', html: asked, look: { height: 1000 } },
    { name: 'approve-dark', html: asked, look: { height: 1000, dark: true } },
    { name: 'approve-phone', html: asked, look: { width: 390, height: 844 } },
    { name: 'several', html: asked, look, region: 'Approve several at once' },
    { name: 'decide', html: asked, look, region: 'Your decision', ticked: rolledBack },
    { name: 'decline-preview', html: preview, look },
    { name: 'declined', html: declined, look },
    { name: 'rolled-back', html: ended, look },
    { name: 'rollback-question', html: question, look: { height: 1000 } },
  ];
}
