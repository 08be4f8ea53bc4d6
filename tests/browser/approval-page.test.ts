import { jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ApprovalSite } from '../support/approval-site.ts';
import { inBrowser } from '../support/browser.ts';
import { endings, terraformUnit } from '../support/local-pipeline.ts';

jest.setTimeout(300_000);

const ada = 'ada@example.org';

inBrowser('an approver in a browser', () => {
  let site: ApprovalSite;
  beforeAll(async () => {
    site = await ApprovalSite.start();
  });
  afterAll(() => site[Symbol.asyncDispose]());

  /** Units of a new commit, each reading the one before. */
  const push = async (value: string, ...paths: string[]) => {
    const { repository } = site.pipeline;
    const code = paths.map((path, index) =>
      terraformUnit(repository.states, path, { value, reads: paths.slice(Math.max(0, index - 1), index) }),
    );
    return repository.commit(Object.assign({}, ...code));
  };
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click();
  const said = (page: Page) => page.locator('.banner').textContent();

  test('declines and rolls back one of the units in five clicks from the notification, and sees what happened', async () => {
    const commit = await push('one', 'first/vpc', 'first/app');
    await site.waitFor(commit, 'first/vpc', 'waiting-for-approval');
    const approving = await site.open(await site.link(ada, 'first/vpc'));
    await press(approving, 'Approve this plan');
    expect(await said(approving)).toBe('first/vpc: approved.');

    await site.waitFor(commit, 'first/app', 'waiting-for-approval');
    let clicks = 1;
    const page = await site.open(await site.link(ada, 'first/app'));
    const click = async (what: { click(): Promise<void> }) => {
      clicks++;
      await what.click();
    };
    await click(page.getByRole('radio', { name: 'Selective' }));
    await click(page.getByRole('checkbox', { name: 'first/vpc' }));
    await click(page.getByRole('button', { name: 'See what would happen' }));
    expect(await page.locator('ol.rollback').textContent()).toContain('first/vpc');
    await click(page.getByRole('button', { name: 'Yes, decline' }));
    expect(await said(page)).toBe('first/app: declined.');
    expect(clicks).toBeLessThanOrEqual(5);

    const ended = await site.pipeline.follow(commit);
    expect(endings(ended)).toEqual({ 'first/vpc': 'rolled-back', 'first/app': 'declined' });
    await page.getByRole('link', { name: 'Look again' }).click();
    expect(await page.locator('ul.units').textContent()).toMatch(/rolled back\s+first\/vpc/);
    expect(await page.getByRole('button').count()).toBe(0);
  });

  test('approves at the same moment as another: both are told so, and it is applied', async () => {
    const commit = await push('one', 'second/vpc');
    await site.waitFor(commit, 'second/vpc', 'waiting-for-approval');
    const links = [await site.link(ada), await site.link('bob@example.org')];
    const windows = await Promise.all(links.map((link) => site.open(link)));
    await Promise.all(windows.map((page) => press(page, 'Approve this plan')));
    for (const page of windows)
      expect(await said(page)).toMatch(/second\/vpc: approved\.|Nothing waits for this decision/);
    expect(endings(await site.pipeline.follow(commit))).toEqual({ 'second/vpc': 'applied' });
  });
});
