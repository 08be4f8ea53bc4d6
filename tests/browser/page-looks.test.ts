import type { Browser, Page } from 'playwright-core';
import { inBrowser, type Look, openWindow, startBrowser, violations } from '../support/browser.ts';
import type { PageVisit } from '../support/page-visit.ts';
import { shownDelivery } from '../support/shown-delivery.ts';

const bob = 'bob@example.org';
const cyd = 'cyd@example.org';
const units = ['data/orders-db', 'data/cache'];

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

  const open = async (look?: Look, claims: Parameters<PageVisit['link']>[0] = {}): Promise<Page> => {
    const page = await openWindow(browser, look);
    await page.goto(`${site.url}${visit.link({ units, ...claims })}`);
    return page;
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click();
  const said = (page: Page) => page.locator('.banner').textContent();
  const given = (unit: string) => visit.approvals.request(unit).given?.decision;

  test.each([
    ['light', {}],
    ['dark', { dark: true }],
    ['on a phone', { width: 360 }],
  ])(
    'breaks no rule of axe, %s: the question, the second step of a decline, what came of it, a refusal',
    async (_, look) => {
      const page = await open({ ...look, scripts: true });
      const found = [await violations(page)];
      await press(page, 'See what would happen');
      found.push(await violations(page));
      await press(page, 'Yes, decline');
      found.push(await violations(page));
      await page.goto(`${site.url}wrong.link.here`);
      found.push(await violations(page));
      expect(found).toEqual([[], [], [], []]);
    },
  );

  test('has nothing beside the window on a phone', async () => {
    const page = await open({ width: 360, scripts: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  });

  test('can be used with the keyboard alone', async () => {
    const page = await open({}, { units: ['data/cache'] });
    const button = page.getByRole('button', { name: 'Approve this plan' });
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab');
      if (await button.evaluate((element) => element.matches(':focus'))) break;
    }
    await page.keyboard.press('Enter');
    await page.locator('.banner').waitFor();
    expect(await said(page)).toBe('data/cache: 1 of 2 approvals.');
  });

  test('lets nobody approve what is destroyed without ticking it', async () => {
    const page = await open({}, { approver: cyd });
    await press(page, 'Approve this plan');
    expect(await page.locator('.banner').count()).toBe(0);
    await page.getByRole('checkbox', { name: 'I have looked at that' }).check();
    await press(page, 'Approve this plan');
    expect(await said(page)).toBe('data/orders-db: approved.');
  });

  test.each([
    ['None', 'none', []],
    ['Current', 'current', []],
    ['Dependencies', 'dependencies', ['network/vpc']],
    ['All', 'all', ['network/vpc', 'network/dns']],
  ])('shows what the rollback choice %s would do before it is made', async (name, rollback, expected) => {
    const page = await open();
    await page.getByRole('radio', { name }).check();
    await page.getByLabel('Why').fill('not on a Friday');
    await press(page, 'See what would happen');
    expect(await page.locator('ol.rollback li').allTextContents()).toEqual(expected);
    expect(given('data/orders-db')).toBeUndefined();
    await press(page, 'Yes, decline');
    expect(given('data/orders-db')).toMatchObject({ decision: 'decline', rollback, comment: 'not on a Friday' });
  });

  test('warns of what would stay applied on something that is rolled back', async () => {
    await visit.approvals.stage.built(visit.delivery, 'data/cache', { action: 'apply', outcome: 'applied' });
    const page = await open();
    await page.getByRole('radio', { name: 'Selective' }).check();
    await page.getByRole('checkbox', { name: 'network/vpc' }).check();
    await press(page, 'See what would happen');
    expect(await page.locator('.danger').textContent()).toContain('data/cache');
    await page.getByRole('link', { name: 'Back, decide nothing' }).click();
    expect(given('data/orders-db')).toBeUndefined();
  });

  test('approves several at once, and shows beside each what it destroys', async () => {
    const page = await open({}, { approver: cyd });
    const boxes = page.locator('input[name=plans]');
    expect(await boxes.count()).toBe(2);
    expect(await page.locator('input[name=plans]:checked').count()).toBe(0);
    expect(await page.locator('label[for=also-1]').textContent()).toContain('and destroy 1: aws_db_instance.orders');
    for (const box of await boxes.all()) await box.check();
    await press(page, 'Approve what is ticked');
    expect(await said(page)).toBe('data/cache: 1 of 2 approvals.data/orders-db: approved.');
  });

  test('takes the decisions of two at the same moment, and one of them stands', async () => {
    const [first, second] = [await open({}, { approver: bob }), await open({}, { approver: cyd })];
    await second.getByRole('checkbox', { name: 'I have looked at that' }).check();
    await press(first, 'See what would happen');
    await Promise.all([press(first, 'Yes, decline'), press(second, 'Approve this plan')]);
    const answer = visit.approvals.request('data/orders-db').answer?.result.outcome;
    const texts = await Promise.all([said(first), said(second)]);
    expect(texts.filter((text) => text === `data/orders-db: ${answer}.`)).toHaveLength(1);
  });

  test('says that a link has expired', async () => {
    const page = await open({}, { expires: 1 });
    expect(await page.getByRole('heading').textContent()).toBe('This link has expired');
  });

  test('runs nothing that a plan, a message or a path says', async () => {
    const evil = `"><script>document.title='taken'</script><img src=x onerror="document.title='taken'"><svg onload="document.title='taken'">`;
    await visit.plan('data/cache', {
      text: `  + ${evil}\n\u001b]0;taken\u0007`,
      plan: 'e'.repeat(64),
      outputsChanged: [evil],
    });
    await visit.describedAs(evil, evil);
    const page = await open({ scripts: true }, { units: ['data/cache'] });
    expect(await page.title()).toBe('Approve data/cache?');
    expect(await page.locator('script, img, svg[onload]').count()).toBe(0);
    expect(await page.locator('.plan').textContent()).toContain(evil);
  });

  test('stays of use with a plan of 5 MB in 10,000 lines', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `      + line_${index} = "${'x'.repeat(480)}"`);
    await visit.plan('data/cache', { text: lines.join('\n'), plan: 'e'.repeat(64) });
    const page = await open({}, { units: ['data/cache'] });
    expect((await page.content()).length).toBeLessThan(300_000);
    await page.getByRole('link', { name: 'Show all 10,000 lines' }).click();
    // A click waits for the answer to begin; five megabytes take a moment more.
    await page.locator('.plan code').nth(39).waitFor({ state: 'attached' });
    await page.waitForLoadState('load');
    expect(await page.locator('.plan code').count()).toBe(40);
    expect(await page.locator('.plan code').last().textContent()).toContain('line_9999');
    await press(page, 'Approve this plan');
    expect(await said(page)).toBe('data/cache: 1 of 2 approvals.');
  });
});
