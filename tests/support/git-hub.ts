/** As much of GitHub's REST API as pull requests need, keeping what was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Gate } from './memory-aws.ts';

export interface Pull {
  html_url: string;
  head: string;
  base: string;
  title: string;
  body: string;
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
  if (url.pathname !== '/repos/example-org/live/pulls') return notFound;
  const asked = url.searchParams;
  const same = (pull: Pull, head: string | null, base: string | null) =>
    `example-org:${pull.head}` === head && pull.base === base;
  if (method === 'GET') return [200, pulls.filter((pull) => same(pull, asked.get('head'), asked.get('base')))];
  const wanted = JSON.parse(sent) as Pull;
  if (pulls.some((pull) => same(pull, `example-org:${wanted.head}`, wanted.base)))
    return [422, { message: 'Validation Failed', errors: [{ message: 'A pull request already exists.' }] }];
  const pull = { ...wanted, html_url: `https://github.com/example-org/live/pull/${pulls.length + 1}` };
  pulls.push(pull);
  return [201, pull];
}
