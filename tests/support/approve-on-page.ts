/** What a browser sends to the approval page of the deployed stack. */
import assert from 'node:assert/strict';
import { SSMClient } from '@aws-sdk/client-ssm';
import { giveLinks, type LinkRequest } from '../../src/approval/give-links.ts';
import { readSigningKeys } from '../../src/approval/signing-key.ts';
import { readParameter } from '../../src/aws/parameter.ts';
import type { LocalStack } from '../../src/local/stack.ts';
import type { LocalPipeline } from './local-pipeline.ts';

type Stack = Pick<LocalStack, 'endpoint' | 'environment'>;

/** An address of the page, signed with the key that the stack keeps. */
export async function signedLink(
  { endpoint, environment }: Stack,
  about: Pick<LinkRequest, 'delivery' | 'units'> & Partial<LinkRequest>,
): Promise<string> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ssm = new SSMClient({ endpoint, region: 'us-east-1', credentials });
  const { LIVE_CI_SIGNING_KEY: parameter = '', LIVE_CI_PAGE_URL: page = '' } = environment;
  const keys = await readSigningKeys({ read: () => readParameter(ssm, parameter) });
  const [link = ''] = giveLinks({ approver: 'ada@example.org', hours: 1, now: new Date(), ...about }, page, keys);
  return link;
}

export async function approveOnPage(delivery: string, unit: string, { stack }: LocalPipeline): Promise<void> {
  await approveAt(await signedLink(stack, { delivery, units: [unit] }));
}

/** Opens a link and presses the button of the page that it leads to. */
export async function approveAt(link: string): Promise<void> {
  const shown = await fetch(link);
  const plan = /name="plan" value="([0-9a-f]{64})"/.exec(await shown.text())?.[1];
  assert.ok(plan, `the page has a form; it answered ${shown.status}`);
  const answered = await fetch(link, {
    method: 'POST',
    body: new URLSearchParams({ do: 'approve', plan, destroys: '0' }),
  });
  assert.equal(answered.status, 200, await answered.text());
}
