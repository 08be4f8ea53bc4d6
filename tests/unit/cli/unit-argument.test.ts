import { mkdirSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { typedIn, unitNamed } from '../../../src/cli/unit-argument.ts';

const units = ['dev/network', 'prod/network', 'prod/network/dns', 'prod/data-base', 'tools'];
const among = (said: string, paths: string[], directory = '') => {
  const known = paths.map((path) => ({ path }));
  return unitNamed(said, known, 'Delivery 0123456789ab-1', { root: '/live', directory: join('/live', directory) }).path;
};
const named = (said: string, directory = '') => among(said, units, directory);

describe('a unit that is named on the command line', () => {
  test.each([
    ['as status prints it', 'prod/network', ''],
    ['as a shell completes it', 'prod/network/', ''],
    ['with ./ in front', './prod/network', ''],
    ['as an absolute path', '/live/prod/network', ''],
    ['from the directory above it', 'network', 'prod'],
    ['as a shell completes it there', './network/', 'prod'],
    ['from beside it', '../prod/network', 'dev'],
    ['from inside of it', '.', 'prod/network'],
    ['as status prints it, wherever that is typed', 'prod/network', 'dev'],
  ])('is found %s', (_, said, directory) => {
    expect(named(said, directory)).toBe('prod/network');
  });

  test('is found by its end, as long as no other ends so', () => {
    expect(named('data-base')).toBe('prod/data-base');
    expect(named('network/dns/')).toBe('prod/network/dns');
    expect(() => named('network')).toThrow(
      'network could be dev/network, prod/network. Say which, with more of its path.',
    );
    // Only whole names count.
    expect(() => named('base')).toThrow('has no unit base');
  });

  test('is the one from the root where a path is also one from here, as status prints them', () => {
    const paths = ['network', 'prod/network'];
    expect(among('network', paths, 'prod')).toBe('network');
    expect(among('./network', paths, 'prod')).toBe('prod/network');
  });

  test('is the repository itself, where that is a unit', () => {
    expect(among('.', ['.'])).toBe('.');
    expect(among('./', ['.'])).toBe('.');
  });

  test.each([
    ['prod/netwrok', 'Delivery 0123456789ab-1 has no unit prod/netwrok; did you mean prod/network?'],
    ['data-bsae', 'Delivery 0123456789ab-1 has no unit data-bsae; did you mean prod/data-base?'],
    ['xyzzy', `Delivery 0123456789ab-1 has no unit xyzzy; its units are ${units.join(', ')}.`],
    ['../elsewhere', 'Delivery 0123456789ab-1 has no unit ../elsewhere; its units are'],
    ['pro\u001b[2Jd', 'Delivery 0123456789ab-1 has no unit pro�[2Jd; '],
  ])('that there is not is an error with what it could be: %j', (said, sentence) => {
    expect(() => named(said)).toThrow(sentence);
  });

  test('counts from the root of the repository around the directory, else from the directory', async () => {
    await using temporary = await mkdtempDisposable(join(tmpdir(), 'typed-'));
    const [root, inside] = [join(temporary.path, 'live'), join(temporary.path, 'live', 'prod')];
    for (const directory of [join(root, '.git'), inside]) mkdirSync(directory, { recursive: true });
    expect(typedIn(inside)).toEqual({ root, directory: inside });
    expect(typedIn(temporary.path)).toEqual({ root: temporary.path, directory: temporary.path });
  });
});
