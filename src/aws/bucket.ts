/** The artifact bucket: text objects with conditional writes. */
import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';

/** `etag` names the version that was read; give it back to `write` to replace just that one. */
export interface StoredObject {
  body: Buffer;
  etag: string;
}

export type Condition = { ifMatch: string } | { ifNoneMatch: '*' };

export interface Bucket {
  /** Undefined when there is no such object. */
  read(key: string): Promise<StoredObject | undefined>;
  /** The new etag, or undefined when the condition no longer holds and nothing was written. */
  write(key: string, body: string | Uint8Array, condition?: Condition): Promise<string | undefined>;
  remove(key: string): Promise<void>;
  /** All keys below a prefix, sorted. */
  list(prefix: string): Promise<string[]>;
}

/** Of a conditional write that meets others. */
const mostAttempts = 10;

export class S3Bucket implements Bucket {
  readonly #client: S3Client;
  readonly #name: string;

  constructor(client: S3Client, name: string) {
    this.#client = client;
    this.#name = name;
  }

  async read(key: string): Promise<StoredObject | undefined> {
    try {
      const answer = await this.#client.send(new GetObjectCommand({ Bucket: this.#name, Key: key }));
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
      return { body: Buffer.from(bytes), etag: answer.ETag ?? '' };
    } catch (error) {
      if (isNamed(error, 'NoSuchKey')) return undefined;
      throw error;
    }
  }

  async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<string | undefined> {
    const when =
      condition === undefined ? {} : 'ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: '*' };
    const command = new PutObjectCommand({ Bucket: this.#name, Key: key, Body: body, ...when });
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#client.send(command)).ETag ?? '';
      } catch (error) {
        if (condition && isNamed(error, 'PreconditionFailed', 'NoSuchKey')) return undefined;
        // Two conditional writes met, and it may be that neither was made: S3's answer 409 says to try again.
        if (!isNamed(error, 'ConditionalRequestConflict') || attempt === mostAttempts) throw error;
      }
    }
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#name, Key: key }));
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#name,
          Prefix: prefix,
          ...(token ? { ContinuationToken: token } : {}),
        }),
      );
      for (const object of page.Contents ?? []) if (object.Key) keys.push(object.Key);
      token = page.NextContinuationToken;
    } while (token);
    return keys.sort();
  }
}

function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}
