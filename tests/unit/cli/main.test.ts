import { tmpdir } from 'node:os';
import { commands } from '../../../src/cli/commands.ts';
import { liveCi } from '../../support/command-line.ts';

const run = (...words: string[]) => liveCi(tmpdir(), words);

describe('the command line', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('lists its commands with %j', async (words) => {
    const { code, out, error } = await run(...words);
    expect({ code, error }).toEqual({ code: 0, error: '' });
    for (const [name, { summary }] of Object.entries(commands)) expect(out).toContain(`${name.padEnd(10)}  ${summary}`);
    expect(out).toContain('Exit codes: 0 done, 1 failed, 2 wrong use.');
  });

  test('explains each command and its options', async () => {
    for (const name of ['graph', 'decline', 'run']) {
      const { code, out } = await run(name, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`Usage: live-ci ${name} `);
      for (const option of Object.keys(commands[name]?.options ?? {})) expect(out).toContain(`--${option}`);
    }
  });

  test.each([
    [['graf'], 'There is no command "graf"; did you mean "graph"?'],
    [['xyzzy'], 'There is no command "xyzzy"; live-ci --help lists them.'],
    [['constructor'], 'There is no command "constructor"'],
    [['graph', '--jsno'], "Unknown option '--jsno'"],
    [['graph', 'a', 'b'], 'Too many arguments: b. Use: live-ci graph [DIR]'],
    [['changes', '--base'], "Option '--base <value>' argument missing"],
    [['approve'], 'Name the unit: live-ci approve UNIT.'],
    [['plan'], 'Name the unit: live-ci plan UNIT.'],
    [['local', 'sideways'], 'Say live-ci local up, or live-ci local down.'],
    [['run', 'plan'], '--delivery is needed'],
  ])('answers wrong use with a sentence and exit code 2: %j', async (words, sentence) => {
    const { code, out, error } = await run(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain(`live-ci: ${sentence}`);
    expect(error.trim().split('\n')).toHaveLength(1);
  });

  test.each([
    ['status'],
    ['approve vpc'],
    ['decline vpc'],
    ['replay --yes'],
    ['skip --yes'],
    ['enqueue'],
    ['baseline'],
  ])('says what to do without a deployment: %s', async (words) => {
    const { code, error } = await run(...words.split(' '));
    expect(code).toBe(2);
    expect(error).toMatch(
      /^live-ci: No deployment is named: LIVE_CI_BUCKET.* not set\. Run live-ci local up, or give --stage/,
    );
  });

  test('says so when the deployment does not answer', async () => {
    const { code, error } = await liveCi(tmpdir(), ['status'], {
      LIVE_CI_BUCKET: 'bucket',
      LIVE_CI_QUEUE_URL: 'http://127.0.0.1:9/queue',
      LIVE_CI_DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1:9/dead',
      LIVE_CI_PIPELINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:pipeline',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_MAX_ATTEMPTS: '1',
    });
    expect(code).toBe(1);
    expect(error).toMatch(
      /^live-ci: The deployment does not answer .*; check AWS_ENDPOINT_URL, or run live-ci local up\.\n$/,
    );
  });
});
