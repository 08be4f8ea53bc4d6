import * as z from 'zod';
import { changeStored, readExpected, readStored } from '../../../src/aws/stored.ts';
import { DeliveryError } from '../../../src/errors.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const schema = z.strictObject({ count: z.int() });
const add = (current: { count: number } | undefined) => ({ count: (current?.count ?? 0) + 1 });

describe('a document in the bucket', () => {
  test('that is not what its schema says is an error that names it', async () => {
    const bucket = new MemoryBucket();
    for (const text of ['{"count": "one"}', '{"count": 1, "more": 2}', 'count', '']) {
      await bucket.write('pipeline/x.json', text);
      const reading = readStored(bucket, 'pipeline/x.json', schema);
      await expect(reading).rejects.toThrow(DeliveryError);
      await expect(reading).rejects.toThrow(
        /^pipeline\/x\.json in the artifact bucket is not what this version writes/,
      );
    }
  });

  test('that is expected and not there is an error, too', async () => {
    await expect(readExpected(new MemoryBucket(), 'x', schema)).rejects.toThrow('x is not in the artifact bucket');
    expect(await readStored(new MemoryBucket(), 'x', schema)).toBeUndefined();
  });

  test('loses no change when many change it at once', async () => {
    const bucket = new MemoryBucket();
    await Promise.all(Array.from({ length: 10 }, () => changeStored(bucket, 'x', schema, add)));
    expect((await readStored(bucket, 'x', schema))?.value).toEqual({ count: 10 });
  });

  test('stays as it is when there is nothing to change', async () => {
    const bucket = new MemoryBucket();
    expect(await changeStored(bucket, 'x', schema, () => undefined)).toBeUndefined();
    await bucket.write('x', '{"count": 7}');
    expect(await changeStored(bucket, 'x', schema, () => undefined)).toEqual({ count: 7 });
    expect(bucket.text('x')).toBe('{"count": 7}');
  });

  test('that others change all the time is given up with an error', async () => {
    const bucket = new MemoryBucket();
    const write = bucket.write.bind(bucket);
    let others = 0;
    bucket.write = async (key, body, condition) => {
      await write(key, `{"count": ${++others}}`);
      return write(key, body, condition);
    };
    await expect(changeStored(bucket, 'x', schema, add)).rejects.toThrow('twenty times in a row');
  });
});
