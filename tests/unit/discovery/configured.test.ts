import { discoverGraph } from '../../../src/discovery/graph.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { type Changes, configWith, newRepository } from './repository.ts';

type Settings = Parameters<typeof configWith>[0];

const s3 = (key: string) => `terraform {\n  backend "s3" {\n    bucket = "states"\n    key = "${key}"\n  }\n}\n`;
const reading = (key: string) =>
  `data "terraform_remote_state" "${key}" {\n  backend = "s3"\n  config = {\n    bucket = "states"\n    key = "${key}"\n  }\n}\n`;
const files: Changes = {
  'net/main.tf': s3('net') + reading('app'),
  'app/main.tf': s3('app') + reading('net'),
  'dns/main.tf': s3('dns') + reading('app'),
  'charts/app/Chart.yaml': 'version: 1\n',
  'variables/prod/app.tfvars': 'size = 1\n',
};

async function graphWith(settings: Settings, changes: Changes = files) {
  using repository = newRepository(changes);
  const warnings: string[] = [];
  const graph = await discoverGraph(repository.directory, {
    config: configWith(settings),
    warn: (message) => warnings.push(message),
  });
  return {
    warnings,
    edges: Object.fromEntries(graph.map(({ path, dependencies }) => [path, dependencies])),
    broken: graph.filter(({ error }) => error !== undefined).map(({ path }) => path),
  };
}

async function touchedWith(settings: Settings, change: Changes, before: Changes = files) {
  using repository = newRepository(before);
  const base = repository.git('rev-parse', 'HEAD');
  const head = repository.commit(change);
  const { touched } = await discoverTouched(repository.directory, { base, head, config: configWith(settings) });
  return Object.fromEntries(touched.map(({ path, change, reasons }) => [path, [change, ...reasons]]));
}

describe('ignoredDependencies', () => {
  test('break a circle of units that read each other', async () => {
    expect((await graphWith({})).broken).toEqual(['app', 'net']);
    const { edges, broken, warnings } = await graphWith({ ignoredDependencies: { net: ['app'] } });
    expect({ edges, broken, warnings }).toEqual({
      edges: { app: ['net'], dns: ['app'], net: [] },
      broken: [],
      warnings: [],
    });
  });

  test('take away a dependency on what is not there, and the error of it', async () => {
    const unit =
      'dependency "gone" {\n  config_path = "../gone"\n}\nterraform {\n  source = "tfr:///example/x/aws"\n}\n';
    const { edges, broken } = await graphWith(
      { ignoredDependencies: { app: ['gone'] } },
      { 'app/terragrunt.hcl': unit },
    );
    expect({ edges, broken }).toEqual({ edges: { app: [] }, broken: [] });
  });

  test('that name no unit, or what a unit does not depend on, are told', async () => {
    const { warnings } = await graphWith({ ignoredDependencies: { net: ['app', 'dns'], nte: ['app'] } });
    expect(warnings).toEqual([
      'ignoredDependencies in the configuration names nte, which is not a unit; correct or remove it.',
      'ignoredDependencies in the configuration names dns, on which net does not depend; correct or remove it.',
    ]);
  });
});

describe('extraReads', () => {
  const settings = {
    ignoredDependencies: { net: ['app'] },
    extraReads: { 'a*': ['variables/prod/app.tfvars', 'charts/app/**'] },
  };

  test('touch the units that the pattern matches, and no others', async () => {
    const change = { 'charts/app/Chart.yaml': 'version: 2\n', 'variables/prod/app.tfvars': null };
    expect(await touchedWith(settings, change)).toEqual({
      app: [
        'modified',
        'reads charts/app/Chart.yaml, which changed',
        'reads variables/prod/app.tfvars, which was deleted',
      ],
    });
    expect(await touchedWith({ ...settings, extraReads: {} }, change)).toEqual({});
  });

  test('that name no unit or no file are told', async () => {
    const { warnings } = await graphWith({ ...settings, extraReads: { 'app/**': ['chart/**'], app: ['charts/**'] } });
    expect(warnings).toEqual([
      'extraReads in the configuration names app/**, which no unit matches; correct or remove it.',
      'extraReads in the configuration names chart/**, which no file matches; correct or remove it.',
    ]);
  });
});

describe('units.exclude', () => {
  const module = { 'modules/vpc/main.tf': 'provider "aws" {}\n', 'modules/vpc/broken/main.tf': 'terraform {\n' };
  const settings = { ignoredDependencies: { net: ['app'] }, units: { exclude: ['modules/**'] } };

  test('leaves directories out that look like units', async () => {
    const all = await graphWith({ ignoredDependencies: { net: ['app'] } }, { ...files, ...module });
    expect(Object.keys(all.edges)).toEqual(['app', 'dns', 'modules/vpc', 'modules/vpc/broken', 'net']);
    const { edges, broken, warnings } = await graphWith(settings, { ...files, ...module });
    expect({ units: Object.keys(edges), broken, warnings }).toEqual({
      units: ['app', 'dns', 'net'],
      broken: [],
      warnings: [],
    });
    expect(await touchedWith(settings, module)).toEqual({});
  });

  test('destroys nothing: a unit that was delivered before is left as it is', async () => {
    using repository = newRepository(module);
    const head = repository.git('rev-parse', 'HEAD');
    const known = await discoverGraph(repository.directory, { config: configWith() });
    const { touched, graph } = await discoverTouched(repository.directory, {
      base: null,
      head,
      known,
      config: configWith(settings),
    });
    expect({ touched, graph }).toEqual({ touched: [], graph: [] });
  });

  test('a pattern that matches no unit is told', async () => {
    expect((await graphWith(settings)).warnings).toEqual([
      'units.exclude in the configuration names modules/**, which no unit and no code matches; correct or remove it.',
    ]);
  });
});

describe('new units that are perhaps modules or examples', () => {
  const provider = 'provider "aws" {}\n';
  const terragrunt = 'terraform {\n  source = "tfr:///example/x/aws"\n}\n';
  const warned = async (changes: Changes, settings: Settings = {}) => {
    using repository = newRepository({ 'net/main.tf': s3('net') });
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit(changes);
    const warnings: string[] = [];
    const config = configWith(settings);
    const warn = (message: string) => warnings.push(message);
    await discoverTouched(repository.directory, { base, head, config, warn });
    return warnings;
  };

  test('are told, with the setting that leaves them out', async () => {
    const examples = {
      'modules/vpc/main.tf': provider,
      'modules/vpc/examples/basic/main.tf': provider,
      'tests/app/terragrunt.hcl': terragrunt,
    };
    expect(await warned(examples)).toEqual([
      'modules/vpc, modules/vpc/examples/basic, tests/app look like modules or examples that nobody calls, and would be planned and applied as units. List them under units.exclude in the configuration, unless that is meant.',
    ]);
    expect(await warned(examples, { units: { exclude: ['modules/**', 'tests/**'] } })).toEqual([]);
  });

  test('are not those that lie elsewhere, that have a lasting state, or that another calls', async () => {
    const changes = {
      'live/vpc/main.tf': provider,
      'modules/dns/main.tf': s3('dns'),
      'modules/db/main.tf': 'terraform {\n  backend "s3" {}\n}\n',
      'modules/called/main.tf': provider,
      'live/app/main.tf': `${s3('app')}module "called" {\n  source = "../../modules/called"\n}\n`,
    };
    expect(await warned(changes)).toEqual([]);
  });
});
