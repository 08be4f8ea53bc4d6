import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { configSchema } from '../../../src/config/schema.ts';
import { liveCi } from '../../support/command-line.ts';
import { root } from '../../support/docs.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'live-ci-config-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = (...words: string[]) => liveCi(directory, ['config', ...words]);
const write = (text: string, name = 'live-ci.config.yml') => writeFileSync(join(directory, name), text);

describe('live-ci config check', () => {
  test('says that a right file is right', async () => {
    write('accountId: "123456789012"\nrepository: acme/live\n');
    expect(await run('check')).toEqual({
      code: 0,
      out: 'Right: 2 setting(s) are said; live-ci config show prints all that holds.\n',
      error: '',
    });
  });

  test('says what a deployment to AWS is refused without', async () => {
    write('branch: production\n');
    const { code, out } = await run('check');
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining('refused without accountId and repository'),
    });
  });

  test('prints each mistake of the named file as file:line:column, and ends with 1', async () => {
    write('sync: pull-request\nbranhc: main\nstages: network\n', 'other.yml');
    const { code, out, error } = await run('check', 'other.yml');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error.split('\n')).toEqual([
      'other.yml:2:1: unknown setting "branhc", did you mean "branch"?',
      'other.yml:3:9: stages: Invalid input: expected array, received string',
      '',
    ]);
  });

  test('says when there is no file', async () => {
    expect(await run('check')).toMatchObject({
      code: 1,
      error: expect.stringContaining('no live-ci.config.yml in this'),
    });
    expect(await run('check', 'gone.yml')).toMatchObject({ code: 1, error: 'live-ci: There is no file gone.yml.\n' });
  });
});

describe('live-ci config show', () => {
  test('prints what holds as YAML, or as JSON, with the defaults', async () => {
    write('timeouts: {planMinutes: 5}\n');
    const whole = configSchema.parse({ timeouts: { planMinutes: 5 } });
    expect(parse((await run('show')).out)).toEqual(whole);
    expect(JSON.parse((await run('show', '--json')).out)).toEqual(whole);
  });

  test('refuses what check refuses, in the same words', async () => {
    write('branhc: main\n');
    const { error } = await run('check');
    expect(await run('show')).toMatchObject({ code: 1, out: '', error: `live-ci: ${error}` });
  });
});

test('live-ci config schema and reference print what is committed', async () => {
  expect((await run('schema')).out).toBe(readFileSync(join(root, 'live-ci.schema.json'), 'utf8'));
  expect((await run('reference')).out).toBe(readFileSync(join(root, 'docs', 'configuration.md'), 'utf8'));
});

test('live-ci config without a word that it knows is wrong use', async () => {
  expect(await run()).toMatchObject({ code: 2, error: expect.stringContaining('check, show, schema or reference') });
});
