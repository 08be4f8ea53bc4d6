import type { Browser, Page } from 'playwright-core';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import { noEffects } from '../../src/model.ts';
import { inBrowser, openWindow, startBrowser, violations } from '../support/browser.ts';
import type { PageVisit } from '../support/page-visit.ts';
import { shownDelivery } from '../support/shown-delivery.ts';

inBrowser('the approval page in a browser', () => {
  let browser: Browser;
  let visit: PageVisit;
  let site: Awaited<ReturnType<PageVisit['serve']>>;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    visit = await shownDelivery();
    site = await visit.serve();
  });
  afterEach(() => site[Symbol.asyncDispose]());

  const open = async (unit: string, look: Parameters<typeof openWindow>[1] = {}): Promise<Page> => {
    const page = await openWindow(browser, look);
    await page.goto(`${site.url}${visit.link({ units: [unit] })}`);
    return page;
  };

  test('stays of use with a plan of 5 MB in 10,000 lines', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `      + line_${index} = "${'x'.repeat(480)}"`);
    await visit.plan('data/cache', { text: lines.join('\n'), plan: 'e'.repeat(64) });
    const page = await open('data/cache');
    expect((await page.content()).length).toBeLessThan(300_000);
    await page.getByRole('link', { name: 'Show all 10,000 lines' }).click();
    // A click waits for the answer to begin; five megabytes take a moment more.
    await page.locator('.plan code').nth(39).waitFor({ state: 'attached' });
    await page.waitForLoadState('load');
    expect(await page.locator('.plan code').count()).toBe(40);
    expect(await page.locator('.plan code').last().textContent()).toContain('line_9999');
    await page.getByRole('button', { name: 'Approve this plan' }).click();
    expect(await page.locator('.banner').textContent()).toBe('data/cache: 1 of 2 approvals.');
  });

  test('stays of use on a phone with a delivery of 600 units that destroys 400 resources of one of them', async () => {
    const { bucket } = visit.approvals.stage;
    const described = JSON.parse(bucket.text(bucketKeys.delivery(visit.delivery)) ?? '');
    const [first] = described.units;
    const path = (index: number) => `production/europe-west-1/team-${index}/services/service-${index}`;
    const many = Array.from({ length: 600 }, (_, index) => ({ ...first, path: path(index), after: ['data/cache'] }));
    await bucket.write(
      bucketKeys.delivery(visit.delivery),
      JSON.stringify({ ...described, units: [...described.units, ...many] }),
    );
    const destroys = Array.from({ length: 400 }, (_, index) => ({
      address: `module.services["service-${index}"].aws_ecs_service.main`,
      replaced: index % 2 === 0,
    }));
    await visit.plan('data/cache', {
      plan: 'e'.repeat(64),
      counts: { ...noEffects, add: 200, destroy: 400 },
      destroys,
    });
    const page = await open('data/cache', { width: 375, height: 667, scripts: true });
    expect(await page.locator('.danger').first().textContent()).toMatch(
      /^Destroys 400 resources, 200 of them to make them anew.*… and 350 more$/s,
    );
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    expect(await violations(page)).toEqual([]);
  });
});
