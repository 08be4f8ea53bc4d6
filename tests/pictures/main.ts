/** Takes the pictures of the approval page for docs/: `npm run pictures`. The page is the real one; its delivery is in memory. */
import { join } from 'node:path';
import { openWindow, startBrowser } from '../support/browser.ts';
import { endsRolledBack, shownDelivery } from '../support/shown-delivery.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
const units = ['data/orders-db', 'data/cache'];

await using browser = await startBrowser();
const visit = await shownDelivery();
await using site = await visit.serve();
const address = `${site.url}${visit.link({ units })}`;
const picture = (name: string) => ({ path: join(folder, `${name}.png`) });

for (const [name, look] of [
  ['approve', { height: 1000 }],
  ['approve-dark', { height: 1000, dark: true }],
  ['approve-phone', { width: 390, height: 844 }],
] as const) {
  const page = await openWindow(browser, look);
  await page.goto(address);
  await page.screenshot(picture(name));
}

const page = await openWindow(browser, { height: 720 });
await page.goto(address);
await page.getByRole('region', { name: 'Approve several at once' }).screenshot(picture('several'));
await page.getByRole('checkbox', { name: 'network/vpc' }).check();
await page.getByRole('region', { name: 'Your decision' }).screenshot(picture('decide'));
await page.getByRole('button', { name: 'See what would happen' }).click();
await page.screenshot(picture('decline-preview'));
await page.getByRole('button', { name: 'Yes, decline' }).click();
await page.screenshot(picture('declined'));
await endsRolledBack(visit, 'network/vpc');
await page.getByRole('link', { name: 'Look again' }).click();
await page.screenshot(picture('rolled-back'));
