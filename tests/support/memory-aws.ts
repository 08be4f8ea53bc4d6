/**
 * S3, SQS and Step Functions in memory, called as the SDK calls them: the product's own classes run on top. Whatever they
 * don't know they refuse. Time passes when the test says so.
 *
 * Rules from the services' API references: conditional writes; FIFO groups, visibility, deduplication (5 minutes),
 * retention (14 days) and redrive; versions, and executions known by name and input.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { MemoryBucket } from './memory-bucket.ts';
import { MemoryFifoQueues } from './memory-fifo.ts';
import { MemoryStateMachine } from './memory-state-machine.ts';

/** One call, as `s3:PutObject pipeline/state.json`, with what it does. */
export interface Call {
  name: string;
  /** What it acts on: a key, a queue, an execution; empty when there is just one. */
  on: string;
  make: () => Promise<unknown>;
  /** Of the task that is answered. */
  token?: string | undefined;
  /** Changes nothing. */
  reads?: boolean;
  /** Made on a condition. */
  conditional?: boolean;
  /** The answer of a moment ago, where the service is only eventually consistent. */
  stale?: () => Promise<unknown>;
}

interface Command {
  input: Record<string, unknown>;
}

/** Lets a call happen, or not. */
export type Gate = (call: Call) => Promise<unknown>;

export class MemoryAws {
  readonly bucket = new MemoryBucket();
  readonly queues: MemoryFifoQueues;
  readonly machine: MemoryStateMachine;

  constructor(now: () => number) {
    this.queues = new MemoryFifoQueues(now);
    this.machine = new MemoryStateMachine(now);
  }

  /** The SDK's clients of one process, whose calls all go through the gate. */
  clients(gate: Gate): { s3: S3Client; sqs: SQSClient; sfn: SFNClient } {
    const client = (service: string, handle: (name: string, input: never) => Omit<Call, 'name'>) => ({
      send: (command: Command) => {
        const name = command.constructor.name.replace(/Command$/, '');
        const reads = /^(Get|Head|List|Describe|Validate)/.test(name);
        return gate({ name: `${service}:${name}`, reads, ...handle(name, command.input as never) });
      },
    });
    return {
      s3: client('s3', (name, input) => this.#s3(name, input)) as unknown as S3Client,
      sqs: client('sqs', (name, input) => this.queues.call(name, input)) as unknown as SQSClient,
      sfn: client('states', (name, input) => this.machine.call(name, input)) as unknown as SFNClient,
    };
  }

  #s3(name: string, input: { Key: string; Prefix: string; Body: string } & Conditions): Omit<Call, 'name'> {
    const { bucket } = this;
    switch (name) {
      case 'GetObject':
        return { on: input.Key, make: () => getObject(bucket, input.Key) };
      case 'HeadObject':
        return { on: input.Key, make: async () => ({ ETag: (await bucket.read(input.Key))?.etag ?? missing() }) };
      case 'PutObject':
        return {
          on: input.Key,
          conditional: input.IfMatch !== undefined || input.IfNoneMatch !== undefined,
          make: () => putObject(bucket, input),
        };
      case 'DeleteObject':
        return { on: input.Key, make: async () => ({ removed: await bucket.remove(input.Key) }) };
      case 'ListObjectsV2':
        return {
          on: input.Prefix,
          make: async () => ({ Contents: (await bucket.list(input.Prefix)).map((Key) => ({ Key })) }),
        };
      default:
        throw new Error(`S3 in memory has no ${name}.`);
    }
  }
}

interface Conditions {
  IfMatch?: string;
  IfNoneMatch?: '*';
}

/** Without a stack, which takes longer than everything else here. */
export function awsError(name: string): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = Object.assign(new Error(name), { name });
  Error.stackTraceLimit = limit;
  return error;
}

function missing(): never {
  throw awsError('NoSuchKey');
}

async function getObject(bucket: MemoryBucket, key: string) {
  const found = (await bucket.read(key)) ?? missing();
  return { ETag: found.etag, Body: { transformToByteArray: async () => found.body } };
}

async function putObject(bucket: MemoryBucket, input: { Key: string; Body: string } & Conditions) {
  const { Key, Body, IfMatch, IfNoneMatch } = input;
  if (IfMatch !== undefined && (await bucket.read(Key)) === undefined) missing();
  const condition = IfMatch ? { ifMatch: IfMatch } : IfNoneMatch ? { ifNoneMatch: IfNoneMatch } : undefined;
  const etag = await bucket.write(Key, Body, condition);
  if (etag === undefined) throw awsError('PreconditionFailed');
  return { ETag: etag };
}
