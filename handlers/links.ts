/** Links to this deployment's approval page, for the functions that hand them out, and the key that they are signed with. */
import { giveLinks, type LinkRequest } from '../src/approval/give-links.ts';
import { readSigningKeys, type SigningKeys } from '../src/approval/signing-key.ts';
import { ssm } from '../src/aws/clients.ts';
import { reachable } from '../src/aws/function-url.ts';
import { readParameter } from '../src/aws/parameter.ts';
import { messageOf } from '../src/errors.ts';
import { config, now, required } from './context.ts';
import { log } from './observed.ts';

/** A key that is revoked stays good for as long as this. */
const keyMilliseconds = 60_000;
let known: { keys: SigningKeys; until: number } | undefined;

/** As the parameter has them. @throws ConfigError */
export async function signingKeys(): Promise<SigningKeys> {
  if (known === undefined || known.until < Date.now()) {
    const read = () => readParameter(ssm(), required('LIVE_CI_SIGNING_KEY'));
    known = { keys: await readSigningKeys({ read }), until: Date.now() + keyMilliseconds };
  }
  return known.keys;
}

/** Valid from now on, for as long as links of this deployment are; none when it has no page, or its key can't be read: what links stand in is told all the same. */
export async function links(about: Pick<LinkRequest, 'delivery' | 'units' | 'approver'>): Promise<string[]> {
  const page = process.env.LIVE_CI_PAGE_URL;
  if (!page) return [];
  try {
    const { linkHours: hours } = config.approvals.page;
    return giveLinks({ ...about, hours, now: now() }, reachable(page), await signingKeys());
  } catch (error) {
    log('no link could be signed', { why: messageOf(error) });
    return [];
  }
}
