/** Takes the pictures of the approval page for docs/: `npm run pictures`. The page is the real one; its delivery is in memory. */
import { join } from 'node:path';
import { openWindow, startBrowser } from '../support/browser.ts';
import { shownDelivery } from '../support/shown-delivery.ts';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
const units = ['data/orders-db', 'data/cache'];

await using browser = await startBrowser();
const visit = await shownDelivery();
await using site = await visit.serve();
const address = `${site.url}${visit.link({ units })}`;
const picture = (name: string) => ({ path: join(folder, `${name}.png`), fullPage: true });

for (const dark of [false, true]) {
  const page = await openWindow(browser, { dark });
  await page.goto(address);
  await page.screenshot(picture(dark ? 'approve-dark' : 'approve'));
}
const phone = await openWindow(browser, { width: 390 });
await phone.goto(address);
await phone.screenshot(picture('approve-phone'));

const page = await openWindow(browser);
await page.goto(address);
await page.getByRole('radio', { name: 'Selective' }).check();
await page.getByRole('checkbox', { name: 'network/vpc' }).check();
await page.getByRole('button', { name: 'See what would happen' }).click();
await page.screenshot(picture('decline-preview'));
await page.getByRole('button', { name: 'Yes, decline' }).click();
await page.screenshot(picture('declined'));
