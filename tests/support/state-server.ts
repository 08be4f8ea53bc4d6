/** A state over HTTP (Terraform's backend "http"). Its lock outlives whoever held it, as those in S3 and DynamoDB do. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface StateServer extends AsyncDisposable {
  /** The block that goes into a root module. */
  backend: string;
  /** The id of the lock that is held. */
  readonly lock: string | undefined;
  /** Leaves a lock behind, as a Terraform that died. */
  lockAs(who: string): void;
  /** Values of root outputs. */
  readonly outputs: Record<string, unknown>;
}

export async function stateServer(): Promise<StateServer> {
  let state = '';
  let lock: { ID: string; [about: string]: string } | undefined;
  const server = createServer(async (request, response) => {
    const sent = await text(request);
    const answer = (status: number, body = '') => response.writeHead(status).end(body);
    switch (request.method) {
      case 'LOCK':
        if (lock) return answer(423, JSON.stringify(lock));
        lock = JSON.parse(sent);
        return answer(200);
      case 'UNLOCK':
        lock = undefined;
        return answer(200);
      case 'POST':
        state = sent;
        return answer(200);
      default:
        return state === '' ? answer(204) : answer(200, state);
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/state`;
  return {
    backend: `terraform {
  backend "http" {
    address        = "${address}"
    lock_address   = "${address}"
    unlock_address = "${address}"
  }
}
`,
    get lock() {
      return lock?.ID;
    },
    lockAs(who) {
      lock ??= { ID: randomUUID(), Operation: 'OperationTypeApply', Who: who, Created: new Date().toISOString() };
    },
    get outputs() {
      const outputs = Object.entries(JSON.parse(state).outputs as Record<string, { value: unknown }>);
      return Object.fromEntries(outputs.map(([name, { value }]) => [name, value]));
    },
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
