import { builtInPatterns } from '../../../src/redaction/built-in.ts';
import { Redaction } from '../../../src/redaction/redaction.ts';

const nothing = { values: [], patterns: [], privateKeys: false };
const builtIn = new Redaction({ ...nothing, patterns: Object.values(builtInPatterns) });

// Put together here, so that no scanner takes this file for a leak.
const keyId = `AKIA${'IOSFODNN7EXAMPLE'.replaceAll(/[0189]/g, '2')}`;
const secretKey = `wJalrXUtnFEMI/K7MDENG/bPxRfiCY${'EXAMPLEKEY'}`;
const token = 'A1b2C3d4E5'.repeat(4);
const jwt = `eyJ${'hbGciOiJIUzI1NiJ9'}.eyJ${'zdWIiOiIxMjM0NTY3ODkwIn0'}.${token}`;

const examples: Record<keyof typeof builtInPatterns, [said: string, shown: string][]> = {
  'access key ids of AWS': [
    [`id = "${keyId}"`, 'id = "***"'],
    [`${keyId.toLowerCase()} and x${keyId}`, `${keyId.toLowerCase()} and x${keyId}`],
  ],
  'secret access keys of AWS, as `secret_key = …`': [
    [`secret_key = "${secretKey}"`, 'secret_key = "***"'],
    [`AWS_SECRET_ACCESS_KEY=${secretKey}`, 'AWS_SECRET_ACCESS_KEY=***'],
    [`{\\"SecretAccessKey\\": \\"${secretKey}\\"}`, '{\\"SecretAccessKey\\": \\"***\\"}'],
    [`~ secret_key = "${secretKey}" -> "${secretKey}2" # changed`, '~ secret_key = "***" # changed'],
    [`sha1 = ${secretKey}`, `sha1 = ${secretKey}`],
  ],
  'session tokens of AWS, as `session_token = …`': [
    [`aws_session_token = ${token.repeat(3)}`, 'aws_session_token = ***'],
    ['session_token = (known after apply)', 'session_token = (known after apply)'],
  ],
  'tokens of GitHub': [
    [`ghp_${token} ghs_${token}`, '*** ***'],
    [`github_pat_${token}_${token}`, '***'],
  ],
  'tokens of GitLab': [
    [`glpat-${token}`, '***'],
    ['glue-crawler-of-production-events', 'glue-crawler-of-production-events'],
  ],
  'tokens of Slack, and its webhooks': [
    [`xoxb-${token}`, '***'],
    [`https://hooks.slack.com/services/T0/B0/${token}`, 'https://hooks.slack.com/services/***'],
  ],
  'tokens of HCP Terraform and Vault': [
    [`${token.slice(0, 14)}.atlasv1.${token}${token}`, '***'],
    [`hvs.${token}`, '***'],
  ],
  'API keys of Google': [[`AIza${token.slice(0, 35)}`, '***']],
  'JSON Web Tokens': [[`id_token: ${jwt}`, 'id_token: ***']],
  'passwords in URLs': [
    ['postgres://ada:s3cret!@db.example.org:5432/shop', 'postgres://ada:***@db.example.org:5432/shop'],
    ['https://example.org:8080/a@b', 'https://example.org:8080/a@b'],
  ],
  'credentials in Authorization headers': [
    [`Authorization: Bearer ${token}`, 'Authorization: Bearer ***'],
    [`{"authorization":"Basic ${token}"}`, '{"authorization":"Basic ***"}'],
  ],
};

test.each(Object.entries(examples))('hides %s, and nothing around them', (_, lines) => {
  for (const [said, shown] of lines) expect(builtIn.clean(said)).toBe(shown);
});

test('hides what is known, the longer one first where two begin alike', () => {
  const redaction = new Redaction({ ...nothing, values: ['hunter', 'hunter2+(x'] });
  expect(redaction.clean('hunter2+(x hunter')).toBe('*** ***');
});

test('hides of a pattern the group that says what is secret, else all of it; what overlaps, once', () => {
  const redaction = new Redaction({
    ...nothing,
    patterns: ['pin: (?P<secret>\\d{4})', 'acme-[a-f\\d]+', 'me-dead(beef)', '(?:pin|(?P<secret>nip))=\\d+'],
  });
  expect(redaction.clean('pin: 1234, acme-deadbeef. pin=1 nip=2')).toBe('pin: ***, ***. *** ***=2');
});

test('a line is looked at as it is seen: colours are no hiding place, and stay where nothing is hidden', () => {
  const redaction = new Redaction({ ...nothing, values: ['password'] });
  expect(redaction.clean('\u001b[31mpass\u001b[0m\u001b[1mword\u001b[0m!')).toBe('***!');
  expect(redaction.clean('\u001b[31mwords\u001b[0m')).toBe('\u001b[31mwords\u001b[0m');
});

test('ends of lines stay as they are, and no pattern reaches over one', () => {
  const redaction = new Redaction({ ...nothing, patterns: ['a\\s*b', '^c$'] });
  expect(redaction.clean('a b\r\nc\r\n\na\nb\rc')).toBe('***\r\n***\r\n\na\nb\r***');
});

test('takes no longer than the text is long, however a pattern is nested', () => {
  const redaction = new Redaction({ ...nothing, patterns: ['(a+)+$', '(a|aa)+c', '([a-z]+)*x'] });
  expect(redaction.clean(`${'a'.repeat(20_000)}!`)).toHaveLength(20_001);
});

test('what lies inside of a secret is no end of it', () => {
  const redaction = new Redaction({ ...nothing, patterns: ['s3cret-[a-z]+', 'cret'] });
  expect(redaction.clean('is s3cret-tail, really')).toBe('is ***, really');
});
