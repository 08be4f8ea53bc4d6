import { jest } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import type { DeliveryStatus } from '../../src/delivery/status.ts';
import { contradictions } from '../../src/local/demo/verify.ts';
import type { Outcome } from '../../src/model.ts';
import { ApprovalSite } from '../support/approval-site.ts';
import { inBrowser, type Look, violations } from '../support/browser.ts';
import type { Files } from '../support/live-repository.ts';
import { endings, terraformUnit, type UnitCode } from '../support/local-pipeline.ts';
import { linkIn, type Mail, openMailbox } from '../support/mailbox.ts';

jest.setTimeout(300_000);

const [ada, bob, cyd] = ['ada@example.org', 'bob@example.org', 'cyd@example.org'];

/** What is in `network` is applied without asking; `data` takes two. */
const settings = `approvals:
  approvers: [${ada}, ${bob}]
environments:
  network/**:
    autoApprove: always
  data/**:
    minimumApprovals: 2
`;

/** Reads the outputs of a unit, and does nothing with them. */
const reads = (states: string, path: string) => `data "terraform_remote_state" "read" {
  backend = "local"
  config  = { path = "${states}/${path}.tfstate" }
}
`;

inBrowser('an approver in a browser', () => {
  let site: ApprovalSite;
  beforeAll(async () => {
    site = await ApprovalSite.start({ more: settings });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  /** Units of a new commit; null for one that is gone. */
  const push = (units: Record<string, UnitCode | null>, subject?: string, more: Files = {}) => {
    const { repository } = site.pipeline;
    const code = Object.entries(units).map(([path, unit]) =>
      unit === null ? { [path]: null } : terraformUnit(repository.states, path, unit),
    );
    return repository.commit(Object.assign(more, ...code), subject);
  };
  const open = async (about: Parameters<ApprovalSite['sign']>[0], look?: Look) =>
    site.open(await site.sign(about), look);
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
  const said = (page: Page) => page.locator('.banner').textContent();
  const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();
  const given = async (delivery: string, unit: string) =>
    JSON.parse(String((await site.pipeline.bucket.read(bucketKeys.request(delivery, unit)))?.body)).given;

  describe('declines, and chooses what is rolled back', () => {
    let before: Awaited<ReturnType<ApprovalSite['states']>>;
    beforeEach(async () => {
      before = await site.states();
    });

    /** `network/dns` and `app` read `network/vpc`; all three change, and `app` asks when the others are applied. */
    const pushNetwork = async (value: string, more: Partial<UnitCode> = {}) => {
      const reading = reads(site.pipeline.repository.states, 'network/vpc');
      const units = { 'network/vpc': { value }, 'network/dns': { value }, app: { value, ...more } };
      const commit = await push(units, 'a change', { 'network/dns/reads.tf': reading, 'app/reads.tf': reading });
      const { delivery } = await site.waitFor(commit, 'app', 'waiting-for-approval');
      await site.waitFor(commit, 'network/dns', 'applied');
      return { commit, delivery };
    };
    /** What was shown before is what was done, in that order, and Terraform's state files say so. */
    const expectRolledBack = async (shown: string[], ended: DeliveryStatus) => {
      expect(await site.rolledBack(ended)).toEqual(shown);
      const rows = ended.units.map(({ path, state }) => ({ path, outcome: state as Outcome }));
      expect(contradictions(rows, before, await site.states())).toEqual([]);
    };
    const shownOrder = (page: Page) => page.locator('ol.rollback .path').allTextContents();

    test('one unit, in five clicks from the notification, the last of which shows what happened', async () => {
      const mailbox = await openMailbox(site.pipeline, ada);
      const { commit } = await pushNetwork('one');
      await site.pipeline.poll();
      const [mail, ...more] = await mailbox.read();
      expect([mail?.Subject, more]).toEqual(['live-ci-local: 1 unit waits for your approval', []]);
      let clicks = 1;
      const page = await site.open(linkIn(mail as Mail));
      const click = async (what: Locator) => {
        clicks++;
        await what.click();
      };
      await click(page.getByRole('checkbox', { name: 'network/dns' }));
      await click(page.getByRole('button', { name: 'See what would happen' }));
      const shown = await shownOrder(page);
      expect(shown).toEqual(['network/dns']);
      expect(await page.locator('ol.rollback').textContent()).toContain('destroyed: this delivery has made it');
      expect(await page.locator('main').textContent()).toContain('Stays as this delivery applied it: network/vpc.');
      await click(page.getByRole('button', { name: 'Yes, decline' }));
      expect(await said(page)).toContain('app: declined.Rolled back next, in this order: network/dns.');
      await expectRolledBack(shown, await site.pipeline.follow(commit));
      await click(page.getByRole('link', { name: 'Look again' }));
      expect(await page.locator('ul.units li').allTextContents()).toEqual([
        expect.stringMatching(/applied +network\/vpc/),
        expect.stringMatching(/declined +app/),
        expect.stringMatching(/rolled back +network\/dns/),
      ]);
      // Until git is brought back in step, app is left open, and may be asked about again.
      expect(await page.getByRole('button').filter({ hasNotText: 'Ask again' }).count()).toBe(0);
      expect(clicks).toBe(5);
    });

    test.each([
      ['None', []],
      ['All', ['network/vpc', 'network/dns']],
    ])('%s', async (name, expected) => {
      const { commit, delivery } = await pushNetwork(name);
      const page = await open({ delivery, units: ['app'] });
      await page.getByRole('radio', { name }).check();
      await page.getByLabel('Why').fill('not on a Friday');
      await press(page, 'See what would happen');
      const shown = await shownOrder(page);
      expect(shown).toEqual(expected);
      expect(await given(delivery, 'app')).toBeNull();
      await press(page, 'Yes, decline');
      await expectRolledBack(shown, await site.pipeline.follow(commit));
      expect(await given(delivery, 'app')).toMatchObject({
        voter: ada,
        decision: { decision: 'decline', rollback: name.toLowerCase(), comment: 'not on a Friday' },
      });
    });

    test.each([
      ['Current', ['app']],
      ['Dependencies', ['app', 'network/vpc']],
    ])('%s, when an apply has failed and the delivery asks', async (name, expected) => {
      const { commit, delivery } = await pushNetwork(name, { fails: true });
      await press(await open({ delivery, units: ['app'] }), 'Approve this plan');
      await site.pipeline.until(commit, ({ state }) => state === 'waiting-for-rollback-choice');
      const page = await site.open(await site.link(ada), { scripts: true });
      expect(await violations(page)).toEqual([]);
      await page.getByRole('radio', { name: 'None' }).check();
      await press(page, 'See what would happen');
      expect(await page.locator('.danger').textContent()).toContain('Halts the pipeline');
      await page.getByRole('link', { name: 'Back, decide nothing' }).click();
      await page.getByRole('radio', { name }).check();
      await press(page, 'See what would happen');
      expect(await violations(page)).toEqual([]);
      const shown = await shownOrder(page);
      expect(shown).toEqual(expected);
      await press(page, 'Yes, do that');
      await expectRolledBack(shown, await site.pipeline.follow(commit, () => []));
    });
  });

  /** Until all of them wait; the delivery's id. */
  const untilAsked = async (commit: string, ...paths: string[]) => {
    const { delivery } = await site.pipeline.until(commit, ({ units }) =>
      paths.every((path) => units.some((unit) => unit.path === path && unit.state === 'waiting-for-approval')),
    );
    return delivery;
  };
  /** Goes from element to element until it is there, and presses a key. */
  const withKey = async (page: Page, what: Locator, key: string) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      if (await what.evaluate((element) => element.matches(':focus'))) return page.keyboard.press(key);
    }
    throw new Error('The keyboard does not get there.');
  };

  describe('approves', () => {
    test('on a phone, in the dark, and what was planned again', async () => {
      const commit = await push({ 'web/a': { value: 'one' }, 'web/b': { value: 'one' }, 'web/c': { value: 'one' } });
      const delivery = await untilAsked(commit, 'web/a', 'web/b', 'web/c');
      const small = await open({ delivery, units: ['web/a', 'web/b'] }, { width: 375, height: 667, scripts: true });
      expect(await violations(small)).toEqual([]);
      expect(await small.evaluate('document.documentElement.scrollWidth')).toBe(375);
      await press(small, 'Approve this plan');
      expect(await said(small)).toBe('web/a: approved.');
      expect(await violations(small)).toEqual([]);

      const dark = await open({ delivery, units: ['web/b'] }, { dark: true, scripts: true });
      expect(await violations(dark)).toEqual([]);
      await press(dark, 'Approve this plan');
      expect(await said(dark)).toBe('web/b: approved.');

      const [first, stale] = [await open({ delivery, units: ['web/c'] }), await open({ delivery, units: ['web/c'] })];
      await first.getByText('Have it planned again').click();
      await press(first, 'Plan again');
      expect(await said(first)).toBe('web/c: replan.');
      await untilAsked(commit, 'web/c');
      await press(stale, 'Approve this plan');
      expect(await said(stale)).toContain('another plan by now');
      await press(stale, 'Approve this plan');
      expect(await said(stale)).toBe('web/c: approved.');
      const ended = await site.pipeline.follow(commit, () => []);
      expect(endings(ended)).toEqual({ 'web/a': 'applied', 'web/b': 'applied', 'web/c': 'applied' });
    });

    test('several at once, with the keyboard alone, and sees beside each what it destroys', async () => {
      const commit = await push({ 'web/a': { value: 'two', seconds: 0.01 }, 'web/b': { value: 'two' }, 'web/c': null });
      const units = ['web/a', 'web/b', 'web/c'];
      const delivery = await untilAsked(commit, ...units);
      const page = await open({ delivery, units });
      const several = page.getByRole('group', { name: 'Which of them' });
      expect(await several.getByRole('checkbox', { checked: true }).count()).toBe(0);
      expect(await several.locator('.destroy').allTextContents()).toEqual([
        'replaces terraform_data.thing',
        'destroys terraform_data.thing',
      ]);
      for (const path of units) await withKey(page, several.getByRole('checkbox', { name: path }), 'Space');
      await withKey(page, page.getByRole('button', { name: 'Approve what is ticked' }), 'Enter');
      await page.locator('.banner').waitFor();
      expect(await page.locator('.banner p').allTextContents()).toEqual(units.map((path) => `${path}: approved.`));
      const ended = await site.pipeline.follow(commit, () => []);
      expect(endings(ended)).toEqual({ 'web/a': 'applied', 'web/b': 'applied', 'web/c': 'applied' });
      expect((await site.states()).get('web/c')).toEqual({});
    });

    test('what is destroyed only after that was ticked', async () => {
      const commit = await push({ 'web/a': { value: 'three' } });
      const page = await open({ delivery: await untilAsked(commit, 'web/a'), units: ['web/a'] });
      expect(await page.locator('.danger').textContent()).toContain('terraform_data.thing is replaced');
      await press(page, 'Approve this plan');
      expect(await page.locator('.banner').count()).toBe(0);
      await page.getByRole('checkbox', { name: 'I have looked at that' }).check();
      await press(page, 'Approve this plan');
      expect(endings(await site.pipeline.follow(commit, () => []))).toEqual({ 'web/a': 'applied' });
    });
  });

  describe('decides with a link of their own, as long as something waits', () => {
    let commit: string;
    let delivery: string;
    beforeAll(async () => {
      commit = await push({ 'data/orders': { value: 'one' }, 'web/b': { value: 'three' } });
      delivery = await untilAsked(commit, 'data/orders', 'web/b');
    });
    const orders = () => ({ delivery, units: ['data/orders'] });

    test('not with one that has expired, was changed, is for another unit, for nobody or for somebody else', async () => {
      const link = await site.sign(orders());
      const forged = link.replace(/(?<=\.)[\w-]+(?=\.[\w-]+$)/, (text) => {
        const claims = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
        return Buffer.from(JSON.stringify({ ...claims, approver: bob })).toString('base64url');
      });
      const yesterday = new Date(Date.now() - 24 * 3_600_000);
      const refused: [string, string][] = [
        [await site.sign({ ...orders(), now: yesterday }), 'This link has expired'],
        [forged, 'This link is not valid'],
        [`${link}?unit=web%2Fb`, 'This link is not valid'],
      ];
      for (const [address, title] of refused) {
        const page = await site.open(address, { scripts: true });
        expect(await heading(page)).toBe(title);
        expect(await page.getByRole('button').count()).toBe(0);
        expect(await violations(page)).toEqual([]);
      }
      const looking = await open({ ...orders(), approver: null }, { scripts: true });
      expect(await looking.locator('header').textContent()).toContain('You look on');
      expect(await looking.locator('form').count()).toBe(0);
      expect(await violations(looking)).toEqual([]);
      const sent = await looking.request.post(looking.url(), { form: { do: 'approve', destroys: '0' } });
      expect(sent.status()).toBe(403);
      const stranger = await open({ ...orders(), approver: cyd }, { scripts: true });
      expect(await stranger.locator('main').textContent()).toContain(
        `${cyd} is not among the approvers of data/orders`,
      );
      expect(await stranger.locator('form').count()).toBe(0);
      expect(await violations(stranger)).toEqual([]);
      expect(await given(delivery, 'data/orders')).toBeNull();
    });

    test('at the same moment as another, where two are needed, and no more after that', async () => {
      const windows = [await open(orders()), await open({ ...orders(), approver: bob })];
      const late = await open(orders());
      await Promise.all(windows.map((page) => press(page, 'Approve this plan')));
      const answers = await Promise.all(windows.map(said));
      expect(answers).toContain('data/orders: approved.');
      for (const answer of answers) expect(answer).toMatch(/^data\/orders: (approved|1 of 2 approvals)\.$/);
      await site.waitFor(commit, 'data/orders', 'applied');
      await press(late, 'Approve this plan');
      expect(await said(late)).toContain('Nothing waits for this decision any more');
      expect(await late.getByRole('button').count()).toBe(0);
    });

    test('at the same moment as another who declines, and one of the two stands', async () => {
      const about = { delivery, units: ['web/b'] };
      const [approving, declining] = [await open(about), await open({ ...about, approver: bob })];
      await declining.getByRole('radio', { name: 'None' }).check();
      await press(declining, 'See what would happen');
      await Promise.all([press(approving, 'Approve this plan'), press(declining, 'Yes, decline')]);
      const ended = await site.pipeline.follow(commit, () => []);
      const stands = endings(ended)['web/b'] === 'applied' ? 'web/b: approved.' : 'web/b: declined.';
      const both = await Promise.all([said(approving), said(declining)]);
      expect(both.filter((answer) => answer?.includes(stands))).toHaveLength(1);
    });
  });

  test('sees markup, terminal codes and turned text of plans, messages and paths as text, and nothing sensitive', async () => {
    const markup = `"><script>document.title='taken'</script><img src=x onerror="document.title='taken'">`;
    const codes = '\u001b[31mred\u001b]0;taken\u0007\u202eturned';
    const path = `web/${markup.replaceAll('/', '\u2215')}${codes}`;
    const secret = { [`${path}/secret.tf`]: 'output "secret" {\n  value     = "swordfish"\n  sensitive = true\n}\n' };
    const commit = await push({ [path]: { value: `${markup}\n${codes}\n` } }, `${markup} ${codes}`, secret);
    const delivery = await untilAsked(commit, path);
    const page = await open({ delivery, units: [path] }, { scripts: true });
    expect(await page.title()).toMatch(/^Approve web\/.*\?$/);
    expect(await page.locator('script, img').count()).toBe(0);
    for (const shown of ['h1', '.facts', '.plan']) {
      const seen = await page.locator(shown).textContent();
      expect(seen).toContain('<script>');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(seen).not.toMatch(/[\u0007\u001b\u202e]/);
    }
    expect(await page.locator('.plan').textContent()).toContain('(sensitive value)');
    expect(await page.content()).not.toContain('swordfish');
    expect(await violations(page)).toEqual([]);
    await press(page, 'Approve this plan');
    expect(endings(await site.pipeline.follow(commit, () => []))).toEqual({ [path]: 'applied' });
  });
});
