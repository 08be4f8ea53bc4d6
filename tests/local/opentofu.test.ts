/**
 * Deliveries with OpenTofu: roots of its own, whose states and plans are encrypted, and a unit of Terragrunt, which runs it where it finds it.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { encryption } from '../support/encryption.ts';
import {
  approveAnd,
  endings,
  type LocalPipeline,
  startLocalPipeline,
  terraformUnit,
  type UnitCode,
} from '../support/local-pipeline.ts';
import { describeWithTool, openTofuFolder } from '../support/tools.ts';

describeWithTool('tofu', 'with OpenTofu', () => {
  jest.setTimeout(300_000);
  let pipeline: LocalPipeline;
  beforeAll(async () => {
    pipeline = await startLocalPipeline({ tools: openTofuFolder });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const unit = (path: string, code: UnitCode) => ({
    ...terraformUnit(pipeline.repository.states, path, code),
    [`${path}/encryption.tofu`]: encryption,
  });
  const site = (value: string) => ({
    'modules/site/main.tf': `variable "value" {}\nresource "terraform_data" "site" {\n  input = var.value\n}\noutput "value" {\n  value = terraform_data.site.output\n}\n`,
    'site/terragrunt.hcl': `terraform {\n  source = "../modules//site"\n}\nremote_state {\n  backend  = "local"\n  generate = { path = "backend.tf", if_exists = "overwrite" }\n  config   = { path = "${join(pipeline.repository.states, 'site.tfstate')}" }\n}\ninputs = { value = "${value}" }\n`,
  });
  const stateFile = (path: string) => readFile(join(pipeline.repository.states, `${path}.tfstate`), 'utf8');
  const tools = ({ units }: Awaited<ReturnType<LocalPipeline['follow']>>) =>
    Object.fromEntries(units.map(({ path, error }) => [path, error]));

  test('encrypted states are written and read in order, and Terragrunt runs it, too', async () => {
    const commit = await pipeline.repository.commit({
      ...unit('base', { value: 'one' }),
      ...unit('app', { value: 'app', reads: ['base'] }),
      ...site('one'),
    });
    const delivery = await pipeline.follow(commit);
    expect(tools(delivery)).toEqual({ base: null, app: null, site: null });
    expect(endings(delivery)).toEqual({ base: 'applied', app: 'applied', site: 'applied' });
    expect(JSON.parse(await stateFile('app'))).toHaveProperty('encrypted_data');
    expect(await stateFile('base')).not.toContain('"one"');
    expect(JSON.parse(await stateFile('site'))).toMatchObject({ terraform_version: '1.11.4' });
  });

  test('what failed is rolled back, with everything that it depends on', async () => {
    const states = await Promise.all(['base', 'site'].map(stateFile));
    const commit = await pipeline.repository.commit({
      ...unit('base', { value: 'two' }),
      ...unit('app', { value: 'app', reads: ['base'], fails: true }),
      ...site('two'),
    });
    const delivery = await pipeline.follow(commit, approveAnd({ rollback: 'all' }));
    expect(endings(delivery)).toEqual({ base: 'rolled-back', app: 'rolled-back', site: 'rolled-back' });
    expect(JSON.parse(await stateFile('site')).outputs).toEqual(JSON.parse(states[1] ?? '').outputs);

    const back = await pipeline.follow(await pipeline.tip());
    expect(back.state).toBe('ended');
    expect(Object.values(endings(back)).every((state) => state === 'unchanged')).toBe(true);
  });

  test('a unit is destroyed when its code is deleted', async () => {
    const commit = await pipeline.repository.commit({ app: null });
    expect(endings(await pipeline.follow(commit))).toEqual({ app: 'applied' });
    expect(JSON.parse(await stateFile('site')).resources).toHaveLength(1);
  });
});
