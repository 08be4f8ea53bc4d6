/** A real browser that looks at the approval page. */
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Where there is none, the tests are skipped; setup/chromium.js says why. */
const executablePath = process.env.LIVE_CI_CHROMIUM;

export const inBrowser = (...story: Parameters<typeof describe>) =>
  (executablePath === undefined ? describe.skip : describe)(...story);

export function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('There is no browser: LIVE_CI_CHROMIUM is not set.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export interface Look {
  width?: number;
  height?: number;
  dark?: boolean;
  scripts?: boolean;
}

/** A window of its own, without scripts: the page needs none. */
export async function openWindow(
  browser: Browser,
  { width = 1280, height = 900, dark = false, scripts = false }: Look = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: scripts,
  });
  context.setDefaultTimeout(30_000);
  return context.newPage();
}

/**
 * What axe finds wrong with what a window shows, by rule and element; among its rules the size of what is to be touched. It must have been
 * opened with scripts.
 */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const run = "axe.run({ rules: { 'target-size': { enabled: true } } })";
  const { violations: found } = (await page.evaluate(run)) as axe.AxeResults;
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
