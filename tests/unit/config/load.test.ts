import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkConfig } from '../../../src/config/check.ts';
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
    ['planMinutes: 5', 'unknown setting "planMinutes", did you mean "timeouts.planMinutes"?'],
    [
      'environments:\n  prod/**: {aprovers: []}',
      'unknown setting "environments.prod/**.aprovers", did you mean "approvers"?',
    ],
    ['filterGroups: [{event: []}]', 'unknown setting "filterGroups.0.event", did you mean "events"?'],
    [
      'filterGroups: [{headRefs: {patern: a}}]',
      'unknown setting "filterGroups.0.headRefs.patern", did you mean "pattern"?',
    ],
    ['roles:\n  plan:\n    policyArn: []', 'unknown setting "roles.plan.policyArn", did you mean "policyArns"?'],
    ['timeouts:\n  x: 5', 'unknown setting "timeouts.x", known are planMinutes, applyMinutes, approvalHours'],
    ['banana: 1\nStages: []', 'unknown setting "Stages", did you mean "stages"?'],
  ])('names the nearest known key for an unknown one: %j', (text, message) => {
    expect(() => read(text)).toThrow(ConfigError);
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(/^live-ci\.config\.yml:\d+:\d+: /);
  });

  test.each([
    ['stages: network', /stages: .*expected array/],
    ['timeouts:\n  planMinutes: soon', /timeouts\.planMinutes: .*expected (int|number)/],
    ['timeouts:\n  planMinutes: 0', /timeouts\.planMinutes: /],
    ['dependencies: maybe', /dependencies: .*"include"\|"exclude"/],
    ['stages: [network, 7]', /stages\.1: .*expected string/],
    ['accountId: "12"', /accountId: must be 12 digits/],
    ['extraDependencies:\n  app: db', /extraDependencies\.app: .*expected array/],
    ['tags: {aws:stage: prod}', /yml:1:8: tags\.aws:stage: must not begin with aws:/],
    ['notifications: {webhooks: [{kind: slack}]}', /notifications\.webhooks\.0\.parameter: must be said/],
    [
      'notifications: {webhooks: [{kind: slack, parameter: "https://hooks.example.org/secret"}]}',
      /notifications\.webhooks\.0\.parameter: must be the name of a parameter/,
    ],
    ['notifications: {webhooks: [{kind: irc, parameter: /irc}]}', /notifications\.webhooks\.0\.kind: .*slack/],
    ['filterGroups: [{filePaths: 7}]', /filterGroups\.0\.filePaths: must be a regular expression, or \{pattern/],
    ['- 1', /the file: .*expected object/],
    ['hello', /the file: .*expected object/],
  ])('names the place of a value that can not be: %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  test.each([
    ['stages: [a\nbranch: main', ':2:1: not valid YAML: Flow sequence'],
    ['branch: a\nbranch: b', ':2:1: not valid YAML: Map keys must be unique'],
    ['branch: a\n---\nbranch: b', ':2:1: not valid YAML: a second document begins here'],
    ['stages: [a]\nbranch: *main', ':2:9: not valid YAML: there is no &main for *main'],
    ['repository: !Ref Repository', ':1:13: not valid YAML: Unresolved tag: !Ref'],
  ])('says where it is not YAML: %j', (text, message) => {
    expect(() => read(text)).toThrow(`live-ci.config.yml${message}`);
  });

  test('tells all mistakes at once, in the order of the text, with line and column', () => {
    const text = [
      'sync: never',
      'branhc: main',
      'environments:',
      '  prod/**:',
      '    order: [1]',
      'build:',
      '  environmentVariables:',
      '    - name: LIVE_CI_X',
    ];
    expect(linesOf(() => read(text.join('\n')))).toEqual([
      expect.stringMatching(/^live-ci.config.yml:1:7: sync: /),
      'live-ci.config.yml:2:1: unknown setting "branhc", did you mean "branch"?',
      expect.stringMatching(/^live-ci.config.yml:5:12: environments\.prod\/\*\*\.order: /),
      'live-ci.config.yml:8:7: build.environmentVariables.0.value: must be said',
      expect.stringMatching(/^live-ci.config.yml:8:13: build\.environmentVariables\.0\.name: must be a name/),
    ]);
  });

  test.each([
    ['acme-(', 'is no regular expression of RE2 (missing closing ): `acme-(`)'],
    ['(?=secret)x', 'is no regular expression of RE2 (invalid or unsupported Perl syntax: `(?=`)'],
    ['(a)\\1', 'is no regular expression of RE2 (invalid escape sequence: `\\1`)'],
    ['x*', 'matches the empty text'],
    ['a|', 'matches the empty text'],
  ])('says where a pattern of what is hidden is of no use: %s', (pattern, message) => {
    const text = `redaction:\n  patterns:\n    - fine-[0-9]+\n    - '${pattern}'\n`;
    expect(() => read(text)).toThrow(`live-ci.config.yml:4:7: redaction.patterns.1: ${message}`);
  });

  test('follows an alias to what is wrong', () => {
    expect(() => read('roles:\n  plan: &one\n    policyArns: [x]\n  apply: *one')).toThrow(
      /yml:3:18: roles\.plan\.policyArns\.0: must be an ARN.*\n.*yml:3:18: roles\.apply/,
    );
  });

  test('tells twenty mistakes of many, and how many there are besides', () => {
    const lines = linesOf(() => read(Array.from({ length: 25 }, (_, index) => `x${index}: 1`).join('\n')));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 5 more');
  });

  test('as an object, where it was deployed, is checked with the same words', () => {
    expect(() => checkConfig({ branhc: 'main' }, 'what was deployed')).toThrow(
      'what was deployed: unknown setting "branhc", did you mean "branch"?',
    );
  });
});

function linesOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return (error as Error).message.split('\n');
  }
  return [];
}

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
      'LIVE_CI_CONFIG:1:2: unknown setting "branhc", did you mean "branch"?',
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
