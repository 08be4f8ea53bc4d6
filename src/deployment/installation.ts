/** Where the package lies beside a service that deploys it, and what it brings into that service. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { extensionsOf, pluginsToAdd, readService } from './extend-service.ts';

export interface Installation {
  /** The package's folder. */
  root: string;
  /** Loads what the package depends on. */
  load(name: string): object;
}

/** What of the framework is used. */
export interface ExtendableService {
  serviceDir: string;
  configurationFilename: string;
  configurationInput: Record<string, unknown>;
  extendConfiguration(path: string[], value: unknown): void;
  pluginManager: { addPlugin(plugin: unknown): void };
}

const packageName = 'infrastructure-live-ci';

/** The way to a file of the package from the service's folder; of a linked package Node only knows where the link leads to. */
export function pathInService(serviceDir: string, root: string, file: string): string {
  const installed = join('node_modules', packageName);
  return join(existsSync(join(serviceDir, installed)) ? installed : relative(serviceDir, root), file);
}

/** Completes a service that is not the package's own serverless.yml. */
export function bringIn({ root, load }: Installation, service: ExtendableService): void {
  const text = readFileSync(join(root, 'serverless.yml'), 'utf8');
  const own = ownParts(service);
  for (const name of pluginsToAdd(own, text)) {
    const plugin = load(name);
    // As the framework names those that it loads itself: their messages go out under it.
    Object.defineProperty(plugin, '_serverlessExternalPluginName', { value: name, configurable: true, writable: true });
    service.pluginManager.addPlugin(plugin);
  }
  const file = pathInService(service.serviceDir, root, 'serverless.yml');
  for (const { path, value } of extensionsOf(own, text, file)) service.extendConfiguration(path, value);
}

/** By the time that plugins are made, the framework has written defaults of its own into the provider, which nobody has said. */
function ownParts({
  serviceDir,
  configurationFilename,
  configurationInput,
}: ExtendableService): Record<string, unknown> {
  const { provider } = readService(readFileSync(join(serviceDir, configurationFilename), 'utf8'));
  return { ...configurationInput, provider };
}
