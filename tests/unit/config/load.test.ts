import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFile, loadConfig, parseConfig } from '../../../src/config/load.ts';
import { nearest } from '../../../src/config/nearest.ts';
import { ConfigError } from '../../../src/errors.ts';

const read = (text: string) => parseConfig(text, 'live-ci.config.yml');

describe('the configuration', () => {
  test('may be empty: everything has a default', () => {
    expect(read('')).toEqual(read('{}'));
    expect(read('# nothing\n')).toMatchObject({
      branch: 'main',
      stages: [],
      dependencies: 'include',
      dependents: 'include',
      sync: 'pull-request',
      timeouts: { planMinutes: 60, applyMinutes: 120, approvalHours: 168 },
    });
  });

  test('takes what it says, and defaults for the rest', () => {
    const config = read('stages: [network, apps]\ntimeouts:\n  planMinutes: 5\n');
    expect(config.stages).toEqual(['network', 'apps']);
    expect(config.timeouts).toEqual({ planMinutes: 5, applyMinutes: 120, approvalHours: 168 });
  });

  test.each([
    ['branhc: main', 'unknown setting "branhc", did you mean "branch"?'],
    ['timeouts:\n  planMinuets: 5', 'unknown setting "timeouts.planMinuets", did you mean "planMinutes"?'],
    ['roles:\n  plan:\n    policyArn: []', 'unknown setting "roles.plan.policyArn", did you mean "policyArns"?'],
    ['timeouts:\n  x: 5', 'unknown setting "timeouts.x", known are planMinutes, applyMinutes, approvalHours'],
    ['banana: 1\nStages: []', 'unknown setting "Stages", did you mean "stages"?'],
  ])('names the nearest known key for an unknown one: %j', (text, message) => {
    expect(() => read(text)).toThrow(ConfigError);
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(/^live-ci\.config\.yml: /);
  });

  test.each([
    ['stages: network', /stages: .*expected array/],
    ['timeouts:\n  planMinutes: soon', /timeouts\.planMinutes: .*expected (int|number)/],
    ['timeouts:\n  planMinutes: 0', /timeouts\.planMinutes: /],
    ['dependencies: maybe', /dependencies: .*"include"\|"exclude"/],
    ['stages: [network, 7]', /stages\.1: .*expected string/],
    ['accountId: "12"', /accountId: must be 12 digits/],
    ['extraDependencies:\n  app: db', /extraDependencies\.app: .*expected array/],
    ['- 1', /the file: .*expected object/],
    ['hello', /the file: .*expected object/],
  ])('names the place of a value that can not be: %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test('says where it is not YAML', () => {
    expect(() => read('stages: [a')).toThrow(/live-ci\.config\.yml is not valid YAML: .*line 1/);
  });

  test('tells all mistakes at once', () => {
    expect(() => read('branhc: main\nsync: never')).toThrow(/branhc.*|sync/);
    expect(() => read('branhc: main\nsync: never')).toThrow(/sync: .*; unknown setting|unknown setting .*; sync: /);
  });
});

describe('the configuration is looked for', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'live-ci-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };

  test('in the directory, and is all defaults where there is none', () => {
    expect(loadConfig(directory, {}).branch).toBe('main');
    write(configFile, 'branch: production\n');
    expect(loadConfig(directory, {}).branch).toBe('production');
  });

  test('where LIVE_CI_CONFIG says', () => {
    write(configFile, 'branch: production\n');
    const other = write('other.yml', 'branch: other\n');
    expect(loadConfig(directory, { LIVE_CI_CONFIG: other }).branch).toBe('other');
  });

  test('in LIVE_CI_CONFIG itself when that is JSON', () => {
    expect(loadConfig(directory, { LIVE_CI_CONFIG: ' {"branch": "json", "stages": ["a"]}' })).toMatchObject({
      branch: 'json',
      stages: ['a'],
    });
    expect(() => loadConfig(directory, { LIVE_CI_CONFIG: '{"branhc": "json"}' })).toThrow(
      'LIVE_CI_CONFIG: unknown setting "branhc", did you mean "branch"?',
    );
  });

  test('and a file that LIVE_CI_CONFIG names and that is not there is an error', () => {
    expect(() => loadConfig(directory, { LIVE_CI_CONFIG: join(directory, 'gone.yml') })).toThrow(
      /LIVE_CI_CONFIG names .*gone\.yml, which does not exist/,
    );
  });
});

describe('the nearest word', () => {
  test.each([
    ['graf', 'graph'],
    ['DEFINITON', 'definition'],
    ['statsu', 'status'],
    ['xyzzy', undefined],
    ['', undefined],
  ])('to %j is %j', (word, expected) => {
    expect(nearest(word, ['graph', 'definition', 'status', 'changes'])).toBe(expected);
  });
});
