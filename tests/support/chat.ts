/** A chat with incoming webhooks on this machine, over TLS as the real ones, with a certificate that only whoever is told of it trusts. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';

export interface Chat extends AsyncDisposable {
  /** For NODE_EXTRA_CA_CERTS. */
  certificate: string;
  /** The URL of a webhook. */
  url(name: string): string;
  /** What was posted to a webhook and accepted. */
  posted(name: string): unknown[];
  /** The next message to that webhook is refused. */
  refuseOnce(name: string): void;
}

export async function startChat(): Promise<Chat> {
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-chat-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const about = ['-subj', '/CN=chat', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await promisify(execFile)('openssl', ['req', ...kind, ...about, '-keyout', key, '-out', certificate]);
  const accepted = new Map<string, unknown[]>();
  const refusing = new Set<string>();
  const server = createServer(
    { key: await readFile(key), cert: await readFile(certificate) },
    async (request, response) => {
      const name = request.url ?? '';
      const body = await json(request);
      if (refusing.delete(name)) return response.writeHead(503).end();
      accepted.set(name, [...(accepted.get(name) ?? []), body]);
      response.writeHead(200).end('ok');
    },
  );
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    certificate,
    url: (name) => `https://127.0.0.1:${port}/${name}`,
    posted: (name) => accepted.get(`/${name}`) ?? [],
    refuseOnce: (name) => void refusing.add(`/${name}`),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
      await rm(directory, { recursive: true, force: true });
    },
  };
}
