import { discoverTouched } from '../../../src/discovery/touched.ts';
import { type Changes, configWith, newRepository } from './repository.ts';

const config = configWith();
const source = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
const include = (more = '') => `include "root" {\n  path = find_in_parent_folders("root.hcl")\n${more}}\n`;
const exclude = (condition: string, actions = '["plan"]') =>
  `exclude {\n  if      = ${condition}\n  actions = ${actions}\n}\n`;

/** The units that are delivered at all. */
async function delivered(files: Changes): Promise<string[]> {
  using repository = newRepository(files);
  const { graph } = await discoverTouched(repository.directory, { base: null, head: 'HEAD', config });
  return graph.map(({ path }) => path);
}

describe('a unit is never delivered', () => {
  test.each([
    ['when it excludes itself from plans', exclude('true')],
    ['when it excludes itself from everything but outputs', exclude('"true"', '["all_except_output"]')],
    ['when a feature flag says so', `feature "off" {\n  default = true\n}\n${exclude('feature.off.value')}`],
    ['when it has the older skip', 'skip = true\n'],
  ])('%s', async (_, text) => {
    expect(await delivered({ 'app/terragrunt.hcl': source + text, 'db/terragrunt.hcl': source })).toEqual(['db']);
  });

  test('when what it includes is excluded', async () => {
    expect(await delivered({ 'root.hcl': exclude('true'), 'app/terragrunt.hcl': source + include() })).toEqual([]);
  });

  test.each(['app', './app/', 'a*', '**'])('when .terragrunt-excludes has %s', async (line) => {
    const files = { '.terragrunt-excludes': `# not now\n${line}\n`, 'app/terragrunt.hcl': source };
    expect(await delivered(files)).toEqual([]);
  });
});

test('a unit that .terragrunt-excludes lists no more is a new one', async () => {
  using repository = newRepository({ '.terragrunt-excludes': 'app\n', 'app/terragrunt.hcl': source });
  const base = repository.git('rev-parse', 'HEAD');
  const head = repository.commit({ '.terragrunt-excludes': '# none\n' });
  const { touched } = await discoverTouched(repository.directory, { base, head, config });
  expect(touched.map(({ path, change }) => [path, change])).toEqual([['app', 'added']]);
});

describe('a unit is delivered', () => {
  test.each([
    ['when the condition is not met', exclude('false')],
    ['when only other actions are excluded', exclude('true', '["destroy"]')],
    ['when no actions are named', 'exclude {\n  if = true\n}\n'],
    ['when the condition is known only where it runs', exclude('get_aws_account_id() == "123456789012"')],
  ])('%s', async (_, text) => {
    expect(await delivered({ 'app/terragrunt.hcl': source + text })).toEqual(['app']);
  });

  test('when only what it includes has the older skip', async () => {
    const files = { 'root.hcl': 'skip = true\n', 'app/terragrunt.hcl': source + include() };
    expect(await delivered(files)).toEqual(['app']);
  });

  test('when it overrules the exclusion that it inherits', async () => {
    const files = { 'root.hcl': exclude('true'), 'app/terragrunt.hcl': source + include() + exclude('false') };
    expect(await delivered(files)).toEqual(['app']);
  });

  test('when it does not merge the exclusion', async () => {
    const text = source + include('  merge_strategy = "no_merge"\n');
    expect(await delivered({ 'root.hcl': exclude('true'), 'app/terragrunt.hcl': text })).toEqual(['app']);
  });
});
