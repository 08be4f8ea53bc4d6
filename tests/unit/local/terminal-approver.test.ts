import { PassThrough } from 'node:stream';
import { rollbackRequestSchema } from '../../../src/approval/request.ts';
import { bucketKeys } from '../../../src/delivery/bucket-keys.ts';
import { terminalApprover } from '../../../src/local/demo/terminal-approver.ts';
import type { Decision, Delivery, RunResult } from '../../../src/model.ts';
import { Approvals, delivery } from '../../support/approvals.ts';

/** A terminal at which somebody types, and a delivery whose unit vpc waits. */
async function atTheTerminal() {
  const approvals = await Approvals.start();
  await approvals.askFor('vpc');
  const given: Decision[] = [];
  const said: string[] = [];
  const [input, output] = [new PassThrough(), new PassThrough()];
  const approver = terminalApprover({
    give: async (decision) => {
      given.push(decision);
      return 'given';
    },
    bucket: approvals.stage.bucket,
    link: async (delivery, units) => `https://page.example.org/${delivery}/${units.join('+')}`,
    tell: (line) => said.push(line),
    input,
    output,
  });
  const asked = approver.unit(approvals.request('vpc'), {} as RunResult, {} as Delivery);
  return { approvals, approver, asked, given, said, input, output };
}

describe('the person at the terminal of the demo', () => {
  test('is offered the approval page, and decides at the terminal', async () => {
    const { approver, asked, given, said, input, output } = await atTheTerminal();
    output.on('data', (text) => String(text).includes('[a]pprove') && input.write('a\n'));
    await asked;
    approver[Symbol.dispose]();
    expect(said[0]).toMatch(/approval page: .*https:\/\/page\.example\.org\/[0-9a-f]{12}-1\/vpc/);
    expect(given).toMatchObject([{ unit: 'vpc', decision: 'approve' }]);
  });

  test.each([
    ['t', { decision: 'retry' }],
    ['1', { decision: 'decline', rollback: 'none' }],
    ['4', { decision: 'decline', rollback: 'all' }],
  ])('answers the rollback question with %s', async (answer, decision) => {
    const { approvals, approver, given, said, input, output, asked } = await atTheTerminal();
    output.on('data', (text) => {
      if (String(text).includes('[a]pprove')) input.write('a\n');
      if (String(text).includes('[t]ry again')) input.write(`${answer}\n`);
    });
    await asked;
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    await approvals.askForRollback({ vpc: 'half applied', dns: 'applied', db: 'cancelled', app: 'cancelled' });
    const text = approvals.stage.bucket.text(bucketKeys.rollbackRequest(delivery)) ?? '';
    await approver.rollback(rollbackRequestSchema.parse(JSON.parse(text)), {} as Delivery);
    approver[Symbol.dispose]();
    expect(given.at(-1)).toEqual({ delivery, ...decision });
    expect(said.find((line) => line.includes('try again'))).toContain('plan and ask again what did not end well');
    expect(said).toContainEqual(expect.stringContaining(JSON.stringify({ delivery, ...decision })));
  });

  test('is asked no longer once the answer was given on the page', async () => {
    const { approvals, approver, asked, given, said } = await atTheTerminal();
    await approvals.decide({ unit: 'vpc', decision: 'approve' });
    await asked;
    approver[Symbol.dispose]();
    expect(given).toEqual([]);
    expect(said.at(-1)).toContain('answered elsewhere');
  });
});
