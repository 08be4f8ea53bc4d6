/** Repositories over HTTP, as GitHub has them: real git behind `git http-backend`; those under `private/` only for who has the token. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { git } from '../../src/repository/git.ts';

export interface GitServer extends AsyncDisposable {
  /** Without a slash at the end. */
  url: string;
  token: string;
  /** Takes a repository on disk over as `<name>.git`, and answers with its address. */
  add(name: string, from: string): Promise<string>;
  /** Where the repository of that name lies. */
  directory(name: string): string;
  /** Paths that were asked for without the token, and refused. */
  refused: string[];
}

export async function gitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'live-ci-server-'));
  const token = 'ghp_exampletoken0123456789';
  const refused: string[] = [];
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (!path.startsWith('/private/') || request.headers.authorization === expected)
      return void serve(root, request, response);
    refused.push(path);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token,
    refused,
    directory: (name) => join(root, `${name}.git`),
    async add(name, from) {
      const directory = join(root, `${name}.git`);
      await mkdir(dirname(directory), { recursive: true });
      await git(root, ['clone', '--quiet', '--mirror', from, directory]);
      await git(directory, ['config', 'http.receivepack', 'true']);
      return `${url}/${name}.git`;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** CGI: a request in variables and on standard input, an answer with its headers on standard output. */
async function serve(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const {
    'content-type': type = '',
    'content-encoding': encoding = '',
    'git-protocol': protocol = '',
  } = request.headers;
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: type,
      HTTP_CONTENT_ENCODING: encoding,
      GIT_PROTOCOL: String(protocol),
      REMOTE_USER: 'x-access-token',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  const answer = await buffer(child.stdout);
  const end = answer.indexOf('\r\n\r\n');
  let status = 200;
  for (const line of answer.toString('latin1', 0, end).split('\r\n')) {
    const [name = '', value = ''] = line.split(': ');
    if (name === 'Status') status = Number.parseInt(value, 10);
    else if (name !== '') response.setHeader(name, value);
  }
  response.writeHead(status).end(answer.subarray(end + 4));
}
