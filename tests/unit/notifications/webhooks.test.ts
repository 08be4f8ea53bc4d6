import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { NotTold } from '../../../src/notifications/channel.ts';
import type { Message } from '../../../src/notifications/message.ts';
import { slackMessage } from '../../../src/notifications/slack.ts';
import { teamsMessage } from '../../../src/notifications/teams.ts';
import { webhook } from '../../../src/notifications/webhooks.ts';

const message: Message = { subject: 'live-ci-test: it works', parts: [] };
const secret = 'https://hooks.example.org/services/T0/B0/secret';
const parameter = '/live-ci/slack';

interface Answer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** A chat: it answers what it is told to, or never, and keeps what it got. */
async function chat(answer: Answer | 'never') {
  const got: { method: string; path: string; type: string | undefined; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request));
    got.push({
      method: request.method ?? '',
      path: request.url ?? '',
      type: request.headers['content-type'],
      body,
    });
    if (answer === 'never') return;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    got,
    /** As if the server had a certificate for the host of the webhook. */
    fetch: ((url: string, init: RequestInit) =>
      fetch(url.replace('https://hooks.example.org', `http://127.0.0.1:${port}`), init)) as typeof fetch,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function channel(fetch: typeof globalThis.fetch, url: string | undefined = secret, kind: 'slack' | 'teams' = 'slack') {
  const readParameter = async (name: string) => (name === parameter ? url : undefined);
  return webhook({ kind, parameter }, { readParameter, fetch });
}

const refusal = (sent: Promise<void>): Promise<NotTold> =>
  sent.then(
    () => Promise.reject(new Error('it was sent')),
    (error: NotTold) => error,
  );

test('a message is posted to the URL that the parameter holds, in the form of the chat', async () => {
  await using there = await chat({ status: 200, body: 'ok' });
  await channel(there.fetch, `${secret}\n`).send(message);
  await channel(there.fetch, secret, 'teams').send(message);
  const posted = { method: 'POST', path: '/services/T0/B0/secret', type: 'application/json' };
  expect(there.got).toEqual([
    { ...posted, body: slackMessage(message) },
    { ...posted, body: teamsMessage(message) },
  ]);
});

test('a workflow of Teams accepts with 202', async () => {
  await using there = await chat({ status: 202 });
  await expect(channel(there.fetch, secret, 'teams').send(message)).resolves.toBeUndefined();
});

describe('a webhook that can not be told says why, without its URL:', () => {
  test.each<[string, Answer, string]>([
    ['it is gone', { status: 404, body: 'no_service' }, 'Slack (/live-ci/slack) answered 404: no_service; see whether'],
    ['an answer of several words is not repeated', { status: 400, body: `bad ${secret}` }, 'answered 400; see whether'],
    [
      'too much at once',
      { status: 429, headers: { 'retry-after': '30' } },
      'answered 429; it is told again at the next poll.',
    ],
    ['it is down', { status: 503, body: '<html>' }, 'answered 503; it is told again at the next poll.'],
    [
      'it leads elsewhere, where nobody follows',
      { status: 302, headers: { location: 'https://evil.example.com/' } },
      'leads elsewhere (302), where it is not followed',
    ],
  ])('%s', async (_, answer, sentence) => {
    await using there = await chat(answer);
    const error = await refusal(channel(there.fetch).send(message));
    expect(error).toBeInstanceOf(NotTold);
    expect(error.message).toContain(sentence);
    expect(error.message).not.toContain('secret');
    expect(error.isFailure).toBe(true);
    expect(there.got).toHaveLength(1);
  });

  test('nobody listens there', async () => {
    const there = await chat({ status: 200 });
    await there[Symbol.asyncDispose]();
    const { message: sentence, cause } = await refusal(channel(there.fetch).send(message));
    expect(sentence).toBe("Slack (/live-ci/slack) can't be reached (ECONNREFUSED); it is told again at the next poll.");
    expect(cause).toBeUndefined();
  });

  test('it does not answer', async () => {
    await using there = await chat('never');
    const impatient = ((url: string, { signal, ...init }: RequestInit) => {
      expect(signal?.aborted).toBe(false);
      return there.fetch(url, { ...init, signal: AbortSignal.timeout(50) });
    }) as typeof fetch;
    const { message: sentence } = await refusal(channel(impatient).send(message));
    expect(sentence).toContain('did not answer within 5 seconds');
  });

  test('there is no such parameter', async () => {
    const { message: sentence } = await refusal(
      webhook({ kind: 'slack', parameter: '/live-ci/other' }, { readParameter: async () => undefined, fetch }).send(
        message,
      ),
    );
    expect(sentence).toBe('There is no parameter /live-ci/other; put the URL of the webhook of Slack there.');
  });

  test.each(['http://hooks.example.org/secret', 'secret', 'file:///secret'])('it holds %s', async (url) => {
    await using there = await chat({ status: 200 });
    const { message: sentence } = await refusal(channel(there.fetch, url).send(message));
    expect(sentence).toContain('is no URL that begins with https:');
    expect(sentence).not.toContain('secret');
    expect(there.got).toEqual([]);
  });
});
