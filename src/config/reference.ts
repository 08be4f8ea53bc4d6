/**
 * The page docs/configuration.md, from the schema: settings of the top in one table, then a table for each group. What stands
 * around the tables is written here.
 */
import { configJsonSchema, type JsonSchema } from './json-schema.ts';

export interface SettingRow {
  /** As it is reached: `timeouts.planMinutes`, `environments.<pattern>.order`, `filterGroups[].events`. */
  name: string;
  type: string;
  default: string;
  meaning: string;
  aws: string;
}

export function referencePage(): string {
  const top = Object.entries(configJsonSchema().properties ?? {});
  const groups = top.filter(([, schema]) => isGroup(schema));
  const plain = top.filter(([, schema]) => !isGroup(schema));
  const sections = groups.map(
    ([name, schema]) => `## \`${name}\`\n\n${sentence(schema)}\n\n${table(rowsOf(name, schema))}`,
  );
  return [introduction, table(plain.flatMap(([name, schema]) => rowsOf(name, schema))), ...sections, ending].join(
    '\n\n',
  );
}

/** Every setting that is a value and not a group of others. */
export function settingRows(): SettingRow[] {
  return Object.entries(configJsonSchema().properties ?? {}).flatMap(([name, schema]) => rowsOf(name, schema));
}

function isGroup(schema: JsonSchema): boolean {
  return membersOf('', schema) !== undefined;
}

/** A group's settings with the name that leads to them; undefined for a value. */
function membersOf(name: string, schema: JsonSchema): { prefix: string; object: JsonSchema } | undefined {
  if (schema.properties) return { prefix: name, object: schema };
  if (schema.items?.properties) return { prefix: `${name}[]`, object: schema.items };
  if (schema.additionalProperties && 'properties' in schema.additionalProperties)
    return { prefix: `${name}.<pattern>`, object: schema.additionalProperties };
  return undefined;
}

function rowsOf(name: string, schema: JsonSchema, required = false): SettingRow[] {
  const members = membersOf(name, schema);
  if (!members) {
    const row = { name, type: typeOf(schema), default: required ? 'must be said' : defaultOf(schema) };
    return [{ ...row, meaning: schema.description ?? '', aws: schema.aws ?? '' }];
  }
  const { prefix, object } = members;
  return Object.entries(object.properties ?? {}).flatMap(([key, member]) =>
    rowsOf(`${prefix}.${key}`, member, object.required?.includes(key)),
  );
}

function typeOf(schema: JsonSchema): string {
  if (schema.title) return schema.title;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.filter(({ type }) => type !== 'null').map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list: ${typeOf(schema.items ?? {})}`;
  if (schema.properties) return `{${Object.keys(schema.properties).join(', ')}}`;
  if (schema.additionalProperties) return `map: ${typeOf(schema.additionalProperties)}`;
  if (schema.format === 'email') return 'e-mail address';
  const words: Record<string, string> = { string: 'text', boolean: '`true`, `false`', integer: 'whole number' };
  return `${words[schema.type ?? ''] ?? schema.type}${rangeOf(schema)}`;
}

/** JSON Schema bounds every whole number: what is as large as that has no bound. */
function rangeOf({ minimum, exclusiveMinimum, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema): string {
  const above = exclusiveMinimum === undefined ? '' : `, above ${exclusiveMinimum}`;
  if (maximum === Number.MAX_SAFE_INTEGER) return minimum === undefined ? above : `, ${minimum} or more`;
  return minimum === undefined ? `${above}, up to ${maximum}` : `, ${minimum} to ${maximum}`;
}

function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined) return '–';
  if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) return 'none';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : value}\``;
}

function sentence({ description = '', aws }: JsonSchema): string {
  return `${markdown(description.charAt(0).toUpperCase() + description.slice(1))}.${aws ? ` In AWS: ${aws}.` : ''}`;
}

function table(rows: SettingRow[]): string {
  const lines = rows.map(
    (row) => `| \`${row.name}\` | ${row.type} | ${row.default} | ${markdown(row.meaning)} | ${markdown(row.aws)} |`,
  );
  return ['| setting | type | default | meaning | in AWS |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

/** Placeholders would be taken for HTML, and a bar for the end of a cell. */
function markdown(text: string): string {
  return text.replace(/\/?(?:<\w+>[\w/-]*)+/g, '`$&`').replaceAll('|', '\\|');
}

const introduction = `# Configuration

\`live-ci.config.yml\` lies beside \`serverless.yml\`, or where \`LIVE_CI_CONFIG\` says; that may also hold the settings themselves, as JSON. Every setting
has a default, and most deployments say five or ten of them:

\`\`\`yaml
# yaml-language-server: $schema=./live-ci.schema.json
accountId: "123456789012"
region: eu-west-1
repository: example-org/infrastructure-live
stages: [network, data, apps]
roles:
  plan:
    policyArns: [arn:aws:iam::aws:policy/ReadOnlyAccess]
  apply:
    policyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
\`\`\`

The first line lets editors complete and check what you type; in a repository that has the package it says
\`./node_modules/infrastructure-live-ci/live-ci.schema.json\`.

| to | type |
| --- | --- |
| check the file: every mistake with its line and column, and what to write instead; in a checkout also what it names and no unit or file matches | \`live-ci config check\` |
| see what holds, defaults included | \`live-ci config show\`, for programs \`--json\` |
| print the schema, or this page | \`live-ci config schema\`, \`live-ci config reference\` |

\`serverless deploy\` checks the file in the same way, before anything is changed. A delivery keeps the settings that it began with.

## Several environments

Under \`environments\`, a path pattern says what holds for the units that it matches: roles in other accounts, who approves, what is
approved by itself, which environment comes first. What an environment doesn't say is as it is said for all; the most specific pattern wins.

\`\`\`yaml
environments:
  dev/**:
    order: 0
    planRoleArn: arn:aws:iam::111111111111:role/live-ci-plan
    applyRoleArn: arn:aws:iam::111111111111:role/live-ci-apply
    autoApprove: no-destroy
  prod/**:
    order: 1
    planRoleArn: arn:aws:iam::222222222222:role/live-ci-plan
    applyRoleArn: arn:aws:iam::222222222222:role/live-ci-apply
    approvers: [ada@example.org, grace@example.org, linus@example.org]
    minimumApprovals: 2
    authorMayApprove: false
\`\`\`

## At the top`;

const ending = `## What is not a setting

- \`force_detach_policies\` of a role: CloudFormation detaches policies by itself when it deletes a role.
- The webhook's secret: CodeBuild makes it, and keeps it.
- Values of secrets: no file holds one. The GitHub token is given at deploy time, in \`LIVE_CI_GITHUB_TOKEN\` (see [deploy](deploy.md)).

The forms of the state machine that \`inlineUnits\` chooses between: [how it works](how-it-works.md#three-forms-of-the-pipeline). Alarms:
[operate](operate.md#what-is-watched). \`extraDependencies\` for units of a stack: [discovery](discovery.md#stacks).
`;
