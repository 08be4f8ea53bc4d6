/** Where the package lies beside a service that deploys it, and what it brings into that service. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { extensionsOf, pluginsToAdd } from './extend-service.ts';

export interface Installation {
  /** The package's folder. */
  root: string;
  /** Loads what the package depends on. */
  load(name: string): unknown;
}

/** What of the framework is used. */
export interface ExtendableService {
  serviceDir: string;
  configurationInput: Record<string, unknown>;
  extendConfiguration(path: string[], value: unknown): void;
  pluginManager: { addPlugin(plugin: unknown): void };
}

const packageName = 'infrastructure-live-ci';

/**
 * The way to a file of the package from the service's folder. The framework and its bundler write beside such paths: they must not lead out
 * of the folder, and of a linked package Node only knows where the link leads to.
 */
export function pathInService(serviceDir: string, root: string, file: string): string {
  const installed = join('node_modules', packageName);
  return join(existsSync(join(serviceDir, installed)) ? installed : relative(serviceDir, root), file);
}

/** Completes a service that is not the package's own serverless.yml. */
export function bringIn({ root, load }: Installation, service: ExtendableService): void {
  const text = readFileSync(join(root, 'serverless.yml'), 'utf8');
  const own = service.configurationInput;
  for (const name of pluginsToAdd(own, text)) service.pluginManager.addPlugin(load(name));
  const file = pathInService(service.serviceDir, root, 'serverless.yml');
  for (const { path, value } of extensionsOf(own, text, file)) service.extendConfiguration(path, value);
}
