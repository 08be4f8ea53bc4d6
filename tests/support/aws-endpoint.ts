/** An AWS endpoint whose answers a test decides: for what no emulator does when it is asked to. The clients are the real ones. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Call {
  /** `PublishVersion`; of S3 the method and the key. */
  name: string;
  /** The JSON that was sent, or the text. */
  input: Record<string, unknown>;
  headers: Record<string, string | string[] | undefined>;
  query: URLSearchParams;
}

export interface Answer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface AwsEndpoint extends AsyncDisposable {
  /** For the constructors of the SDK's clients. */
  settings: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  /** What was called so far, in order. */
  calls: Call[];
}

export async function awsEndpoint(answer: (call: Call) => Answer): Promise<AwsEndpoint> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const sent = (await buffer(request)).toString('utf8');
    const target = request.headers['x-amz-target'];
    const name = typeof target === 'string' ? target.split('.').at(-1) : `${request.method} ${decodeURI(url.pathname)}`;
    const input = target ? JSON.parse(sent || '{}') : { text: sent };
    const call: Call = { name: name ?? '', input, headers: request.headers, query: url.searchParams };
    calls.push(call);
    const { status = 200, body = '', headers = {} } = answer(call);
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    settings: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    },
    calls,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** An error as the services with a JSON protocol answer it. */
export function awsError(name: string, message = name): Answer {
  return { status: 400, body: { __type: name, message }, headers: { 'content-type': 'application/x-amz-json-1.0' } };
}

/** An error as S3 answers it. */
export function s3Error(status: number, code: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, body, headers: { 'content-type': 'application/xml' } };
}
