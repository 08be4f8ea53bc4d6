import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { configSchema } from '../../../src/config/schema.ts';
import { liveCi } from '../../support/command-line.ts';
import { root } from '../../support/docs.ts';
import { newRepository } from '../discovery/repository.ts';

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

  const naming = [
    'stages: [net, prod]',
    'extraDependencies:',
    '  prod/ap: [prod/db, prod/bd]',
    'ignoredDependencies:',
    '  prod/app: [prod/db]',
    'extraReads:',
    '  "prod/*": [charts/**, "vars/*.tfvars"]',
    '  "stage/*": []',
    'units:',
    '  exclude: [modules/**, "examples/**"]',
    'environments:',
    '  "prod/**": {minimumApprovals: 1}',
    '  "prdo/**": {minimumApprovals: 1}',
    '',
  ].join('\n');

  test('warns of each name that nothing in the repository has, as file:line:column', async () => {
    const unit = 'terraform {\n  source = "tfr:///example/x/aws"\n}\n';
    using repository = newRepository({
      'prod/app/terragrunt.hcl': unit,
      'prod/db/terragrunt.hcl': unit,
      'vars/app.tfvars': '',
      'modules/vpc/main.tf': '',
      'live-ci.config.yml': naming,
    });
    const { code, out, error } = await liveCi(repository.directory, ['config', 'check']);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^Right: 6 setting/) });
    const names = (setting: string, name: string) => `${setting} in the configuration names ${name}, `;
    const end = '; correct or remove it.';
    expect(error.split('\n')).toEqual([
      `live-ci.config.yml:1:10: warning: ${names('stages', 'net')}under which there is no unit${end}`,
      `live-ci.config.yml:3:3: warning: ${names('extraDependencies', 'prod/ap')}which is not a unit${end}`,
      `live-ci.config.yml:3:22: warning: ${names('extraDependencies', 'prod/bd')}which is not a unit${end}`,
      `live-ci.config.yml:5:14: warning: ${names('ignoredDependencies', 'prod/db')}on which prod/app does not depend${end}`,
      `live-ci.config.yml:7:14: warning: ${names('extraReads', 'charts/**')}which no file matches${end}`,
      `live-ci.config.yml:8:3: warning: ${names('extraReads', 'stage/*')}which no unit matches${end}`,
      `live-ci.config.yml:10:25: warning: ${names('units.exclude', 'examples/**')}which no unit and no code matches${end}`,
      `live-ci.config.yml:13:3: warning: ${names('environments', 'prdo/**')}which no unit matches${end}`,
      '',
    ]);
  });

  test('says what it could not look at without a checkout', async () => {
    write(naming);
    const { code, out, error } = await run('check');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain(
      'Not looked at: whether there is what stages, extraDependencies, ignoredDependencies, extraReads, units and 1 more name, since that takes a checkout of the repository. ',
    );
    expect(out).toMatch(/not a git repository/);
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
