/** What every setting says of itself, and the kinds of values that several have. */
import * as z from 'zod';

/** A setting with its meaning and, where it becomes something in AWS by itself, what. */
export function told<Schema extends z.ZodType>(schema: Schema, meaning: string, aws?: string): Schema {
  return schema.meta({ description: meaning, ...(aws === undefined ? {} : { aws }) }) as Schema;
}

export const arn = (service: string) =>
  z
    .string()
    .regex(new RegExp(`^arn:[\\w-]+:${service}:`), `must be an ARN that begins with arn:aws:${service}:`)
    .meta({ title: 'ARN' });

/** Names that AWS takes for roles, functions, rules, projects and state machines alike. */
export const resourceName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be letters, digits, - and _, at most 64')
  .meta({ title: 'name' });

export const emailAddress = z.email('must be an e-mail address');

/** Of one in Parameter Store. */
export const parameterName = z
  .string()
  .regex(/^\/[\w./-]{1,1000}$/, 'must be the name of a parameter, such as /live-ci/signing-key');

/** Of one that is written: Parameter Store keeps /aws and /ssm for itself. */
export const ownParameterName = parameterName.refine(
  (name) => !/^\/(aws|ssm)(\/|$)/i.test(name),
  'must not begin with /aws/ or /ssm/, which Parameter Store keeps for itself',
);

/** AWS's own tags begin with `aws:`; nobody else's may (IAM, Tagging). */
export const tags = (meaning: string) =>
  told(
    z.record(
      z
        .string()
        .min(1)
        .max(128)
        .refine((key) => !key.toLowerCase().startsWith('aws:'), 'must not begin with aws:'),
      z.string().max(256),
    ),
    meaning,
    'Tags',
  );
