import { toolEnvironment } from '../../../src/runner/environment.ts';

test.each([
  ['/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T', '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T'],
  [`/home/somebody/.local/state/${'x'.repeat(60)}/tmp`, '/tmp'],
])("a provider's socket has room for its address below %s", (given, found) => {
  expect(toolEnvironment({ TMPDIR: given }).TMPDIR).toBe(found);
});
