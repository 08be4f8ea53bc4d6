/**
 * What looks like a credential wherever it stands: expressions of RE2, by what they find. Where only a part of it is secret, that is the
 * group `secret`. Private keys are found in private-key.ts, since they may have several lines.
 */

/** Between a name and its value, as in `key = "value"`, `"key": "value"` and `KEY=value`, with escaped quotes, too. */
const assigned = String.raw`\\*["']?\s*(?:=>?|:)\s*\\*["']?`;

/** A value of at least so many characters, and in a plan the one that takes its place: `"old" -> "new"`. */
function value(characters: string, atLeast: number): string {
  const one = `${characters}{${atLeast},}`;
  return `(?P<secret>${one}(?:"\\s*->\\s*"${one})?)`;
}

const base64 = '[A-Za-z0-9+/=]';

export const builtInPatterns = {
  'access key ids of AWS': String.raw`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`,
  'secret access keys of AWS, as `secret_key = …`': `(?i)secret[_-]?(?:access[_-]?)?key${assigned}${value(base64, 40)}`,
  'session tokens of AWS, as `session_token = …`': `(?i)(?:session|security)[_-]?token${assigned}${value(base64, 100)}`,
  'tokens of GitHub': String.raw`\b(?:gh[pousr]_[\w.-]{36,}|github_pat_\w{22,})`,
  'tokens of GitLab': String.raw`\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w.-]{20,}`,
  'tokens of Slack, and its webhooks': String.raw`\bxox[a-z]-[\w-]{10,}|\bhooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[\w/-]{10,})`,
  'tokens of HCP Terraform and Vault': String.raw`\b[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}|\bhv[bsr]\.[\w-]{24,}`,
  'API keys of Google': String.raw`\bAIza[\w-]{35}`,
  'JSON Web Tokens': String.raw`\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*`,
  'passwords in URLs': String.raw`(?i)\b[a-z][a-z0-9+.-]*://[^\s:/@"']*:(?P<secret>[^\s/@"']+)@`,
  'credentials in Authorization headers': String.raw`(?i)\bauthorization${assigned}(?:basic|bearer|token)\s+(?P<secret>[\w.~+/=-]{8,})`,
} as const satisfies Record<string, string>;
