/** S3 on this machine, with a bucket in memory behind it: for commands that run in a process of their own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { MemoryBucket } from './memory-bucket.ts';

export interface S3Endpoint extends AsyncDisposable {
  bucket: MemoryBucket;
  /** Leads a process to the bucket. */
  environment: Record<string, string>;
}

export async function s3Endpoint(): Promise<S3Endpoint> {
  const bucket = new MemoryBucket();
  const server = createServer(async (request, response) => {
    const key = decodeURIComponent(new URL(request.url ?? '/', 'http://127.0.0.1').pathname).replace('/artifacts/', '');
    if (request.method === 'PUT') {
      response.writeHead(200, { etag: await bucket.write(key, await buffer(request)) });
      return response.end();
    }
    const found = await bucket.read(key);
    response.writeHead(found ? 200 : 404, { etag: found?.etag ?? '' });
    response.end(found?.body ?? '<Error><Code>NoSuchKey</Code></Error>');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    bucket,
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
