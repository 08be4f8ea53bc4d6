/** The permissions of a packaged template as a table for docs/security.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from './cloud-formation.ts';
import { root } from './docs.ts';
import { rolesIn } from './iam.ts';

const [begin, end] = ['<!-- the permissions, by npm run bench -- permissions -->', '<!-- end of the permissions -->'];
const page = join(root, 'docs', 'security.md');

/** What stands between the marks in the document. */
export function permissionsInDocument(): string {
  const [, rest = ''] = readFileSync(page, 'utf8').split(begin);
  return rest.split(end)[0]?.trim() ?? '';
}

export function writePermissions(table: string): void {
  const [before, rest = ''] = readFileSync(page, 'utf8').split(begin);
  writeFileSync(page, `${before}${begin}\n\n${table}\n\n${end}${rest.split(end)[1] ?? ''}`);
}

/** One line for each statement; of ARNs only what tells them apart. */
export function permissionsTable(template: Template): string {
  const rows = [...rolesIn(template)].flatMap(([role, statements]) =>
    statements.map(
      ({ actions, resources }) =>
        `| \`${role}\` | ${codes(actions)} | ${codes(resources.map((one) => short(one, template)))} |`,
    ),
  );
  return ['| role | may | on |', '| --- | --- | --- |', ...rows].join('\n');
}

function codes(texts: readonly string[]): string {
  return texts.map((text) => `\`${text}\``).join(', ');
}

function short(arn: string, template: Template): string {
  const bucket = template.arn('ArtifactBucket');
  if (arn === bucket) return 'the artifact bucket';
  if (arn.startsWith(`${bucket}/`)) return arn.slice(bucket.length + 1);
  if (arn === template.arn('Topic')) return 'the topic';
  const prefix = template.text(template.resources.Queue?.Properties.QueueName).replace(/\.fifo$/, '');
  return arn.split(':').slice(5).join(':').replaceAll(prefix, '…') || arn;
}
