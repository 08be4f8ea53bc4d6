import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { Redaction } from '../../../src/redaction/redaction.ts';
import { RunLog } from '../../../src/runner/log.ts';
import { cut, pieceLengths } from '../../support/cut.ts';

const redaction = new Redaction({ values: [], patterns: [], privateKeys: true });
const pem = { type: 'pkcs8', format: 'pem' } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const keys = {
  'of RSA': rsa.export(pem),
  'of RSA in the older form': rsa.export({ type: 'pkcs1', format: 'pem' }),
  'that is encrypted': rsa.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' }),
  'that is encrypted, in the older form': rsa.export({
    type: 'pkcs1',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  }),
  'of an elliptic curve': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem),
  'of Ed25519': generateKeyPairSync('ed25519').privateKey.export(pem),
};

/** What nobody may see: every line of the key but its first, its last and its headers. */
const linesOf = (key: string | Buffer) =>
  String(key)
    .split('\n')
    .filter((line) => /^[\w+/=]+$/.test(line));

const ways: Record<string, (key: string) => string> = {
  'by itself': (key) => key,
  'in a plan': (key) => `  + key = <<-EOT\n${key.replaceAll(/^(?=.)/gm, '        ')}    EOT\n`,
  'by a provisioner': (key) => key.replaceAll(/^(?=.)/gm, 'terraform_data.a (local-exec): '),
  'with the time': (key) =>
    key.split('\n').reduce((said, line, at) => `${said}2026-11-29T11:${10 + (at % 50)}:00Z ${line}\n`, ''),
  'in one line': (key) => `"private_key": "${key.replaceAll('\n', '\\n')}", "next": 1\n`,
  'with carriage returns': (key) => key.replaceAll('\n', '\r\n'),
  'between lines of something else': (key) => key.replaceAll('\n', '\nterraform_data.b (local-exec): still at work\n'),
};

describe.each(Object.entries(keys))('a private key %s', (_, key) => {
  test.each(Object.entries(ways))('printed %s is shown by no line, and what stands around it stays', (_way, print) => {
    const text = `before\n${print(String(key))}after that\n`;
    fc.assert(
      fc.property(pieceLengths, (lengths) => {
        const log = new RunLog(() => {}, redaction);
        for (const piece of cut(text, lengths)) log.write(piece);
        for (const line of linesOf(key)) expect(log.text).not.toContain(line);
        expect(log.text).toMatch(/^before\n[\s\S]*\nafter that\n$/);
        expect(log.text.split('\n')).toHaveLength(text.split('\n').length);
      }),
      { numRuns: 5 },
    );
  });
});

test('a text that only names the first line of a key loses nothing else', () => {
  const said = 'Error: it must begin with -----BEGIN PRIVATE KEY-----\n\n  on main.tf line 3\nSee the documentation\n';
  expect(redaction.clean(said)).toBe(said.replace('-----BEGIN PRIVATE KEY-----', '***'));
});

test('two keys in one line are hidden, and so is what has no end', () => {
  const key = '-----BEGIN PRIVATE KEY-----MC4CAQ-----END PRIVATE KEY-----';
  expect(redaction.clean(`a ${key} b ${key} c`)).toBe('a *** b *** c');
  expect(redaction.clean('a -----BEGIN PRIVATE KEY-----\\nMC4CAQ')).toBe('a ***');
});
