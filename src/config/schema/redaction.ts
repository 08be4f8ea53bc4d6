import * as z from 'zod';
import { told } from './told.ts';

/** Names as the agent of Buildkite takes them for secrets, and those that Terraform reads tokens from. */
const secretVariables = [
  '*_PASSWORD',
  '*_SECRET',
  '*_TOKEN',
  '*_PRIVATE_KEY',
  '*_ACCESS_KEY',
  '*_SECRET_KEY',
  '*_CONNECTION_STRING',
  'TF_TOKEN_*',
];

export const redactionSchema = z
  .strictObject({
    builtIn: told(
      z.boolean(),
      'hide what looks like a credential: keys of AWS, private keys, tokens of GitHub and others, passwords in URLs. docs/security.md lists them',
    ).default(true),
    variables: told(
      z.array(z.string().regex(/^[\w*]+$/, 'must be the name of a variable, with * for any part of it')),
      "names of the builds' environment variables whose values are hidden, in capitals or not, with `*` for any part of a name. What build.environmentVariables takes from Parameter Store and Secrets Manager always is. Values of fewer than 6 characters are not",
    ).default(secretVariables),
    patterns: told(
      z.array(z.string().min(1).max(1000)),
      'regular expressions of what is hidden besides, in the syntax of RE2, each looked for in every line. Where one has a group that is called secret, only that is hidden',
    ).default([]),
  })
  .prefault({})
  .describe(
    'what is hidden, as `***`, in all that plans, applies and rollbacks say: their logs, their plans as text, and why they failed',
  );
