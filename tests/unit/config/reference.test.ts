import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { editorSchema } from '../../../src/config/json-schema.ts';
import { configFile, parseConfig } from '../../../src/config/load.ts';
import { referencePage, settingRows } from '../../../src/config/reference.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { blocksOf, root } from '../../support/docs.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe('the reference of the settings', () => {
  test('is the one that is committed: npm run docs writes it', () => {
    expect(read('docs/configuration.md')).toBe(referencePage());
  });

  test('has every setting that has a default', () => {
    const names = settingRows().map(({ name }) => name.replace(/(\[\]|\.<pattern>)\..*/, ''));
    expect(names).toEqual(expect.arrayContaining(flatten(configSchema.parse({}))));
  });

  test('says of each what it means and what may be written', () => {
    const mute = settingRows().filter(({ type, meaning }) => !meaning || !type || /undefined/.test(type));
    expect(mute).toEqual([]);
  });

  test('shows settings that can be deployed', () => {
    const examples = blocksOf('docs/configuration.md').filter(({ language }) => language === 'yaml');
    expect(examples).toHaveLength(2);
    for (const { lines } of examples) parseConfig(lines.join('\n'), 'the example');
  });
});

test("every example's configuration is right", () => {
  const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' });
  const configs = files.filter((file) => basename(file) === configFile && !file.includes('node_modules'));
  expect(configs.length).toBeGreaterThan(3);
  for (const file of configs) parseConfig(read(join('examples', file)), file);
});

describe('the JSON Schema for editors', () => {
  test('is the one that is committed: npm run docs writes it', () => {
    expect(read('live-ci.schema.json')).toBe(`${JSON.stringify(editorSchema(), undefined, 2)}\n`);
  });

  test("is named in the deployment's configuration", () => {
    const [, named = ''] = /^# yaml-language-server: \$schema=(.*)\n/.exec(read('live-ci.config.yml')) ?? [];
    expect(existsSync(join(root, named))).toBe(true);
  });

  test('tells what a setting becomes in AWS, in words that an editor shows', () => {
    const branch = editorSchema().properties?.branch;
    expect(branch).toMatchObject({
      type: 'string',
      description: expect.stringContaining('(in AWS: CodeBuild webhook'),
    });
    expect(branch).not.toHaveProperty('aws');
  });
});

/** Leaves of the settings by their dotted names. */
function flatten(settings: object, prefix = ''): string[] {
  return Object.entries(settings).flatMap(([key, value]): string[] => {
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return nested && Object.keys(value).length > 0 ? flatten(value, `${prefix}${key}.`) : [prefix + key];
  });
}
