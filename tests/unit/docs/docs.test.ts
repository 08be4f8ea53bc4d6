/** What the documentation shows is what the product does today. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDecision } from '../../../src/approval/decide.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { settingsIn } from '../../../src/model.ts';
import { builtInPatterns } from '../../../src/redaction/built-in.ts';
import { picture } from '../../../statemachine/picture.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { settings } from '../../support/definition.ts';
import { blocksOf, documents, root } from '../../support/docs.ts';
import { deliveredExample } from '../../support/example.ts';

test("the README's picture is the definition of examples/two-units", async () => {
  using example = await deliveredExample('two-units');
  const machine = buildPipeline(example.delivery, settings);
  const [shown] = blocksOf('README.md').filter(({ language }) => language === 'mermaid');
  expect(shown?.lines.join('\n')).toBe(picture(machine));
});

describe('docs/environments.md', () => {
  test('shows the environments of examples/three-accounts', () => {
    const [shown] = blocksOf('docs/environments.md').filter(({ language }) => language === 'yaml');
    const file = readFileSync(join(root, 'examples/three-accounts/live-ci.config.yml'), 'utf8');
    expect(file).toContain(`\n${shown?.lines.join('\n')}\n`);
  });

  test('tells in which order its units are delivered, under which roles, and who approves', async () => {
    using example = await deliveredExample('three-accounts');
    const { delivery } = example;
    const rows = delivery.units.map((unit) => {
      const { planRoleArn, applyRoleArn, autoApprove, minimumApprovals } = settingsIn(delivery, unit);
      const account = /^arn:aws:iam::(\d+):role\/live-ci-plan$/.exec(planRoleArn ?? '')?.[1] ?? '';
      expect(applyRoleArn).toBe(`arn:aws:iam::${account}:role/live-ci-apply`);
      const asked = { always: 'nobody', 'no-destroy': 'one, if it destroys', never: `${minimumApprovals} of three` };
      return `| Stage ${unit.stage} | ${unit.path} | ${account} | ${asked[autoApprove]} |`;
    });
    const text = readFileSync(join(root, 'docs/environments.md'), 'utf8');
    expect(rows).toHaveLength(6);
    expect(text).toContain(rows.join('\n'));
    expect(settingsIn(delivery, { environment: 'prod/**' })).toMatchObject({ authorMayApprove: false });
  });
});

test('the JSON that approvers are shown is a decision', () => {
  const [shown] = blocksOf('docs/approve.md').filter(({ language, where }) => language === 'json' && where === '');
  expect(parseDecision(JSON.parse(shown?.lines.join('\n') ?? '')).rollback).toBe('selective');
});

test('docs/security.md lists what is hidden, and its patterns are some', () => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const listed = [...text.matchAll(/^ {2}- ([A-Za-z].*)$/gm)].map(([, what]) => what);
  expect(listed).toEqual(['private keys, in one line or in several', ...Object.keys(builtInPatterns)]);
  const [shown] = blocksOf('docs/security.md').filter(({ language }) => language === 'yaml');
  expect(parseConfig(shown?.lines.join('\n') ?? '', 'docs/security.md').redaction.patterns).toHaveLength(2);
});

test('links between pages lead somewhere', () => {
  for (const file of documents()) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(() => readFileSync(join(root, file, '..', target))).not.toThrow(/ENOENT/);
    }
  }
});
