/** Channels that lead to a chat. The URL of a webhook is a secret: whoever has it can post, so no sentence and no log has it. */
import type { WebhookSettings } from '../config/schema/notifications.ts';
import { type Channel, NotTold } from './channel.ts';
import type { Message } from './message.ts';
import { slackMessage } from './slack.ts';
import { teamsMessage } from './teams.ts';

const kinds = {
  slack: { name: 'Slack', render: slackMessage },
  teams: { name: 'Teams', render: teamsMessage },
} as const satisfies Record<WebhookSettings['kind'], { name: string; render: (message: Message) => object }>;

export interface WebhookContext {
  /** Undefined when there is no such parameter. */
  readParameter: (name: string) => Promise<string | undefined>;
  fetch: typeof fetch;
}

export function webhook({ kind, parameter }: WebhookSettings, { readParameter, fetch }: WebhookContext): Channel {
  const { name, render } = kinds[kind];
  return {
    name: `${kind} ${parameter}`,
    approver: null,
    links: true,
    async send(message) {
      const url = (await readParameter(parameter))?.trim();
      if (url === undefined)
        throw new NotTold(`There is no parameter ${parameter}; put the URL of the webhook of ${name} there.`);
      if (URL.parse(url)?.protocol !== 'https:')
        throw new NotTold(
          `What the parameter ${parameter} holds is no URL that begins with https:; put the webhook's there.`,
        );
      await post(url, render(message), `${name} (${parameter})`, fetch);
    },
  };
}

const mostMilliseconds = 5000;

/** @param whom in sentences, instead of the URL. */
async function post(url: string, body: object, whom: string, fetch: WebhookContext['fetch']): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: AbortSignal.timeout(mostMilliseconds),
  }).catch((error) => {
    throw new NotTold(unreached(error, whom));
  });
  if (!response.ok) throw new NotTold(await refused(response, whom));
  await response.body?.cancel();
}

/** Errors of fetch may have the URL in them, so of what they say only the code goes on. */
function unreached(error: { name?: unknown; cause?: { code?: unknown } }, whom: string): string {
  if (error.name === 'TimeoutError')
    return `${whom} did not answer within ${mostMilliseconds / 1000} seconds; it is told again at the next poll.`;
  const { code } = error.cause ?? {};
  return `${whom} can't be reached${typeof code === 'string' ? ` (${code})` : ''}; it is told again at the next poll.`;
}

/** Slack says in a word what is wrong (`no_service`, `channel_is_archived`); what else stands in an answer may be anything. */
async function refused(response: Response, whom: string): Promise<string> {
  const { status } = response;
  const said = (await response.text().catch(() => '')).trim();
  const why = /^[a-z_]{1,60}$/.test(said) ? `: ${said}` : '';
  if (status === 429 || status >= 500) return `${whom} answered ${status}${why}; it is told again at the next poll.`;
  if (status < 400)
    return `${whom} leads elsewhere (${status}), where it is not followed; put the URL there that it has now.`;
  return `${whom} answered ${status}${why}; see whether the webhook is still there, and put the URL of a new one in its place.`;
}
