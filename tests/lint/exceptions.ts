/** What linters find and is meant to be so: serverless/exceptions.yml. Pure. */
import { parse } from 'yaml';
import * as z from 'zod';

/** What a linter says of a resource. */
export interface Finding {
  rule: string;
  /** Logical id in the template. */
  resource: string;
  message: string;
}

const exceptionSchema = z.strictObject({
  rule: z.string(),
  /** Logical ids; none: whatever the rule finds. */
  resources: z.array(z.string()).min(1).optional(),
  reason: z.string().min(20),
});
export type Exception = z.infer<typeof exceptionSchema>;

/** @throws ZodError for an exception without a reason. */
export function readExceptions(text: string): Exception[] {
  return z.array(exceptionSchema).parse(parse(text));
}

export interface Verdict {
  /** Findings that nothing excepts. */
  refused: Finding[];
  /** Exceptions, or resources of them, that nothing needs any more. */
  unneeded: { rule: string; resource?: string }[];
}

export function judge(findings: Finding[], exceptions: Exception[]): Verdict {
  const excepted = ({ rule, resource }: Finding) =>
    exceptions.some((one) => one.rule === rule && (one.resources?.includes(resource) ?? true));
  const found = (rule: string, resource?: string) =>
    findings.some((finding) => finding.rule === rule && (resource === undefined || finding.resource === resource));
  return {
    refused: findings.filter((finding) => !excepted(finding)),
    unneeded: exceptions.flatMap(({ rule, resources }) =>
      resources === undefined
        ? found(rule)
          ? []
          : [{ rule }]
        : resources.filter((resource) => !found(rule, resource)).map((resource) => ({ rule, resource })),
    ),
  };
}
