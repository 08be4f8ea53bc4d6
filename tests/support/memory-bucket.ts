/** The artifact bucket in memory, with etags and conditional writes as S3 has them. */
import { hash } from 'node:crypto';
import type { Bucket, Condition, StoredObject } from '../../src/aws/bucket.ts';

export class MemoryBucket implements Bucket {
  readonly objects = new Map<string, Buffer>();

  async read(key: string): Promise<StoredObject | undefined> {
    const body = this.objects.get(key);
    return body && { body: Buffer.from(body), etag: etagOf(body) };
  }

  async write(key: string, body: string | Uint8Array, condition?: Condition): Promise<string | undefined> {
    const present = this.objects.get(key);
    if (condition) {
      const holds =
        'ifMatch' in condition ? present !== undefined && etagOf(present) === condition.ifMatch : present === undefined;
      if (!holds) return undefined;
    }
    const bytes = Buffer.from(body);
    this.objects.set(key, bytes);
    return etagOf(bytes);
  }

  async remove(key: string): Promise<void> {
    this.objects.delete(key);
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** A stored text, for expectations; undefined when there is none. */
  text(key: string): string | undefined {
    return this.objects.get(key)?.toString('utf8');
  }
}

const etags = new WeakMap<Buffer, string>();

function etagOf(body: Buffer): string {
  const known = etags.get(body) ?? `"${hash('md5', body)}"`;
  etags.set(body, known);
  return known;
}
