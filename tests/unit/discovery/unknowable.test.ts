import type { Answer } from '../../../src/discovery/ask-terragrunt.ts';
import type { DiscoverOptions } from '../../../src/discovery/discover.ts';
import { discoverTree } from '../../support/discover-tree.ts';
import { memoryTree } from '../../support/memory-tree.ts';
import { configWith } from './repository.ts';

const unit = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
const files = {
  'vpc/terragrunt.hcl': unit,
  'dns/terragrunt.hcl': unit,
  'notes.txt': '',
  'app/terragrunt.hcl': `${unit}dependency "vpc" {\n  config_path = run_cmd("network")\n}\ndependencies {\n  paths = ["../dns"]\n}\n`,
  'db/terragrunt.hcl': `${unit}include "root" {\n  path = run_cmd("root")\n}\n`,
};

/** What is discovered, what was warned of, and the units that Terragrunt was asked about. */
async function discovered(settings: Parameters<typeof configWith>[0], answers?: Record<string, Answer>) {
  const asked: string[] = [];
  const warnings: string[] = [];
  const options: Partial<DiscoverOptions> = {
    config: configWith(settings),
    warn: (message) => warnings.push(message),
    ask: async (units) => {
      asked.push(...units);
      return answers && new Map(Object.entries(answers));
    },
  };
  const found = await discoverTree(memoryTree(files), undefined, options);
  const dependencies = Object.fromEntries([...found].map(([path, one]) => [path, one.unit.dependencies]));
  return { found, dependencies, warnings, asked, problem: found.get('app')?.problem?.message };
}

const known: Record<string, Answer> = {
  app: { dependencies: ['vpc', 'dns'], reads: ['notes.txt'] },
  db: { dependencies: [], reads: [] },
};

describe('a unit of which cannot be known what it depends on', () => {
  test('has the dependencies that terragrunt says, and reads what it says', async () => {
    const { found, dependencies, warnings } = await discovered({}, known);
    expect(dependencies).toEqual({ app: ['dns', 'vpc'], db: [], dns: [], vpc: [] });
    expect(found.get('app')?.reads).toEqual(['app/terragrunt.hcl', 'notes.txt']);
    expect(warnings).toEqual([]);
  });

  test('has a problem with file, line and advice where there is no terragrunt', async () => {
    expect((await discovered({})).problem).toMatch(
      /^app\/terragrunt\.hcl:5:3: the path of the dependency can't be known: run_cmd is not run.*extraDependencies/,
    );
  });

  test('has a problem in the words of terragrunt where that cannot tell either', async () => {
    const refused = await discovered({}, { ...known, app: { refusal: 'exit status 3' } });
    expect(refused.problem).toContain('Terragrunt says: exit status 3');
  });

  test('has what is known of it, and a warning, where the configuration says so', async () => {
    const { dependencies, warnings, asked } = await discovered({ unknownDependencies: 'ask-or-warn' });
    expect(dependencies).toEqual({ app: ['dns'], db: [], dns: [], vpc: [] });
    expect(warnings).toEqual([
      expect.stringContaining('app/terragrunt.hcl:5:3: the path of the dependency'),
      expect.stringContaining('db/terragrunt.hcl:5:3: the path of the include'),
    ]);
    expect(asked).toEqual(['app', 'db']);
  });

  test.each(['error', 'warn'] as const)(
    'is not asked about with %s, since asking runs what it says',
    async (setting) => {
      const asked: string[] = [];
      const ask: DiscoverOptions['ask'] = async (units) => {
        asked.push(...units);
        return new Map(Object.entries(known));
      };
      const options = { config: configWith({ unknownDependencies: setting }), ask };
      const found = await discoverTree(memoryTree(files), undefined, options);
      expect(found.get('app')?.unit.dependencies).toEqual(['dns']);
      expect(found.get('app')?.problem === undefined).toBe(setting === 'warn');
      expect(asked).toEqual([]);
    },
  );

  test('is what the configuration lists for it', async () => {
    const { dependencies, asked } = await discovered({ extraDependencies: { app: ['db'], db: [] } });
    expect(dependencies).toEqual({ app: ['db', 'dns'], db: [], dns: [], vpc: [] });
    expect(asked).toEqual([]);
  });
});
