/** As much of GitHub's REST API as pull requests need, keeping what was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Gate } from './memory-aws.ts';

export interface Pull {
  html_url: string;
  number: number;
  state: 'open' | 'closed';
  head: string;
  base: string;
  title: string;
  body: string;
  comments: string[];
}

export interface GitHub extends AsyncDisposable {
  api: string;
  token: string;
  pulls: Pull[];
  /** Requests that GitHub would refuse. */
  refused: string[];
  /** Lets a request through, or not. */
  gate: Gate;
}

export async function gitHub(): Promise<GitHub> {
  const github: Omit<GitHub, 'api' | keyof AsyncDisposable> = {
    token: 'secret',
    pulls: [],
    refused: [],
    gate: ({ make }) => make(),
  };
  const server = createServer(async (request, response) => {
    const sent = (await buffer(request)).toString('utf8');
    const respond = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    const make = async () => {
      const known = request.headers.authorization === `Bearer ${github.token}`;
      if (known)
        return answer(request.method ?? '', new URL(request.url ?? '/', 'http://localhost'), sent, github.pulls);
      github.refused.push(`${request.method} ${request.url}`);
      return notFound;
    };
    try {
      const [status, body] = (await github.gate({ name: `github:${request.method} pulls`, on: '', make })) as Answer;
      respond(status, body);
    } catch (error) {
      if (error instanceof Error && error.name === 'ThrottlingException') respond(503, { message: 'Unavailable' });
      else request.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(github, {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

type Answer = [status: number, body: unknown];

const notFound: Answer = [404, { message: 'Not Found' }];

function answer(method: string, url: URL, sent: string, pulls: Pull[]): Answer {
  const [, place, number, comments] =
    /^\/repos\/example-org\/live\/(pulls|issues)(?:\/(\d+)(\/comments)?)?$/.exec(url.pathname) ?? [];
  const named = pulls.find((pull) => pull.number === Number(number));
  if (place === 'issues' && comments && method === 'POST' && named) {
    named.comments.push(JSON.parse(sent).body);
    return [201, {}];
  }
  if (place !== 'pulls' || comments) return notFound;
  if (number !== undefined) {
    if (named === undefined || method !== 'PATCH') return notFound;
    Object.assign(named, JSON.parse(sent));
    return [200, named];
  }
  const asked = url.searchParams;
  const same = (pull: Pull, head: string | null, base: string | null) =>
    `example-org:${pull.head}` === head && pull.base === base && pull.state === 'open';
  if (method === 'GET') return [200, pulls.filter((pull) => same(pull, asked.get('head'), asked.get('base')))];
  const wanted = JSON.parse(sent) as Pick<Pull, 'head' | 'base' | 'title' | 'body'>;
  if (pulls.some((pull) => same(pull, `example-org:${wanted.head}`, wanted.base)))
    return [422, { message: 'Validation Failed', errors: [{ message: 'A pull request already exists.' }] }];
  const next = pulls.length + 1;
  const pull: Pull = {
    ...wanted,
    html_url: `https://github.com/example-org/live/pull/${next}`,
    number: next,
    state: 'open',
    comments: [],
  };
  pulls.push(pull);
  return [201, pull];
}
