import { configSchema } from '../../../src/config/schema.ts';
import { redactionOf } from '../../../src/redaction/redaction-of.ts';

const shown = (config: object, environment: NodeJS.ProcessEnv, text: string) =>
  redactionOf(configSchema.parse(config), environment).clean(text);

test('the values of variables that are called like secrets are hidden, in capitals or not', () => {
  const environment = { DATABASE_PASSWORD: 'hunter2!', TF_VAR_api_token: 'abc.def', TF_TOKEN_example_org: 'x1y2z3' };
  expect(shown({}, environment, 'hunter2! abc.def x1y2z3')).toBe('*** *** ***');
  expect(shown({}, { DATABASE_USER: 'administrator' }, 'administrator')).toBe('administrator');
});

test('which variables those are is configured, and none is possible', () => {
  const environment = { PIN_CODE: '123456', A_PASSWORD: 'hunter2' };
  expect(shown({ redaction: { variables: ['PIN_*'] } }, environment, '123456 hunter2')).toBe('*** hunter2');
  expect(shown({ redaction: { variables: [] } }, environment, '123456 hunter2')).toBe('123456 hunter2');
});

test('what builds get from Parameter Store and Secrets Manager is always hidden, the token for GitHub, too', () => {
  const variable = (name: string, type: string) => ({ name, value: '/a/b', type });
  const config = {
    redaction: { builtIn: false, variables: [] },
    build: {
      environmentVariables: [
        variable('A', 'PARAMETER_STORE'),
        variable('B', 'SECRETS_MANAGER'),
        variable('C', 'PLAINTEXT'),
      ],
    },
  };
  const environment = { A: 'alpha-1', B: 'beta-2', C: 'gamma-3', LIVE_CI_GITHUB_TOKEN: 'ghp_x' };
  expect(shown(config, environment, 'alpha-1 beta-2 gamma-3 ghp_x')).toBe('*** *** gamma-3 ***');
});

test('a value of several lines is hidden line by line, and as a quoted text has it', () => {
  const environment = { A_SECRET: 'first line\n  second "line"\n' };
  const text = 'first line\n    second "line"\n"first line\\n  second \\"line\\"\\n"\nsecond \\"line\\"';
  expect(shown({}, environment, text)).toBe('***\n    ***\n"***"\n***');
});

test('a value of fewer than 6 characters stays: it stands in too much that is no secret', () => {
  expect(shown({}, { A_TOKEN: 'none', B_TOKEN: '' }, 'none')).toBe('none');
});

test('patterns of the configuration come to those that always hold, which can be switched off', () => {
  const token = `ghp_${'a1'.repeat(20)}`;
  const patterns = ['acme-[0-9]+'];
  expect(shown({ redaction: { patterns } }, {}, `${token} acme-12`)).toBe('*** ***');
  expect(shown({ redaction: { patterns, builtIn: false } }, {}, `${token} acme-12`)).toBe(`${token} ***`);
  const key = '-----BEGIN PRIVATE KEY-----';
  expect(shown({ redaction: { builtIn: false } }, {}, key)).toBe(key);
});
