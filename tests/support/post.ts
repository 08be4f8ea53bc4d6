/** People who are told of a delivery in memory, each channel with what it has got so far. */
import type { Channel } from '../../src/notifications/channel.ts';
import { mailOf } from '../../src/notifications/mail.ts';
import type { Message } from '../../src/notifications/message.ts';
import type { TellContext } from '../../src/notifications/tell.ts';
import type { Approvals } from './approvals.ts';
import { Process } from './cut-off.ts';
import { now } from './pipeline-stage.ts';

/** A channel that keeps what it is sent, or fails while it has a reason to. */
export class Letterbox implements Channel {
  readonly name: string;
  readonly approver: string | null;
  readonly links: boolean;
  readonly messages: Message[] = [];
  fails: Error | undefined;

  constructor(name: string, { approver = null, links = false }: Partial<Pick<Channel, 'approver' | 'links'>> = {}) {
    this.name = name;
    this.approver = approver;
    this.links = links;
  }

  async send(message: Message): Promise<void> {
    if (this.fails) throw this.fails;
    this.messages.push(message);
  }

  get subjects(): string[] {
    return this.messages.map(({ subject }) => subject);
  }

  /** The last message, as mail. */
  get text(): string {
    const last = this.messages.at(-1);
    return last === undefined ? '' : mailOf(last).text;
  }
}

export class Post {
  readonly approvals: Approvals;
  readonly topic = new Letterbox('topic');
  readonly chat = new Letterbox('slack /live-ci/slack', { links: true });
  readonly approvers: Record<string, Letterbox>;
  readonly logged: { message: string; fields: Record<string, unknown> | undefined }[] = [];
  readonly measured: [string, number][] = [];
  /** What links were asked for. */
  readonly linked: Parameters<TellContext['links']>[0][] = [];
  hasPage = true;
  pace = { quietMinutes: 5, remindHours: 24 };

  constructor(approvals: Approvals, ...approvers: string[]) {
    this.approvals = approvals;
    this.approvers = Object.fromEntries(
      approvers.map((approver) => [approver, new Letterbox(`approver ${approver}`, { approver })]),
    );
  }

  of(approver: string): Letterbox {
    const box = this.approvers[approver];
    if (!box) throw new Error(`${approver} has no letterbox`);
    return box;
  }

  /** @param minutes after the delivery began. */
  context(minutes = 0, process = new Process()): TellContext {
    return {
      bucket: process.using(this.approvals.stage.bucket),
      now: () => new Date(now().getTime() + minutes * 60_000),
      channels: [this.topic, this.chat, ...Object.values(this.approvers)],
      links: async (about) => {
        this.linked.push(about);
        return this.hasPage
          ? [`https://page.example.org/${about.approver ?? 'onlooker'}/${about.units.join('+')}`]
          : [];
      },
      linkHours: 168,
      pace: this.pace,
      service: 'live-ci-test',
      log: (message, fields) => void this.logged.push({ message, fields }),
      metric: (name, value) => void this.measured.push([name, value]),
    };
  }
}
