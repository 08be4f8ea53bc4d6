/**
 * A provider for Terraform that has nothing: no resources, no settings. It is enough to be installed, locked and asked for its schema, and takes no
 * compiler to be made. go-plugin's handshake, and gRPC as HTTP/2 has it; TF_DISABLE_PLUGIN_TLS is to be set.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `GetProviderSchema.Response` with an empty schema of the provider, and an empty message for everything else, as Protocol Buffers. */
const [schema, nothing] = [Buffer.from([0x0a, 0x02, 0x12, 0x00]), Buffer.alloc(0)];

const server = createServer();
server.on('stream', (stream, headers) => {
  const path = String(headers[':path']);
  const body = /Schema$/.test(path) ? schema : nothing;
  const length = Buffer.alloc(5);
  length.writeUInt32BE(body.length, 1);
  stream.on('error', () => {});
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([length, body]));
  if (/Shutdown$/.test(path)) setImmediate(() => process.exit(0));
});
// A process id comes back after some time, and a socket that was left behind under its name would keep the next provider from listening.
const socket = join(tmpdir(), `empty-provider-${randomUUID()}`);
process.on('exit', () => rmSync(socket, { force: true }));
process.on('SIGTERM', () => process.exit(0));
server.listen(socket, () => process.stdout.write(`1|5|unix|${socket}|grpc|\n`));
