/** The FIFO queue of commits and its dead letters. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSServiceException,
  StartMessageMoveTaskCommand,
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

/** A message of the dead-letter queue. */
export interface ReceivedDead extends Received {
  /** Of its dead letter; undefined for what SQS put there by itself. */
  letter: string | undefined;
}

export interface DeadLetterQueue {
  receiveDead(): Promise<ReceivedDead | undefined>;
  releaseDead(message: ReceivedDead): Promise<void>;
  removeDead(message: ReceivedDead): Promise<void>;
  /** Puts it back into the queue, then removes it. */
  moveDead(message: ReceivedDead): Promise<void>;
  /** Has SQS move everything back into the queue; false where SQS can't. */
  moveAllDead(): Promise<boolean>;
}

export class SqsQueue implements Queue, DeadLetterQueue {
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
    const message = await this.#receive(this.#url);
    return message && { id: message.id, body: message.body, receipt: message.receipt };
  }

  remove(message: Received): Promise<void> {
    return this.#remove(this.#url, message);
  }

  release(message: Received): Promise<void> {
    return this.#release(this.#url, message);
  }

  receiveDead(): Promise<ReceivedDead | undefined> {
    return this.#receive(this.#deadLetterUrl);
  }

  removeDead(message: ReceivedDead): Promise<void> {
    return this.#remove(this.#deadLetterUrl, message);
  }

  releaseDead(message: ReceivedDead): Promise<void> {
    return this.#release(this.#deadLetterUrl, message);
  }

  async moveDead(message: ReceivedDead): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#url,
        MessageBody: message.body,
        MessageGroupId: message.id,
        MessageDeduplicationId: message.id,
      }),
    );
    await this.removeDead(message);
  }

  async moveAllDead(): Promise<boolean> {
    const [SourceArn, DestinationArn] = await Promise.all([this.#arn(this.#deadLetterUrl), this.#arn(this.#url)]);
    try {
      // Named, because SQS knows no way back for what was sent to the dead letters and not moved there by itself.
      await this.#client.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
      return true;
    } catch (error) {
      if (error instanceof SQSServiceException) return false;
      throw error;
    }
  }

  async #receive(url: string): Promise<ReceivedDead | undefined> {
    const answer = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: 1,
        VisibilityTimeout: 120,
        MessageAttributeNames: ['id'],
      }),
    );
    const [message] = answer.Messages ?? [];
    if (!message?.ReceiptHandle) return undefined;
    const letter = message.MessageAttributes?.id?.StringValue;
    return { id: message.MessageId ?? '', body: message.Body ?? '', receipt: message.ReceiptHandle, letter };
  }

  async #remove(url: string, { receipt }: Received): Promise<void> {
    await this.#client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: receipt }));
  }

  async #release(url: string, { receipt }: Received): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: 0 }),
    );
  }

  async #arn(url: string): Promise<string | undefined> {
    const answer = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    return answer.Attributes?.QueueArn;
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
