/** Takes the pictures of the approval page for docs/: `npm run pictures`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openWindow, startBrowser } from '../support/browser.ts';
import { digests, folder, scenes, takenOf } from './scenes.ts';

const all = await scenes();
await using browser = await startBrowser();
for (const { name, html, look, region, ticked } of all) {
  const page = await openWindow(browser, look);
  await page.setContent(html);
  if (ticked !== undefined) await page.getByRole('checkbox', { name: ticked }).check();
  const shown = region === undefined ? page : page.getByRole('region', { name: region });
  await shown.screenshot({ path: join(folder, `${name}.png`) });
}
await writeFile(takenOf, `${JSON.stringify(digests(all), null, 2)}\n`);
