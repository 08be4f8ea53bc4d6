/** The FIFO queue of commits and its dead letters. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { DeadLetterOf } from './dead-letters.ts';
import { deduplicationOf, groupOf, type Message } from './message.ts';

export interface Received {
  id: string;
  /** As it came; not yet parsed. */
  body: string;
  /** Names this reception, for `remove` and `release`. */
  receipt: string;
}

export interface Queue {
  send(message: Message): Promise<void>;
  /** The next message, hidden from others for a while; undefined when there is none. */
  receive(): Promise<Received | undefined>;
  remove(message: Received): Promise<void>;
  /** Lets others see a received message again at once. */
  release(message: Received): Promise<void>;
  /** Puts a letter into the dead-letter queue, with the reason. */
  bury(letter: DeadLetterOf): Promise<void>;
  /** How many wait, and how many are dead letters; approximate, as SQS counts. */
  count(): Promise<{ waiting: number; dead: number }>;
}

export class SqsQueue implements Queue {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #deadLetterUrl: string;

  constructor(client: SQSClient, url: string, deadLetterUrl: string) {
    this.#client = client;
    this.#url = url;
    this.#deadLetterUrl = deadLetterUrl;
  }

  async send(message: Message): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#url,
        MessageBody: JSON.stringify(message),
        MessageGroupId: groupOf(message.repository, message.branch),
        MessageDeduplicationId: deduplicationOf(message),
      }),
    );
  }

  async receive(): Promise<Received | undefined> {
    const answer = await this.#client.send(
      new ReceiveMessageCommand({ QueueUrl: this.#url, MaxNumberOfMessages: 1, VisibilityTimeout: 120 }),
    );
    const [message] = answer.Messages ?? [];
    if (!message?.ReceiptHandle) return undefined;
    return { id: message.MessageId ?? '', body: message.Body ?? '', receipt: message.ReceiptHandle };
  }

  async remove(message: Received): Promise<void> {
    await this.#client.send(new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle: message.receipt }));
  }

  async release(message: Received): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#url,
        ReceiptHandle: message.receipt,
        VisibilityTimeout: 0,
      }),
    );
  }

  /** In a group of its own: whoever reads one letter doesn't hide the others. */
  async bury({ id, reason, body }: DeadLetterOf): Promise<void> {
    const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#deadLetterUrl,
        MessageBody: body ?? id,
        MessageGroupId: id,
        MessageDeduplicationId: id,
        MessageAttributes: { id: attribute(id), reason: attribute(reason.slice(0, 1000)) },
      }),
    );
  }

  async count(): Promise<{ waiting: number; dead: number }> {
    const [waiting, dead] = await Promise.all([this.#size(this.#url), this.#size(this.#deadLetterUrl)]);
    return { waiting, dead };
  }

  async #size(url: string): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const answer = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(answer.Attributes?.[name] ?? 0), 0);
  }
}
