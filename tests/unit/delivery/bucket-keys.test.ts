import fc from 'fast-check';
import { bucketKeys, unitKey } from '../../../src/delivery/bucket-keys.ts';

const id = '0123456789ab-1';

/** Names that try to look like parts of keys, and any other text. */
const paths = fc.oneof(
  fc.constantFrom('..', '../../approvals', 'plans', 'applies', 'delivery.json', 'a/../../pipeline/state', '*', '?', ''),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);

test('whatever a unit is called, what its builds write lies in the folder of that kind of build, one folder deeper than the delivery', () => {
  fc.assert(
    fc.property(paths, fc.constantFrom('plan', 'apply', 'destroy', 'rollback'), (path, action) => {
      const folder = action === 'plan' ? 'plans' : 'applies';
      for (const key of [bucketKeys.result(id, path, action), bucketKeys.log(id, path, action)]) {
        expect(key.split('/').slice(0, 2)).toEqual([folder, id]);
        expect(key.split('/')).toHaveLength(4);
      }
    }),
  );
});

test('the plan of a rollback lies where apply builds write, and never where a plan is that is approved', () => {
  fc.assert(
    fc.property(paths, (path) => {
      for (const key of [bucketKeys.planFile, bucketKeys.besidePlan, bucketKeys.planJson, bucketKeys.planText]) {
        expect(key(id, path, 'abc')).toMatch(/^plans\//);
        expect(key(id, path, 'abc', 'rollback')).toMatch(/^applies\//);
      }
    }),
  );
});

test('a unit that is called like the key of a long one has a key of its own', () => {
  const long = unitKey('a'.repeat(300));
  expect(unitKey(long)).not.toBe(long);
});

test('two units never share a key, however long or strange their names are', () => {
  fc.assert(
    fc.property(paths, paths, (one, other) => {
      fc.pre(one !== other);
      expect(unitKey(one)).not.toBe(unitKey(other));
      expect(Buffer.byteLength(bucketKeys.planFile(id, one, 'a'.repeat(64)))).toBeLessThan(1024);
    }),
  );
});
