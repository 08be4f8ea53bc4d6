/** Deploying from the package that npm makes, in a repository of one's own. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { commands } from '../../../src/cli/commands.ts';
import { generalHelp } from '../../../src/cli/help.ts';
import { root } from '../../support/docs.ts';
import { installedIn, packed, type Service, type Tarball } from '../../support/installed.ts';
import { packaged } from '../../support/packaged.ts';

const serverless = 'osls/bin/serverless.js';
const liveCi = 'infrastructure-live-ci/dist/live-ci.js';

let tarball: Tarball;
/** Resources of the template that the repository makes itself, of the settings of the examples. */
let expected: object;
beforeAll(async () => {
  tarball = await packed();
  const settings = await readFile(join(root, 'examples', 'own-serverless', 'live-ci.config.yml'), 'utf8');
  await using repository = await packaged(parse(settings));
  expected = withoutTime(repository.resources);
});
afterAll(() => tarball[Symbol.asyncDispose]());

/** What is uploaded has the time in its name. */
function withoutTime(resources: object): object {
  return JSON.parse(JSON.stringify(resources).replace(/\/\d{13}-[\dT:.Z-]+\//g, '/'));
}

async function template(service: Service) {
  await service.run(serverless, ['package', '--stage', 'test']);
  return service.template();
}

test('a serverless.yml of ten lines makes the same stack, and has its own parts in it', async () => {
  await using service = await installedIn('own-serverless', tarball);
  const { Resources, Outputs } = await template(service);
  expect(withoutTime(Resources)).toEqual(expected);
  expect(Outputs).toMatchObject({ Owner: { Value: 'platform-team@example.org' }, PipelineArn: {} });
});

test('the provided serverless.yml makes the same stack', async () => {
  await using service = await installedIn('provided-serverless', tarball);
  const { scripts } = JSON.parse(await readFile(join(service.directory, 'package.json'), 'utf8'));
  expect(scripts.deploy).toBe('cp node_modules/infrastructure-live-ci/serverless.yml . && serverless deploy');
  const provided = join(service.directory, 'node_modules', 'infrastructure-live-ci', 'serverless.yml');
  await copyFile(provided, join(service.directory, 'serverless.yml'));
  expect(withoutTime((await template(service)).Resources)).toEqual(expected);
});

test('the command line of the package needs nothing beside it', async () => {
  await using service = await installedIn('own-serverless', tarball);
  expect(await service.run(liveCi, ['--help'])).toBe(generalHelp(commands));
  expect(await service.run(liveCi, ['config', 'check'])).toMatch(/^Right: /);
});

test('a mistake in the configuration is told as live-ci config check tells it, and nothing is packaged', async () => {
  await using service = await installedIn('own-serverless', tarball);
  await writeFile(join(service.directory, 'live-ci.config.yml'), 'branhc: main\nstages: network\n');
  const checked = await service.run(liveCi, ['config', 'check']).catch(({ stderr }) => stderr);
  const deployed = await service.run(serverless, ['package', '--stage', 'test']).catch(({ stdout }) => stdout);
  const mistakes = checked.trim().split('\n');
  expect(mistakes).toHaveLength(2);
  for (const mistake of mistakes) expect(deployed).toContain(mistake);
  expect(deployed).not.toMatch(/^ {4}at /m);
});

test('the framework says the region that the configuration names, and a service or stage whose names would not fit is refused', async () => {
  await using service = await installedIn('own-serverless', tarball);
  await writeFile(join(service.directory, 'live-ci.config.yml'), 'region: eu-central-1\n');
  const stage = (name: string) => service.heard(serverless, ['package', '--stage', name]);
  expect(await stage('test')).toContain('for stage test (eu-central-1)');
  expect(await stage('Production')).toContain("can't be the name of the artifact bucket");
});

test("the example's editor finds the schema in the package", async () => {
  await using service = await installedIn('provided-serverless', tarball);
  const text = await readFile(join(service.directory, 'live-ci.config.yml'), 'utf8');
  const [, schema = ''] = /\$schema=(\S+)/.exec(text) ?? [];
  expect(JSON.parse(await readFile(join(service.directory, schema), 'utf8'))).toHaveProperty('properties.branch');
});

test('the package holds no sources, and a script builds what it holds before it is packed', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(manifest.files.filter((file: string) => /^(src|handlers|tests|setup)/.test(file))).toEqual([]);
  expect(manifest.scripts.prepare).toBe('node build.js');
  expect(manifest).not.toHaveProperty('dependencies');
});
