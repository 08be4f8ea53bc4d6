/** The artifact bucket in memory, with etags and conditional writes as S3 has them. */
import { hash } from 'node:crypto';
import type { Bucket, Condition, StoredObject } from '../../src/aws/bucket.ts';

/** Knows what lies in which folder, so that a bucket of a hundred thousand objects is listed as fast as a small one. */
class Objects extends Map<string, Buffer> {
  readonly #folders = new Map<string, Set<string>>();

  override set(key: string, body: Buffer): this {
    if (!this.has(key))
      for (const folder of foldersOf(key)) {
        const keys = this.#folders.get(folder);
        if (keys) keys.add(key);
        else this.#folders.set(folder, new Set([key]));
      }
    return super.set(key, body);
  }

  override delete(key: string): boolean {
    for (const folder of foldersOf(key)) this.#folders.get(folder)?.delete(key);
    return super.delete(key);
  }

  /** All keys that can begin with it, and maybe others. */
  under(prefix: string): string[] {
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    return [...(folder === '' ? this.keys() : (this.#folders.get(folder) ?? []))];
  }
}

function foldersOf(key: string): string[] {
  return [...key.matchAll(/\//g)].map(({ index }) => key.slice(0, index + 1));
}

export class MemoryBucket implements Bucket {
  readonly objects = new Objects();

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
    return this.objects
      .under(prefix)
      .filter((key) => key.startsWith(prefix))
      .sort();
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
