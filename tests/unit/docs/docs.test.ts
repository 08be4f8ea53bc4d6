/** What the documentation shows is what the product does today. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDecision } from '../../../src/approval/decide.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { nothingApplied } from '../../../src/delivery/applied.ts';
import { prepareDelivery } from '../../../src/delivery/prepare.ts';
import { describeChangeSet } from '../../../src/queue/change-set.ts';
import { git } from '../../../src/repository/git.ts';
import { picture } from '../../../statemachine/picture.ts';
import { buildPipeline } from '../../../statemachine/pipeline.ts';
import { settings } from '../../support/definition.ts';
import { blocksOf, documents, root } from '../../support/docs.ts';

test("the README's picture is the definition of examples/two-units", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'live-ci-picture-'));
  try {
    cpSync(join(root, 'examples', 'two-units'), directory, { recursive: true });
    await git(directory, ['init', '--quiet', '--initial-branch=main', '.']);
    await git(directory, ['add', '--all']);
    await git(directory, [
      '-c',
      'user.name=Example',
      '-c',
      'user.email=example@example.org',
      'commit',
      '--quiet',
      '-m',
      'units',
    ]);
    const config = configSchema.parse({});
    const changeSet = await describeChangeSet(
      directory,
      { base: null, head: 'HEAD', sequence: 1 },
      { config, now: () => new Date() },
    );
    const machine = buildPipeline(prepareDelivery(changeSet, nothingApplied, [], config), settings);
    const [shown] = blocksOf('README.md').filter(({ language }) => language === 'mermaid');
    expect(shown?.lines.join('\n')).toBe(picture(machine));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the JSON that approvers are shown is a decision', () => {
  const [shown] = blocksOf('docs/approve.md').filter(({ language }) => language === 'json');
  expect(parseDecision(JSON.parse(shown?.lines.join('\n') ?? '')).rollback).toBe('selective');
});

test('links between pages lead somewhere', () => {
  for (const file of documents()) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(() => readFileSync(join(root, file, '..', target))).not.toThrow(/ENOENT/);
    }
  }
});
