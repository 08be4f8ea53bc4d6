/** The approval page of a delivery in memory, asked as the function behind its URL asks it, or served to a browser. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { ask } from '../../src/approval/ask.ts';
import { decide } from '../../src/approval/decide.ts';
import { type Claims, signLink } from '../../src/approval/link.ts';
import { Failures } from '../../src/approval/page/failures.ts';
import { type PageContext, type PageResponse, respond } from '../../src/approval/page/respond.ts';
import { firstSigningKey } from '../../src/approval/signing-key.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import type { Delivery, RunResult } from '../../src/model.ts';
import { type Approvals, delivery } from './approvals.ts';
import { now as clock } from './pipeline-stage.ts';

export const now = clock();
export const keys = firstSigningKey(now);
export const ada = 'ada@example.org';

export type Sent = Record<string, string | string[]>;

const planText = 'Terraform will perform the following actions:\n\n  # a.b will be created\n  + resource "a" "b" {\n';

export class PageVisit {
  readonly context: PageContext;
  readonly approvals: Approvals;
  readonly delivery = delivery;
  readonly logged: unknown[] = [];

  constructor(approvals: Approvals) {
    this.approvals = approvals;
    this.context = {
      bucket: approvals.stage.bucket,
      keys: async () => keys,
      decide: (decision, approver, givenAt) => decide(decision, approver, approvals.context(), givenAt),
      failures: new Failures(),
      now: () => now,
      log: (error) => this.logged.push(error),
    };
  }

  /** A unit is planned, and asks. */
  async plan(
    unit: string,
    { text = planText, ...planned }: Partial<RunResult> & { text?: string } = {},
  ): Promise<void> {
    const plan = planned.plan ?? 'a'.repeat(64);
    const { stage } = this.approvals;
    await stage.built(delivery, unit, { action: 'plan', outcome: 'planned', plan, ...planned });
    await stage.bucket.write(bucketKeys.planText(delivery, unit, plan), text);
    const again = stage.bucket.text(bucketKeys.request(delivery, unit)) === undefined ? '' : ', planned again';
    const asked = this.approvals.approvalOf(unit, `token of ${unit}${again}`, plan, planned.counts);
    await ask(asked, this.approvals.context());
  }

  /** What the delivery says of its commit, and of the one before, which was applied. */
  async describedAs(subject: string, author: string, base: string): Promise<void> {
    const { bucket } = this.approvals.stage;
    const described: Delivery = JSON.parse(bucket.text(bucketKeys.delivery(delivery)) ?? '');
    const units = described.units.map((unit) => ({ ...unit, base }));
    await bucket.write(bucketKeys.delivery(delivery), JSON.stringify({ ...described, subject, author, units }));
  }

  link(more: Partial<Claims> = {}): string {
    const expires = now.getTime() / 1000 + 3600;
    return signLink({ delivery, units: ['vpc'], approver: ada, expires, ...more }, keys);
  }

  get(link = this.link(), query = ''): Promise<PageResponse> {
    const about = { query: new URLSearchParams(query), form: new URLSearchParams(), address: '192.0.2.1' };
    return respond({ method: 'GET', link, ...about }, this.context);
  }

  post(sent: Sent, link = this.link(), query = ''): Promise<PageResponse> {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(sent)) for (const one of [value].flat()) form.append(name, one);
    return respond(
      { method: 'POST', link, query: new URLSearchParams(query), form, address: '192.0.2.1' },
      this.context,
    );
  }

  /** On a port of this machine, until it is disposed of. */
  async serve(): Promise<{ url: string } & AsyncDisposable> {
    const server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
      const { status, headers, body } = await respond(
        {
          method: request.method ?? '',
          link: pathname.slice(1),
          query: searchParams,
          form: new URLSearchParams(await bodyOf(request)),
          address: '192.0.2.1',
        },
        this.context,
      );
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
    return { url, [Symbol.asyncDispose]: close };
  }
}
