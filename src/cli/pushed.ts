/** What happens after a push to the local stack is enqueued, and what is to be said of it. */
import { giveLinks } from '../approval/give-links.ts';
import { readSigningKeys } from '../approval/signing-key.ts';
import { ssm } from '../aws/clients.ts';
import { readParameter } from '../aws/parameter.ts';
import { readExpected } from '../aws/stored.ts';
import { bucketKeys } from '../delivery/bucket-keys.ts';
import { readPointer } from '../delivery/pointer.ts';
import { messageOf } from '../errors.ts';
import { otherThanDeployed } from '../local/settings.ts';
import { pollNow } from '../local/stack.ts';
import { deliverySchema } from '../model.ts';
import type { CommandInput } from './command.ts';
import { type Connection, connect } from './connect.ts';

/** Takes the pipeline a step further, where the rule would within a minute. @returns lines */
export async function pushed(commit: string, input: CommandInput): Promise<string[]> {
  const connection = await connect(input);
  const {
    AWS_ENDPOINT_URL: endpoint = '',
    LIVE_CI_POLL_FUNCTION: poll = '',
    LIVE_CI_CONFIG: settings = '',
  } = connection.environment;
  const failed = await pollNow(endpoint, poll).then(
    () => [],
    (error) => [`The poll failed, and is tried again within a minute: ${messageOf(error)}`],
  );
  const other = await otherThanDeployed('.', commit, settings);
  return [...failed, ...(other ? [`Note: ${other}`] : []), ...(await whereToLook(commit, connection))];
}

async function whereToLook(commit: string, connection: Connection): Promise<string[]> {
  const { bucket } = connection;
  const { running, halted } = (await readPointer(bucket)).value;
  const id = running?.delivery;
  const own = id?.startsWith(`${commit.slice(0, 12)}-`);
  const behind = halted ? `${halted.delivery}, which is halted` : id;
  const lines = [
    own || !behind
      ? 'live-ci status says what it does and what waits for you'
      : `It waits behind ${behind}; live-ci status says what that does`,
  ];
  const link = id && own ? await viewLink(id, connection) : undefined;
  return link ? [...lines, `Look at it: ${link}`] : lines;
}

/** Undefined without an approval page, or units to look at. */
async function viewLink(id: string, { bucket, environment, config }: Connection): Promise<string | undefined> {
  const { LIVE_CI_PAGE_URL: page, LIVE_CI_SIGNING_KEY: parameter } = environment;
  const { units } = await readExpected(bucket, bucketKeys.delivery(id), deliverySchema);
  if (!page || !parameter || units.length === 0) return undefined;
  const keys = await readSigningKeys({ read: () => readParameter(ssm(), parameter) });
  const { linkHours: hours } = (await config()).approvals.page;
  const request = { delivery: id, units: units.map(({ path }) => path), approver: null, hours, now: new Date() };
  return giveLinks(request, page, keys)[0];
}
