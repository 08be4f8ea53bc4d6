/**
 * IAM's answer to whether a role may do something, from the policies of a packaged template: a statement that allows the action on
 * the resource, under its conditions, and none that denies it. As the IAM guide's "Policy evaluation logic" has it for one
 * account, without boundaries; `*` and `?` are its wildcards, in actions without regard to case.
 */
import type { Template } from './cloud-formation.ts';

export interface Call {
  /** The role's id in the template. */
  role: string;
  /** `s3:GetObject` */
  action: string;
  /** The ARN, or `*` for an action that knows no resources. */
  resource: string;
  /** Condition key ▸ its value. */
  context?: Record<string, string>;
}

export interface Statement {
  sid: string;
  effect: 'Allow' | 'Deny';
  actions: string[];
  resources: string[];
  /** Operator ▸ key ▸ values. */
  conditions: Record<string, Record<string, string[]>>;
}

interface Written {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  Action: unknown;
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** Role ▸ what its policies say. */
export function rolesIn(template: Template): Map<string, Statement[]> {
  return new Map(
    template.of('AWS::IAM::Role').map(([id, { Properties }]) => {
      const policies = (Properties.Policies ?? []) as { PolicyDocument: { Statement: Written[] } }[];
      return [id, policies.flatMap((policy) => policy.PolicyDocument.Statement.map((one) => parse(one, template)))];
    }),
  );
}

export function parse({ Sid = '', Effect, Action, Resource, Condition = {} }: Written, template: Template): Statement {
  const conditions = Object.entries(Condition).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, template.texts(value)])),
  ]);
  return {
    sid: Sid,
    effect: Effect,
    actions: template.texts(Action),
    resources: template.texts(Resource),
    conditions: Object.fromEntries(conditions),
  };
}

export function allows(statements: readonly Statement[], call: Call): boolean {
  const matching = statements.filter((statement) => applies(statement, call));
  return matching.some(({ effect }) => effect === 'Allow') && matching.every(({ effect }) => effect === 'Allow');
}

function applies({ actions, resources, conditions }: Statement, { action, resource, context = {} }: Call): boolean {
  return (
    actions.some((pattern) => matches(pattern, action, 'i')) &&
    resources.some((pattern) => matches(pattern, resource)) &&
    Object.entries(conditions).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, values, context[key])),
    )
  );
}

const operators: Record<string, (pattern: string, value: string) => boolean> = {
  StringEquals: (pattern, value) => pattern === value,
  StringLike: (pattern, value) => matches(pattern, value),
  ArnEquals: (pattern, value) => matches(pattern, value),
  ArnLike: (pattern, value) => matches(pattern, value),
  Bool: (pattern, value) => pattern === value,
};

/** A key that the request doesn't have fulfils no condition. */
function holds(operator: string, values: string[], value: string | undefined): boolean {
  const test = operators[operator];
  if (!test) throw new Error(`The condition ${operator} is not known here`);
  return value !== undefined && values.some((pattern) => test(pattern, value));
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string, value: string, flags = ''): boolean {
  const known = patterns.get(`${flags}${pattern}`) ?? new RegExp(`^${escaped(pattern)}$`, flags);
  patterns.set(`${flags}${pattern}`, known);
  return known.test(value);
}

function escaped(pattern: string): string {
  return pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
}

export interface Mutant {
  role: string;
  /** What is taken away. */
  without: string;
  statements: Statement[];
}

/**
 * The role's policies with one piece less, for every piece: a whole statement, one action on one of its resources, and one
 * condition's value.
 */
export function mutantsOf(role: string, statements: readonly Statement[]): Mutant[] {
  return statements.flatMap((statement, at) => {
    const replaced = (...others: Statement[]) => [...statements.slice(0, at), ...others, ...statements.slice(at + 1)];
    const pairs = statement.actions.flatMap((action) =>
      statement.resources.map((resource) => ({
        role,
        without: `${statement.sid}: ${action} on ${resource}`,
        statements: replaced(
          { ...statement, actions: statement.actions.filter((one) => one !== action) },
          { ...statement, actions: [action], resources: statement.resources.filter((one) => one !== resource) },
        ),
      })),
    );
    return [{ role, without: `${statement.sid}, the whole statement`, statements: replaced() }, ...pairs];
  });
}

/** Pieces that none of the calls needs. */
export function unneeded(roles: ReadonlyMap<string, Statement[]>, calls: readonly Call[]): string[] {
  const byRole = Map.groupBy(calls, ({ role }) => role);
  return [...roles].flatMap(([role, statements]) =>
    mutantsOf(role, statements)
      .filter((mutant) => (byRole.get(role) ?? []).every((call) => allows(mutant.statements, call)))
      .map(({ without }) => `${role} — ${without}`),
  );
}

/** Calls that the policies don't allow. */
export function denied(roles: ReadonlyMap<string, Statement[]>, calls: readonly Call[]): string[] {
  return calls
    .filter((call) => !allows(roles.get(call.role) ?? [], call))
    .map(({ role, action, resource }) => `${role} — ${action} on ${resource}`);
}
