/** An example of the repository as a live repository with a delivery of everything in it. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { nothingApplied } from '../../src/delivery/applied.ts';
import { prepareDelivery } from '../../src/delivery/prepare.ts';
import type { Delivery } from '../../src/model.ts';
import { describeChangeSet } from '../../src/queue/change-set.ts';
import { git } from '../../src/repository/git.ts';
import { root } from './docs.ts';

export interface Example extends Disposable {
  directory: string;
  config: Config;
  delivery: Delivery;
}

export async function deliveredExample(name: string): Promise<Example> {
  const directory = mkdtempSync(join(tmpdir(), 'live-ci-example-'));
  cpSync(join(root, 'examples', name), directory, { recursive: true });
  const identity = ['-c', 'user.name=Example', '-c', 'user.email=example@example.org'];
  await git(directory, ['init', '--quiet', '--initial-branch=main', '.']);
  await git(directory, ['add', '--all']);
  await git(directory, [...identity, 'commit', '--quiet', '-m', 'units']);
  const config = loadConfig(directory, {});
  const range = { base: null, head: 'HEAD', sequence: 1 };
  const changeSet = await describeChangeSet(directory, range, { config, now: () => new Date() });
  return {
    directory,
    config,
    delivery: prepareDelivery(changeSet, nothingApplied, [], config),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}
