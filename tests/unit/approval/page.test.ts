import type { Claims } from '../../../src/approval/link.ts';
import { signLink } from '../../../src/approval/link.ts';
import { firstSigningKey } from '../../../src/approval/signing-key.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { noEffects, type RunResult } from '../../../src/model.ts';
import { Approvals, delivery } from '../../support/approvals.ts';
import { ada, now, PageVisit, type Sent } from '../../support/page-visit.ts';
import { shownDelivery } from '../../support/shown-delivery.ts';

const bob = 'bob@example.org';
const plan = 'a'.repeat(64);

/** `vpc` and `dns` are planned and ask. */
async function visit(
  rules: Parameters<typeof Approvals.start>[0] = {},
  planned: Partial<RunResult> = {},
): Promise<PageVisit> {
  const visited = new PageVisit(await Approvals.start(rules));
  for (const unit of ['vpc', 'dns']) await visited.plan(unit, planned);
  return visited;
}

const outcome = ({ approvals }: PageVisit, unit = 'vpc') =>
  (approvals.answerTo(unit) as { result: { outcome: string } } | undefined)?.result.outcome;
const approve = { do: 'approve', plan, destroys: '0' };

describe('the page', () => {
  test('shows what the unit waits with', async () => {
    const { status, body, headers } = await (await visit()).get();
    expect(status).toBe(200);
    for (const said of ['Approve', 'vpc', 'ada@example.org', '1</b>to add', 'a.b will be created', 'Approve this plan'])
      expect(body).toContain(said);
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(body).not.toMatch(/<script|style=|\son\w+=|src=/);
  });

  test('decides nothing when it is looked at, whatever its address says', async () => {
    const visited = await visit();
    await visited.get(visited.link(), `do=approve&plan=${plan}&destroys=0`);
    expect(outcome(visited)).toBeUndefined();
    expect([...visited.approvals.stage.bucket.objects.keys()].filter((key) => key.startsWith('votes/'))).toEqual([]);
  });

  test('takes an approval, in the name of the approver', async () => {
    const visited = await visit();
    const { status, body } = await visited.post(approve);
    expect([status, outcome(visited)]).toEqual([200, 'approved']);
    expect(body).toContain('vpc: approved.');
    expect(visited.approvals.request('vpc').given?.voter).toBe(ada);
  });

  test('takes no approval of a plan that destroys, unless that was ticked', async () => {
    const destroys = [{ address: 'aws_db_instance.main', replaced: true }];
    const visited = await visit({}, { counts: { ...noEffects, add: 1, destroy: 1 }, destroys });
    const { body } = await visited.get();
    expect(body).toContain('Destroys one resource, to make it anew');
    expect(body).toContain('aws_db_instance.main');
    const refused = await visited.post({ do: 'approve', plan });
    expect([refused.status, outcome(visited)]).toEqual([409, undefined]);
    expect(refused.body).toContain('tick that you have looked at it');
    await visited.post({ do: 'approve', plan, destroys: '1' });
    expect(outcome(visited)).toBe('approved');
  });

  test('shows what a plan warns of, and what it moves, imports and forgets', async () => {
    const warnings = ['check.size fails: <Too> small.'];
    const visited = await visit({}, { counts: { ...noEffects, move: 1, forget: 2 }, warnings });
    const { body } = await visited.get();
    expect(body).toContain('<h3>One warning</h3>');
    expect(body).toContain('check.size fails: &lt;Too&gt; small.');
    expect(body).toContain('<b>1</b>moved');
    expect(body).toContain('<b>2</b>forgotten');
    expect(body).not.toContain('imported');
  });

  describe('of a unit whose state is another one now', () => {
    const said = 'its state is another one now: 14 resources stay in the old one';
    const moved = async () => {
      const visited = new PageVisit(await Approvals.start());
      await visited.approvals.elsewhere('vpc', 'local path=<old>');
      for (const unit of ['vpc', 'dns']) await visited.plan(unit, { heldBefore: 14 });
      return visited;
    };

    test('takes no approval of it, unless that was ticked', async () => {
      const visited = await moved();
      const { body } = await visited.get();
      expect(body).toContain('<h3>Another state than before</h3>');
      expect(body).toContain(`I have looked at that: ${said} (<span class="path">local path=&lt;old&gt;</span>)`);
      expect(body).toContain('name="state" value="local path=&lt;old&gt;" required>');
      for (const sent of [approve, { ...approve, state: 'another' }]) {
        const refused = await visited.post(sent);
        expect([refused.status, outcome(visited)]).toEqual([409, undefined]);
        expect(refused.body).toContain('tick that you have looked at it');
      }
      await visited.post({ ...approve, state: 'local path=<old>' });
      expect(outcome(visited)).toBe('approved');
    });

    test('says so among several, sends to where it is approved, and takes no approval of it beside others', async () => {
      const visited = await moved();
      const both = visited.link({ units: ['vpc', 'dns'] });
      const { body } = await visited.get(both);
      const several = body.slice(body.indexOf('Approve several at once'));
      expect(several).toContain(`${said}</b>: <a href="?unit=vpc">`);
      expect(several.match(/name="plans"/g)).toHaveLength(1);
      const sent = await visited.post({ do: 'approve-several', plans: [`${plan} vpc`, `${plan} dns`] }, both);
      expect([sent.status, outcome(visited), outcome(visited, 'dns')]).toEqual([409, undefined, undefined]);
      expect(sent.body).toContain('The state of vpc is another one now: approve it by itself. Nothing was decided.');
      expect((await visited.post({ do: 'approve-several', plans: [`${plan} dns`] }, both)).status).toBe(200);
    });

    test('says nothing of it in the plan of a rollback', async () => {
      const visited = await moved();
      await visited.approvals.rollbackPlanOf('vpc');
      expect((await visited.get()).body).not.toContain('Another state than before');
      await visited.post({ do: 'approve', plan: 'b'.repeat(64), destroys: '1' });
      expect(visited.approvals.answerTo('the rollback of vpc')).toMatchObject({ result: { outcome: 'approved' } });
    });
  });

  test('shows the plan of a rollback, and why that asks, and keeps the unit when it is not wanted', async () => {
    const visited = await visit();
    const text = '  # a.b will be destroyed\n';
    await visited.approvals.rollbackPlanOf('vpc');
    const { bucket } = visited.approvals.stage;
    await bucket.write(bucketKeys.planText(delivery, 'vpc', 'b'.repeat(64), 'rollback'), text);
    const { body } = await visited.get();
    for (const said of ['Roll back <span class="path">vpc</span>?', 'it would be destroyed', 'a.b will be destroyed'])
      expect(body).toContain(said);
    expect(body).toContain('<li>destroys a.b, which this delivery did not make</li>');
    expect(body).not.toContain('What to roll back');
    const { body: kept } = await visited.post({ do: 'keep', plan: 'b'.repeat(64), comment: 'not today' });
    expect(kept).toContain('vpc: not rolled back; it stays as it is.');
    expect(visited.approvals.answerTo('the rollback of vpc')).toMatchObject({ result: { outcome: 'declined' } });
  });

  test('says before a rollback is chosen what its plan will do, by the plan that was applied', async () => {
    const visited = await visit();
    const { approvals } = visited;
    const counts = { ...noEffects, add: 3, change: 2, destroy: 2, import: 1 };
    const destroys = [
      { address: 'aws_db.main', replaced: true },
      { address: 'aws_bucket.old', replaced: false },
    ];
    await approvals.stage.built(delivery, 'vpc', { action: 'plan', outcome: 'planned', plan, counts, destroys });
    await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'applied', plan, counts, destroys });
    await approvals.askForRollback({ vpc: 'applied', dns: 'failed', db: 'cancelled', app: 'cancelled' });
    const { body } = await visited.post({ do: 'preview', rollback: 'all' }, visited.link({ units: [] }));
    for (const said of [
      'changes 2 back',
      'destroys 2 that it made',
      'replaces again aws_db.main',
      'makes again, without what was in it, aws_bucket.old',
      'imported 1, which the code before would destroy',
      'Its plan is asked about before it is carried out.',
    ])
      expect(body).toContain(said);
  });

  test('says what went wrong, with the end of its log, before it asks what to roll back; to try again comes first', async () => {
    const visited = await visit();
    const { approvals } = visited;
    const error = 'terraform apply failed: disk is gone';
    await approvals.stage.built(delivery, 'vpc', { action: 'apply', outcome: 'failed', plan, error });
    const log = [...Array(30).keys()].map((line) => `\u001b[31mline ${line} <b>`).join('\n');
    await approvals.stage.bucket.write(bucketKeys.log(delivery, 'vpc', 'apply'), log);
    await approvals.decide({ unit: 'dns', decision: 'decline', comment: 'not on a Monday' });
    await approvals.askForRollback({ dns: 'declined', vpc: 'half applied', db: 'cancelled', app: 'cancelled' });
    const link = visited.link({ units: [] });
    const { body } = await visited.get(link);
    for (const said of [error, 'line 29 &lt;b&gt;', 'line 10 ', 'not on a Monday', 'somebody (console)', 'Try again'])
      expect(body).toContain(said);
    expect(body).not.toContain('line 9 ');
    expect(body).toContain('line 10 &lt;b&gt;\nline 11 &lt;b&gt;\n');
    expect(body).not.toContain('[31m');
    expect(body.indexOf('Try again')).toBeLessThan(body.indexOf('What to roll back'));
    const { body: done } = await visited.post({ do: 'retry' }, link);
    expect(done).toContain('is planned and asked about again');
    expect(approvals.chosen).toEqual({ rollback: 'retry', units: [] });
  });

  test('says how many of the approvals are there', async () => {
    const visited = await visit({ minimumApprovals: 2 });
    expect((await visited.post(approve)).body).toContain('vpc: 1 of 2 approvals.');
    expect((await visited.get(visited.link({ approver: bob }))).body).toContain(`1 of 2: ${ada}`);
    await visited.post(approve, visited.link({ approver: bob }));
    expect(outcome(visited)).toBe('approved');
  });

  test('shows what a decline would roll back, and declines only when that is confirmed', async () => {
    const visited = await visit();
    await visited.approvals.stage.built(delivery, 'dns', { action: 'apply', outcome: 'applied', plan });
    const choice = { plan, rollback: 'selective', units: ['dns'], comment: 'not today' };
    const shown = await visited.post({ do: 'preview', ...choice });
    expect(shown.status).toBe(200);
    expect(shown.body).toMatch(
      /<ol class="rollback"><li><span class="path">dns<\/span> .*destroyed: this delivery has made it/,
    );
    expect(shown.body).toContain('Yes, decline');
    expect(outcome(visited)).toBeUndefined();
    await visited.post({ do: 'decline', ...choice });
    expect(visited.approvals.request('vpc').given?.decision).toMatchObject({
      decision: 'decline',
      rollback: 'selective',
      units: ['dns'],
      comment: 'not today',
    });
  });

  test.each(['none', 'current', 'dependencies', 'all'])('declines with the rollback choice %s', async (rollback) => {
    const visited = await visit();
    expect((await visited.post({ do: 'decline', plan, rollback })).status).toBe(200);
    expect(visited.approvals.request('vpc').given?.decision).toMatchObject({ decision: 'decline', rollback });
  });

  test('says who declined, when and why, and of an earlier delivery that nothing has changed since', async () => {
    const visited = await visit();
    const { approvals } = visited;
    const decline = { unit: 'vpc', decision: 'decline', comment: 'not on a <b>Monday</b>' };
    await approvals.decide(decline, approvals.context(), ada);
    const words = 'declined by ada@example.org on 2026-01-02 03:04 UTC: “not on a &lt;b&gt;Monday&lt;/b&gt;”';
    const now = (await visited.get()).body;
    expect(now).toContain(words);
    expect(now).not.toContain('nothing of it has changed since');
    const remembered = { ...approvals.request('vpc'), remembered: '0123456789ab-1' };
    await approvals.stage.bucket.write(bucketKeys.request(delivery, 'vpc'), JSON.stringify(remembered));
    const later = (await visited.get()).body;
    expect(later).toContain(`${words}; nothing of it has changed since. `);
    expect(later).toContain('live-ci reconsider &#39;vpc&#39;');
  });

  test('takes units that are ticked, with nothing else chosen, for a selective rollback', async () => {
    const visited = await visit();
    await visited.approvals.stage.built(delivery, 'dns', { action: 'apply', outcome: 'applied', plan });
    const shown = await visited.post({ do: 'preview', plan, units: ['dns'] });
    expect(shown.body).toContain('name="rollback" value="selective"');
    expect(shown.body).toMatch(/<ol class="rollback"><li><span class="path">dns</);
  });

  describe('of a delivery that has made a cache, which reads the network and is read by what read the network before', () => {
    async function previewOf(...units: string[]): Promise<string> {
      const visited = await shownDelivery();
      const { stage } = visited.approvals;
      const described = stage.delivery(delivery);
      const changed: Record<string, object> = {
        'data/cache': { base: null },
        'apps/orders': { dependencies: ['data/cache'], readBefore: ['network/vpc'] },
      };
      const all = described.units.map((unit) => ({ ...unit, ...changed[unit.path] }));
      await stage.bucket.write(bucketKeys.delivery(delivery), JSON.stringify({ ...described, units: all }));
      for (const [unit, digit] of Object.entries({ 'data/cache': 'b', 'apps/orders': 'e' }))
        await stage.built(delivery, unit, { action: 'apply', outcome: 'applied', plan: digit.repeat(64) });
      const link = visited.link({ units: ['data/orders-db'] });
      return (await visited.post({ do: 'preview', plan, rollback: 'selective', units }, link)).body;
    }

    test('says which units are rolled back before what they read', async () => {
      const said =
        /Rolled back while what it reads is still the newer, so the next delivery plans it once more: <span class="path">(.*?)<\/span>/;
      const body = await previewOf('network/vpc', 'data/cache', 'apps/orders');
      expect(said.exec(body)?.[1]).toBe('apps/orders');
      const listed = [...body.matchAll(/<li><span class="path">([^<]*)</g)].map(([, path]) => path);
      expect(listed).toEqual(['apps/orders', 'data/cache', 'network/vpc']);
      expect(said.exec(await previewOf('network/vpc', 'apps/orders', 'network/dns'))?.[1]).toBe('apps/orders');
      expect(await previewOf('network/vpc', 'network/dns')).not.toMatch(said);
    });

    test('says what is not destroyed, since it is read by what stays', async () => {
      expect(await previewOf('data/cache')).toContain('<li class="path">data/cache, read by apps/orders</li>');
      expect(await previewOf('data/cache', 'apps/orders')).not.toContain('data/cache, read by');
    });
  });

  test('says which outputs change and who reads them', async () => {
    const { body } = await (await visit({}, { outputsChanged: ['id', 'cidr'] })).get();
    expect(body).toContain('Outputs that change: <b class="path">id, cidr</b>.');
    expect(body).toContain('are read by <span class="path">db</span>');
  });

  test('says what an approval leads to', async () => {
    const visited = await visit({ minimumApprovals: 2 });
    const { body } = await visited.get();
    expect(body).toContain('If you approve it, exactly this plan is applied once 1 more has approved it.');
    await visited.post(approve, visited.link({ approver: bob }));
    expect((await visited.get()).body).toMatch(/exactly this plan is applied at once\. After that .*db/);
  });

  test('tells an approver whose decision failed on its way to give it again, and it counts', async () => {
    const visited = await visit();
    const { decide } = visited.context;
    visited.context.decide = () => Promise.reject(new Error('no answer'));
    const { status, body } = await visited.post(approve);
    expect(status).toBe(409);
    expect(body).toContain('Give the decision again');
    expect(visited.logged).toEqual([new Error('no answer')]);
    visited.context.decide = decide;
    expect((await visited.post(approve)).body).toContain('vpc: approved.');
  });

  test.each(['', 'favicon.ico', 'robots.txt', '.git/config', 'wp-login.php'])(
    'is not there under any other address, and asking for one is no failure: /%s',
    async (link) => {
      const visited = await visit();
      for (let time = 0; time < 11; time++) expect((await visited.get(link)).status).toBe(404);
      expect((await visited.get()).status).toBe(200);
    },
  );

  test('has a unit planned again', async () => {
    const visited = await visit();
    await visited.post({ do: 'replan', plan });
    expect(outcome(visited)).toBe('replan');
  });

  test('approves several of its units at once, those that are ticked', async () => {
    const visited = await visit();
    const both = visited.link({ units: ['vpc', 'dns', 'db'] });
    expect((await visited.get(both)).body).toContain('Approve several at once');
    const { body } = await visited.post({ do: 'approve-several', plans: [`${plan} vpc`, `${plan} dns`] }, both);
    expect([outcome(visited), outcome(visited, 'dns')]).toEqual(['approved', 'approved']);
    expect(body).toContain('dns: approved.');
  });

  test('lets nobody approve beside others what destroys more than can be shown there', async () => {
    const destroys = Array.from({ length: 11 }, (_, index) => ({ address: `a.b[${index}]`, replaced: false }));
    const visited = await visit();
    await visited.plan('dns', {
      counts: { ...noEffects, destroy: 11 },
      destroys,
      plan: 'd'.repeat(64),
    });
    const { body } = await visited.get(visited.link({ units: ['vpc', 'dns'] }));
    expect(body).toContain('destroys 11 resources');
    expect(body.match(/name="plans" value="[0-9a-f]{64} [^"]*"/g)).toEqual([`name="plans" value="${plan} vpc"`]);
  });

  test('takes the choice of what to roll back, with a link for that', async () => {
    const visited = await visit();
    const { approvals } = visited;
    const ended = { vpc: 'applied', dns: 'applied', db: 'failed', app: 'cancelled' } as const;
    await approvals.askForRollback(ended);
    const link = visited.link({ units: [] });
    expect((await visited.get(link)).body).toContain('What is to be rolled back?');
    const shown = await visited.post({ do: 'preview', rollback: 'selective', units: ['vpc'] }, link);
    expect(shown.body).toContain('One unit is');
    expect(approvals.chosen).toBeUndefined();
    await visited.post({ do: 'decline', rollback: 'selective', units: ['vpc'] }, link);
    expect(approvals.chosen).toEqual({ rollback: 'selective', units: ['vpc'] });
  });

  test('shows markup and control characters of plans, messages and paths as text', async () => {
    const visited = await visit();
    const evil = '</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>\u001b[31mred\u001b[0m\u202e\u0007';
    const { bucket } = visited.approvals.stage;
    await bucket.write(bucketKeys.planText(delivery, 'vpc', plan), `  + ${evil}\n`);
    const described = JSON.parse(bucket.text(bucketKeys.delivery(delivery)) ?? '');
    const changed = { ...described, subject: evil, author: evil, repository: evil };
    changed.units[0].reasons = [evil];
    await bucket.write(bucketKeys.delivery(delivery), JSON.stringify(changed));
    const { body } = await visited.get();
    expect(body).not.toMatch(/<script|<img/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(body).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/);
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  test('shows the beginning of a long plan, and all of it on demand', async () => {
    const visited = await visit();
    const lines = Array.from({ length: 10_000 }, (_, index) => `      + line ${index} ${'x'.repeat(490)}`);
    await visited.approvals.stage.bucket.write(bucketKeys.planText(delivery, 'vpc', plan), lines.join('\n'));
    const short = await visited.get();
    expect(short.body).toContain('Show all 10,000 lines');
    expect(short.body).not.toContain('line 400 ');
    const all = await visited.get(visited.link(), 'unit=vpc&plan=all');
    expect(all.body).toContain('line 9999 ');
    expect(all.body).not.toContain('Show all');
  });

  test('has at most 60 KB without the plan, also of a delivery of 600 units', async () => {
    const visited = await visit();
    const { bucket } = visited.approvals.stage;
    await bucket.remove(bucketKeys.planText(delivery, 'vpc', plan));
    expect((await visited.get()).body.length).toBeLessThan(60_000);
    const described = JSON.parse(bucket.text(bucketKeys.delivery(delivery)) ?? '');
    const path = (index: number) => `production/europe-west-1/team-${index}/services/service-${index}`;
    const [vpc] = described.units.filter((one: { path: string }) => one.path === 'vpc');
    const many = Array.from({ length: 600 }, (_, index) => ({ ...vpc, path: path(index), after: ['vpc'] }));
    await bucket.write(bucketKeys.delivery(delivery), JSON.stringify({ ...described, units: [vpc, ...many] }));
    const { body } = await visited.get();
    expect(body).toContain('more units');
    expect(body.length).toBeLessThan(60_000);
  });
});

test('the page has at most 60 KB without the plan, also when forty units wait that destroy ten resources each', async () => {
  const paths = Array.from({ length: 40 }, (_, index) => `production/europe-west-1/service-${index}`);
  const touched = Object.fromEntries(paths.map((path) => [path, 'added' as const]));
  const graph = Object.fromEntries(paths.map((path) => [path, []]));
  const visited = new PageVisit(await Approvals.start({}, { graph, touched }));
  const destroys = Array.from({ length: 10 }, (_, index) => ({
    address: `module.services["service-${index}"].module.database.aws_db_instance.main`,
    replaced: true,
  }));
  for (const path of paths) await visited.plan(path, { counts: { ...noEffects, add: 10, destroy: 10 }, destroys });
  await visited.approvals.stage.bucket.remove(bucketKeys.planText(delivery, paths[0] ?? '', plan));
  const { body } = await visited.get(visited.link({ units: paths }));
  const beside = body.match(/name="plans"/g)?.length ?? 0;
  expect(beside).toBeGreaterThan(10);
  expect(body).toContain(`… and ${40 - beside} more, once these are decided`);
  expect(body.length).toBeLessThan(60_000);
});

describe('the page offers no decision that would be refused', () => {
  const author = 'author@example.org';
  const mine = { approvers: [ada, 'Author@example.org'], authorMayApprove: false };

  test('to whoever wrote the change, who may still decline it', async () => {
    const visited = await visit(mine);
    const { body } = await visited.get(visited.link({ approver: author, units: ['vpc', 'dns'] }));
    expect(body).toContain("You wrote this change, so you can't approve it.");
    for (const button of ['approve', 'approve-several']) expect(body).not.toContain(`value="${button}"`);
    for (const button of ['preview', 'replan']) expect(body).toContain(`value="${button}"`);
    const other = (await visited.get(visited.link({ units: ['vpc', 'dns'] }))).body;
    for (const button of ['approve', 'approve-several']) expect(other).toContain(`value="${button}"`);
    const allowed = await visit({ ...mine, authorMayApprove: true });
    expect((await allowed.get(allowed.link({ approver: author }))).body).toContain('value="approve"');
  });

  test('to somebody who is no approver of the unit, nor of the delivery', async () => {
    const visited = await visit({ approvers: [bob] });
    const { body } = await visited.get();
    expect(body).toContain('</b> is not among the approvers of <span class="path">vpc</span>');
    expect(body).not.toContain('<form');
    await visited.approvals.decide({ unit: 'vpc', decision: 'approve' });
    await visited.approvals.askForRollback({
      vpc: 'half applied',
      dns: 'cancelled',
      db: 'cancelled',
      app: 'cancelled',
    });
    const choice = (await visited.get(visited.link({ units: [] }))).body;
    expect(choice).toContain(`is not among the approvers of <span class="path">${delivery}</span>`);
    expect(choice).not.toContain('<form');
  });
});

describe('a link is refused', () => {
  test.each<[string, Partial<Claims>, string, number]>([
    ['when it has expired', { expires: now.getTime() / 1000 - 1 }, 'This link has expired', 410],
    ['for another unit', {}, 'This link is for other units', 403],
  ])('%s', async (_, claims, said, status) => {
    const visited = await visit();
    for (const answer of [
      await visited.get(visited.link(claims), 'unit=dns'),
      await visited.post(approve, visited.link(claims), 'unit=dns'),
    ]) {
      expect(answer.status).toBe(status);
      expect(answer.body).toContain(said);
    }
    expect([outcome(visited), outcome(visited, 'dns')]).toEqual([undefined, undefined]);
  });

  test('when it is forged', async () => {
    const visited = await visit();
    const [id, claims] = visited.link().split('.');
    const other = signLink({ delivery, units: ['vpc'], approver: ada, expires: 1e10 }, firstSigningKey(now));
    for (const link of [`${id}.${claims}.${'A'.repeat(43)}`, other]) {
      expect((await visited.post(approve, link)).status).toBe(403);
    }
    expect(outcome(visited)).toBeUndefined();
  });

  test('when it only shows, which it does without a form', async () => {
    const visited = await visit();
    const link = visited.link({ approver: null });
    const { status, body } = await visited.get(link);
    expect(status).toBe(200);
    for (const said of ['You look on', 'a.b will be created', 'To decide']) expect(body).toContain(said);
    expect(body).not.toContain('<form');
    for (const sent of [approve, { do: 'decline', plan, rollback: 'all' }, { do: 'preview', plan, rollback: 'all' }])
      expect((await visited.post(sent, link)).status).toBe(403);
    expect(outcome(visited)).toBeUndefined();
  });

  test('when a form asks for units that it is not for', async () => {
    const visited = await visit();
    const { status } = await visited.post({ do: 'approve-several', plans: [`${plan} dns`] });
    expect([status, outcome(visited, 'dns')]).toEqual([409, undefined]);
  });

  test("when it is another's who is no approver", async () => {
    const visited = await visit({ approvers: [bob] });
    const { status, body } = await visited.post(approve);
    expect([status, outcome(visited)]).toEqual([409, undefined]);
    expect(body).toContain('ada@example.org is not among the approvers of vpc');
  });

  test('after the decision, and shows what came of it', async () => {
    const visited = await visit();
    await visited.post(approve);
    const others: Sent[] = [approve, { do: 'decline', plan, rollback: 'all' }, { do: 'replan', plan }];
    for (const again of others) {
      const { status, body } = await visited.post(again);
      expect(status).toBe(409);
      expect(body).toContain('Nothing waits for this decision any more');
    }
    expect((await visited.get()).body).not.toContain('<form');
    expect(outcome(visited)).toBe('approved');
  });

  test('when the plan that it showed was made again since', async () => {
    const visited = await visit();
    const { status, body } = await visited.post({ ...approve, plan: 'b'.repeat(64) });
    expect([status, outcome(visited)]).toEqual([409, undefined]);
    expect(body).toContain('has another plan by now');
  });

  test('without a look at it, after ten wrong ones in a minute from the same address', async () => {
    const visited = await visit();
    for (let time = 0; time < 10; time++) expect((await visited.get('a.b.c')).status).toBe(403);
    const { status, headers } = await visited.get();
    expect([status, headers['retry-after']]).toEqual([429, '60']);
    visited.context.now = () => new Date(now.getTime() + 61_000);
    expect((await visited.get()).status).toBe(200);
  });
});

test.each([
  ['nothing', {}],
  ['an approval of no plan', { do: 'approve', destroys: '0' }],
  ['no decision', { do: 'approve-everything' }],
  ['no rollback choice', { do: 'decline', plan, rollback: 'everything' }],
  ['a decline that says nothing of a rollback', { do: 'decline', plan }],
  ['selective without units', { do: 'decline', plan, rollback: 'selective' }],
])('a form that sends %s decides nothing', async (_, sent) => {
  const visited = await visit();
  expect((await visited.post(sent as unknown as Sent)).status).toBe(409);
  expect(outcome(visited)).toBeUndefined();
});
