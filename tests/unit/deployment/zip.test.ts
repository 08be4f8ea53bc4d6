import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zip } from '../../../src/deployment/zip.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'live-ci-zip-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const files = {
  'handlers/poll.mjs': Buffer.from('export {};\n'.repeat(1000)),
  'handlers/settings.json': Buffer.from('{}'),
};

test('a zip holds its files, as another program reads them', () => {
  const path = join(directory, 'poll.zip');
  writeFileSync(path, zip(files));
  execFileSync('python3', ['-m', 'zipfile', '-e', path, directory]);
  for (const [name, content] of Object.entries(files)) expect(readFileSync(join(directory, name))).toEqual(content);
  expect(statSync(path).size).toBeLessThan(500);
});

test('a zip of the same files is the same', () => {
  expect(zip(files).equals(zip({ ...files }))).toBe(true);
  expect(zip(files).equals(zip({ ...files, 'handlers/settings.json': Buffer.from('[]') }))).toBe(false);
});
