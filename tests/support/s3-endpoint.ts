/** S3 on this machine, with a bucket in memory behind it: for commands that run in a process of their own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { MemoryBucket } from './memory-bucket.ts';

export interface S3Endpoint extends AsyncDisposable {
  bucket: MemoryBucket;
  /** Whose requests came, by their access keys. */
  signers: Set<string>;
  /** Leads a process to the bucket. */
  environment: Record<string, string>;
}

export async function s3Endpoint(): Promise<S3Endpoint> {
  const bucket = new MemoryBucket();
  const signers = new Set<string>();
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent(new URL(request.url ?? '/', 'http://127.0.0.1').pathname).replace('/artifacts/', '');
    signers.add(/Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody');
    if (key === '/artifacts') return response.end('<ListBucketResult/>');
    if (request.method === 'PUT') {
      response.writeHead(200, { etag: await bucket.write(key, await buffer(request)) });
      return response.end();
    }
    const found = await bucket.read(key);
    if (!found) return response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    const { length } = found.body;
    // Terraform asks for the first megabytes of a state, and goes on asking until it is told that these are all.
    const part = request.headers.range ? { 'content-range': `bytes 0-${length - 1}/${length}` } : {};
    response.writeHead(request.headers.range ? 206 : 200, { etag: found.etag, 'content-length': length, ...part });
    response.end(found.body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    bucket,
    signers,
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      LIVE_CI_BUCKET: 'artifacts',
    },
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
