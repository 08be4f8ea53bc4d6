import type { Bucket } from '../../../src/aws/bucket.ts';
import { race } from '../../../src/selftest/race.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

test('a bucket with conditional writes has no problem', async () => {
  expect(await race('selftest/race', new MemoryBucket())).toEqual([]);
});

/** A bucket that does not look at one kind of condition. */
class Careless extends MemoryBucket {
  readonly #ignores: string;

  constructor(ignores: 'ifMatch' | 'ifNoneMatch') {
    super();
    this.#ignores = ignores;
  }

  override write(...[key, body, condition]: Parameters<Bucket['write']>) {
    return super.write(key, body, condition && this.#ignores in condition ? undefined : condition);
  }
}

test.each([
  ['ifNoneMatch', 'of 8 writes where nothing was at once, 8 were made and not one'],
  ['ifMatch', 'of 8 writes over the same version at once, 8 were made and not one'],
  ['ifMatch', 'a write over a version that is gone was made'],
] as const)('one that does not look at %s is told: %s', async (ignores, problem) => {
  expect(await race('selftest/race', new Careless(ignores))).toContain(problem);
});
