// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { type Changes, configWith, newRepository } from './repository.ts';

const config = configWith();
const module = 'terraform {\n  source = "git::https://example.org/modules.git//thing"\n}\n';
const stackOf = (cidr: string, more = '') =>
  `unit "vpc" {\n  source = "\${get_repo_root()}/catalog/units/vpc"\n  path = "vpc"\n  values = { cidr = "${cidr}" }\n}\nunit "app" {\n  source = "\${get_repo_root()}/catalog/units/app"\n  path = "app"\n}\n${more}`;
const files: Changes = {
  'catalog/units/vpc/terragrunt.hcl': `${module}inputs = {\n  cidr = values.cidr\n}\n`,
  'catalog/units/app/terragrunt.hcl': `${module}dependency "vpc" {\n  config_path = "../vpc"\n}\n`,
  'live/prod/terragrunt.stack.hcl': stackOf('10.0.0.0/16'),
};
const remote = (name: string, more = '') =>
  `unit "${name}" {\n  source = "git::https://example.org/catalog.git//units/${name}?ref=v1"\n  path = "${name}"\n${more}}\n`;

async function touchedBy(changes: Changes, before: Changes = files, settings = config) {
  using repository = newRepository(before);
  const base = repository.git('rev-parse', 'HEAD');
  const head = repository.commit(changes);
  const found = await discoverTouched(repository.directory, { base, head, config: settings });
  return {
    touched: Object.fromEntries(found.touched.map((one) => [one.path, [one.change, ...one.reasons]])),
    unread: found.unread,
    graph: Object.fromEntries(found.graph.map(({ path, dependencies }) => [path, dependencies])),
    errors: errors(found.touched),
  };
}

function errors(units: { path: string; error?: string | undefined }[]): Record<string, string> {
  return Object.fromEntries(units.flatMap(({ path, error }) => (error === undefined ? [] : [[path, error]])));
}

async function errorsIn(changes: Changes) {
  using repository = newRepository(changes);
  return errors(await discoverGraph(repository.directory, { config, commit: 'HEAD' }));
}

async function graphOf(changes: Changes, settings = config) {
  using repository = newRepository(changes);
  const graph = await discoverGraph(repository.directory, { config: settings, commit: 'HEAD' });
  return Object.fromEntries(graph.map(({ path, dependencies }) => [path, dependencies]));
}

const stack = 'live/prod/.terragrunt-stack';

describe('a unit that a stack generates', () => {
  test('is in the graph though nobody committed it, and its pattern is not delivered', async () => {
    const { graph, touched } = await touchedBy({}, { ...files, 'README.md': '' });
    expect(graph[`${stack}/app`]).toEqual([`${stack}/vpc`]);
    expect(graph[`${stack}/vpc`]).toEqual([]);
    expect(graph).not.toHaveProperty(['catalog/units/vpc']);
    expect(touched).toEqual({});
  });

  test('is touched by a change of its values alone', async () => {
    const { touched, unread } = await touchedBy({ 'live/prod/terragrunt.stack.hcl': stackOf('10.1.0.0/16') });
    expect(touched).toEqual({ [`${stack}/vpc`]: ['modified', 'values changed in live/prod/terragrunt.stack.hcl'] });
    expect(unread).toEqual([]);
  });

  test('is touched by a change of its source, in every stack that uses it', async () => {
    const both = { ...files, 'live/dev/terragrunt.stack.hcl': stackOf('10.9.0.0/16') };
    const { touched, unread } = await touchedBy({ 'catalog/units/vpc/main.tf': '# new\n' }, both);
    const reasons = ['modified', 'source catalog/units/vpc/main.tf added'];
    expect(touched).toEqual({ [`${stack}/vpc`]: reasons, 'live/dev/.terragrunt-stack/vpc': reasons });
    expect(unread).toEqual([]);
  });

  test('is not touched by what leaves it as it was', async () => {
    const { touched } = await touchedBy({ 'live/prod/terragrunt.stack.hcl': `# a remark\n${stackOf('10.0.0.0/16')}` });
    expect(touched).toEqual({});
  });

  test('is touched by a file that its values come from', async () => {
    const from = {
      ...files,
      'live/prod/terragrunt.stack.hcl': stackOf('${file("../cidr.txt")}'),
      'live/cidr.txt': '10',
    };
    const { touched } = await touchedBy({ 'live/cidr.txt': '11' }, from);
    expect(touched).toEqual({ [`${stack}/vpc`]: ['modified', 'values changed in live/cidr.txt'] });
  });

  test('says that it has another source than before', async () => {
    const { touched } = await touchedBy({
      'catalog/units/vpc-2/terragrunt.hcl': module,
      'live/prod/terragrunt.stack.hcl': stackOf('10.0.0.0/16').replace('units/vpc"', 'units/vpc-2"'),
    });
    expect(touched[`${stack}/vpc`]).toEqual([
      'modified',
      'source catalog/units/vpc-2/terragrunt.hcl changed (before, catalog/units/vpc/terragrunt.hcl)',
    ]);
  });

  test('is new with its block and deleted with it', async () => {
    const more = 'unit "dns" {\n  source = "../../catalog/units/app"\n  path = "dns"\n}\n';
    const added = await touchedBy({ 'live/prod/terragrunt.stack.hcl': stackOf('10.0.0.0/16', more) });
    expect(added.touched).toEqual({ [`${stack}/dns`]: ['added', 'new unit'] });
    const deleted = await touchedBy({ 'live/prod/terragrunt.stack.hcl': null });
    expect(deleted.touched).toEqual({
      [`${stack}/app`]: ['deleted', 'deleted'],
      [`${stack}/vpc`]: ['deleted', 'deleted'],
    });
  });

  test('is modified, never new, when its stack could not be understood at the base commit', async () => {
    const { touched } = await touchedBy(
      { 'live/prod/terragrunt.stack.hcl': stackOf('10.0.0.0/16') },
      { ...files, 'live/prod/terragrunt.stack.hcl': 'unit "vpc" {' },
    );
    expect(touched[`${stack}/vpc`]?.[0]).toBe('modified');
    expect(touched[`${stack}/vpc`]?.[1]).toMatch(/^at the base commit it could not be understood/);
  });

  test('is taken as it is committed, where it is', async () => {
    const committed = {
      ...files,
      [`${stack}/vpc/terragrunt.hcl`]: module,
      [`${stack}/vpc/terragrunt.values.hcl`]: 'cidr = 1\n',
    };
    const changed = await touchedBy({ 'live/prod/terragrunt.stack.hcl': stackOf('10.1.0.0/16') }, committed);
    expect(changed.touched).toEqual({});
    const generated = await touchedBy({ [`${stack}/vpc/terragrunt.values.hcl`]: 'cidr = 2\n' }, committed);
    expect(generated.touched).toEqual({ [`${stack}/vpc`]: ['modified', 'terragrunt.values.hcl changed'] });
  });

  test('with a value that can be known only where it is generated is touched by whatever that is computed from', async () => {
    const unknown = (remark: string) => `# ${remark}\n${stackOf('${run_cmd("date")}')}`;
    const { touched } = await touchedBy(
      { 'live/prod/terragrunt.stack.hcl': unknown('two') },
      { ...files, 'live/prod/terragrunt.stack.hcl': unknown('one') },
    );
    expect(touched).toEqual({ [`${stack}/vpc`]: ['modified', 'reads live/prod/terragrunt.stack.hcl, which changed'] });
  });

  test('is touched by the local module that it runs, which update_source_with_cas takes from beside its source', async () => {
    const beside: Changes = {
      'catalog/modules/vpc/main.tf': '',
      'catalog/units/vpc/terragrunt.hcl':
        'terraform {\n  source = "../../modules/vpc"\n  update_source_with_cas = true\n}\n',
      'live/prod/terragrunt.stack.hcl':
        'unit "vpc" {\n  source = "${get_repo_root()}/catalog//units/vpc"\n  path = "vpc"\n}\n',
    };
    const { touched } = await touchedBy({ 'catalog/modules/vpc/main.tf': '# new\n' }, beside);
    expect(touched[`${stack}/vpc`]).toEqual(['modified', 'module catalog/modules/vpc changed']);
  });
});

describe('a stack from which others are made', () => {
  const net = 'unit "vpc" {\n  source = "${get_repo_root()}/catalog/units/app"\n  path = "vpc"\n}\n';
  test('is a pattern: what it would make in its own place is no unit', async () => {
    const graph = await graphOf({
      'catalog/stacks/net/terragrunt.stack.hcl': net,
      'catalog/units/app/terragrunt.hcl': module,
      'live/terragrunt.stack.hcl': 'stack "net" {\n  source = "../catalog/stacks/net"\n  path = "net"\n}\n',
    });
    expect(Object.keys(graph)).toEqual(['catalog/units/app', 'live/.terragrunt-stack/net/.terragrunt-stack/vpc']);
  });

  test.each([
    [
      'another stack copies it',
      { 'more/terragrunt.stack.hcl': `stack "x" {\n  source = "../live/prod"\n  path = "x"\n}\n` },
    ],
    ['it needs values now', { 'live/prod/terragrunt.stack.hcl': stackOf('${values.cidr}') }],
  ])('deletes nothing when it becomes one because %s', async (_, changes) => {
    const { touched, errors } = await touchedBy(changes);
    const lost = ['app', 'vpc'].map((name) => `${stack}/${name}`);
    for (const path of lost) {
      expect(touched[path]).toEqual(['modified', 'it is no unit any more']);
      expect(errors[path]).toMatch(
        /was a unit at the base commit and is none any more, but live\/prod\/terragrunt\.stack\.hcl, which generated it, is still there/,
      );
    }
    expect(Object.keys(errors)).toEqual(lost);
  });

  test('is left alone when it needs values and no stack gives them', async () => {
    const graph = await graphOf({ 'catalog/stacks/net/terragrunt.stack.hcl': net.replace('"vpc"\n', 'values.name\n') });
    expect(graph).toEqual({});
  });
});

describe('what can not be known of a stack', () => {
  test('are the dependencies of a unit from another repository', async () => {
    const from = { ...files, 'live/prod/terragrunt.stack.hcl': stackOf('10.0.0.0/16', remote('db')) };
    expect((await errorsIn(from))[`${stack}/db`]).toMatch(
      /^live\/prod\/terragrunt\.stack\.hcl:11:3: what live\/prod\/\.terragrunt-stack\/db depends on can't be known: its source git::https:.* lies outside of the repository\. .* list the dependencies of live\/prod\/\.terragrunt-stack\/db under extraDependencies/,
    );
  });

  test('is known once the configuration says it: such a unit is touched by its source and its values', async () => {
    const at = (ref: string, more: string) =>
      stackOf('10.0.0.0/16', remote('db', `  values = { size = ${more} }\n`).replace('v1', ref));
    const settings = configWith({ extraDependencies: { [`${stack}/db`]: [`${stack}/vpc`] } });
    const before = { ...files, 'live/prod/terragrunt.stack.hcl': at('v1', '1') };
    const source = await touchedBy({ 'live/prod/terragrunt.stack.hcl': at('v2', '1') }, before, settings);
    expect(source.graph[`${stack}/db`]).toEqual([`${stack}/vpc`]);
    expect(source.touched).toEqual({
      [`${stack}/db`]: ['modified', 'source changed in live/prod/terragrunt.stack.hcl'],
    });
    const values = await touchedBy({ 'live/prod/terragrunt.stack.hcl': at('v1', '2') }, before, settings);
    expect(values.touched).toEqual({
      [`${stack}/db`]: ['modified', 'values changed in live/prod/terragrunt.stack.hcl'],
    });
  });

  test('are the units of a stack from another repository, unless the configuration lists them', async () => {
    const from = {
      'live/terragrunt.stack.hcl': 'stack "net" {\n  source = "example.org/catalog//stacks/net"\n  path = "net"\n}\n',
      'dns/terragrunt.hcl': `${module}dependency "vpc" {\n  config_path = "../live"\n}\n`,
    };
    const net = 'live/.terragrunt-stack/net';
    expect(await errorsIn(from)).toEqual({
      [net]: expect.stringMatching(
        /^live\/terragrunt\.stack\.hcl:2:3: which units lie in live\/\.terragrunt-stack\/net can't be known/,
      ),
    });
    expect(await graphOf(from)).toEqual({ dns: [net], [net]: [] });
    const vpc = 'live/.terragrunt-stack/net/.terragrunt-stack/vpc';
    expect(await graphOf(from, configWith({ extraDependencies: { [vpc]: [] } }))).toEqual({ dns: [vpc], [vpc]: [] });
  });

  test('is an error in the commits that concern it, and of nothing else', async () => {
    const at = (source: string) => `stack "net" {\n  source = "${source}"\n  path = "net"\n}\n`;
    const before = {
      ...files,
      'live/prod/terragrunt.stack.hcl': stackOf('10.0.0.0/16', remote('db')),
      'live/net/terragrunt.stack.hcl': at('example.org/catalog//stacks/net?ref=v1'),
    };
    const { touched } = await touchedBy({ 'catalog/units/app/main.tf': '# new\n' }, before);
    expect(Object.keys(touched)).toEqual(['catalog/units/app', `${stack}/app`]);
    const other = await touchedBy(
      { 'live/net/terragrunt.stack.hcl': at('example.org/catalog//stacks/net?ref=v2') },
      before,
    );
    const net = 'live/net/.terragrunt-stack/net';
    expect(other.touched).toEqual({ [net]: ['modified', 'reads live/net/terragrunt.stack.hcl, which changed'] });
    expect(other.errors[net]).toMatch(/which units lie in live\/net\/\.terragrunt-stack\/net can't be known/);
  });

  test('never takes a unit as deleted of which it can not be known any more whether it is there', async () => {
    const now = stackOf('10.0.0.0/16').replace('"${get_repo_root()}/catalog/units/vpc"', 'run_cmd("source")');
    const settings = configWith({ unknownDependencies: 'warn' });
    const { touched } = await touchedBy({ 'live/prod/terragrunt.stack.hcl': now }, files, settings);
    expect(touched).toEqual({ [`${stack}/vpc`]: ['modified', expect.stringContaining('changed')] });
  });

  test.each([
    ['a path that a command makes', 'path = run_cmd("date")', /:3:3: the path of the unit "x" can't be known: run_cmd/],
    ['a path out of the stack', 'path = "../../x"', /:3:3: the path "..\/..\/x" leads out of live\/.terragrunt-stack/],
    ['no path', '', /:1:1: the unit "x" has no path/],
  ])('%s is an error with its place', async (_, path, message) => {
    const from = {
      ...files,
      'live/terragrunt.stack.hcl': `unit "x" {\n  source = "../catalog/units/app"\n  ${path}\n}\n`,
    };
    expect(Object.values(await errorsIn(from))).toEqual([expect.stringMatching(message)]);
  });

  test('a source that is not there, one without a unit and one that two blocks share and a stack that contains itself are errors with their places', async () => {
    const from = (kind: string, source: string) =>
      errorsIn({ ...files, 'live/terragrunt.stack.hcl': `${kind} "x" {\n  source = "${source}"\n  path = "x"\n}\n` });
    const x = 'live/.terragrunt-stack/x';
    expect(await from('unit', '../nowhere')).toEqual({
      [x]: expect.stringMatching(/:2:3: the source of the unit "x", nowhere, does not exist/),
    });
    expect(await from('unit', '../catalog')).toEqual({
      [x]: expect.stringMatching(/:1:1: the unit "x" has no terragrunt.hcl in its source/),
    });
    const twice = { 'live/terragrunt.stack.hcl': `${remote('x')}${remote('y').replace('"y"\n', '"x"\n')}` };
    expect((await errorsIn(twice))[x]).toMatch(/:5:1: live\/\.terragrunt-stack\/x is generated twice/);
    expect(Object.values(await from('stack', '${get_repo_root()}/live'))).toContainEqual(
      expect.stringMatching(/generates itself, without end/),
    );
  });

  test('a problem of one stack does not matter to a directory beside it', async () => {
    using repository = newRepository({ ...files, 'other/terragrunt.stack.hcl': 'unit "x" {' });
    const graph = await discoverGraph(`${repository.directory}/live`, { config });
    expect(graph.map(({ path }) => path)).toEqual([`${stack}/app`, `${stack}/vpc`]);
  });
});
