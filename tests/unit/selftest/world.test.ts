import { parseConfig } from '../../../src/config/load.ts';
import { readPointer, startingPointer } from '../../../src/delivery/pointer.ts';
import { deliveryId } from '../../../src/delivery/prepare.ts';
import { decisionSchema, deliverySchema } from '../../../src/model.ts';
import { bucketOf, bucketOfWorld, idPrefix, repositoryOfWorld, worldOf } from '../../../src/selftest/world.ts';
import { deliveryOf } from '../../support/delivery.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';

const world = { run: 'r1a2b3c', tool: 'terraform', name: 'decline-all' } as const;
const repository = repositoryOfWorld(world);
const head = 'a'.repeat(40);
const id = deliveryId({ repository, head }, 2);

test('the id of a delivery says which self test and which case it belongs to, and is taken wherever ids are', () => {
  expect(id).toBe('selftest-r1a2b3c-terraform-decline-all-aaaaaaaaaaaa-2');
  expect(worldOf(id)).toEqual(world);
  expect(deliverySchema.shape.id.parse(id)).toBe(id);
  expect(decisionSchema.parse({ delivery: id, decision: 'cancel' }).delivery).toBe(id);
});

test.each([
  'aaaaaaaaaaaa-1',
  'selftest-aaaaaaaaaaaa-1',
  `selftest-r1-pulumi-deliver-${head.slice(0, 12)}-1`,
  `${id}/..`,
])('%s belongs to no self test', (delivery) => expect(worldOf(delivery)).toBeUndefined());

test('no configuration can name the repository of a self test', () => {
  expect(() => parseConfig(`repository: "${repository}"`, 'live-ci.config.yml')).toThrow('must be owner/name');
  expect(idPrefix('example-org/selftest')).toBe('');
});

describe('the bucket of a self test', () => {
  const bucket = new MemoryBucket();
  const own = bucketOfWorld(world, bucket);

  test.each([
    'pipeline/state.json',
    'pipeline/applied.json',
    'pipeline/enqueued.json',
    'change-sets/0000000001.json',
    'dead-letters/1.json',
  ])('has a %s of its own', async (key) => {
    await bucket.write(key, 'of the pipeline');
    expect(await own.read(key)).toBeUndefined();
    await own.write(key, 'of the self test', { ifNoneMatch: '*' });
    expect(bucket.text(key)).toBe('of the pipeline');
    expect(bucket.text(`selftest/r1a2b3c-terraform-decline-all/${key}`)).toBe('of the self test');
    await own.remove(key);
    expect(bucket.text(key)).toBe('of the pipeline');
  });

  test('lists what all deliveries share by the names that it has for everybody', async () => {
    await own.write('change-sets/0000000007.json', '{}');
    expect(await own.list('change-sets/')).toEqual(['change-sets/0000000007.json']);
  });

  test("has what is a delivery's where that of every delivery is", async () => {
    const key = `requests/${id}/rollback.json`;
    await own.write(key, 'asked');
    expect(bucket.text(key)).toBe('asked');
    expect(await own.list(`requests/${id}/`)).toEqual([key]);
  });

  test('is the same one for each delivery of its world, and the whole one for any other delivery', async () => {
    expect(bucketOf(id, bucket)).toBe(own);
    expect(bucketOf(deliveryId({ repository, head: 'b'.repeat(40) }, 1), bucket)).toBe(own);
    expect(bucketOf(deliveryOf(head, []).id, bucket)).toBe(bucket);
    expect((await readPointer(bucketOf(id, new MemoryBucket()))).value).toEqual(startingPointer);
  });
});
