/** What happens after a push to the local stack is enqueued, and what is to be said of it. */
import { readPointer } from '../delivery/pointer.ts';
import { messageOf } from '../errors.ts';
import { otherThanDeployed } from '../local/settings.ts';
import { pollNow } from '../local/stack.ts';
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

async function whereToLook(commit: string, { bucket }: Connection): Promise<string[]> {
  const { running, halted } = (await readPointer(bucket)).value;
  const id = running?.delivery;
  const own = id?.startsWith(`${commit.slice(0, 12)}-`);
  const behind = halted ? `${halted.delivery}, which is halted` : id;
  return [
    own || !behind
      ? 'live-ci status says what it does and what waits for you'
      : `It waits behind ${behind}; live-ci status says what that does`,
  ];
}
