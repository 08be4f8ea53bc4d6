/**
 * Lets a serverless.yml of one's own be a few lines: what it doesn't say is as the package's serverless.yml says it. A map is completed by
 * its keys, a list (functions, resources) goes behind what is said. Values are left to the framework, as variables that read that file.
 */
import { parse } from 'yaml';

/** A part of a service, and the variables that stand for it. */
export interface Extension {
  path: string[];
  value: unknown;
}

type Section = Record<string, unknown>;

/** What belongs to one file only: a service has its name, and plugins are loaded before anything is read. */
const notTaken = ['service', 'plugins'];

/**
 * @param own the service as its file says it.
 * @param text the package's serverless.yml, and `file` its path for the framework.
 */
export function extensionsOf(own: Section, text: string, file: string): Extension[] {
  const offered = readService(text);
  const from = (...address: (string | number)[]) => `\${file(${file}):${address.join('.')}}`;
  return Object.entries(offered).flatMap(([section, value]): Extension[] => {
    const said = own[section];
    if (notTaken.includes(section)) return [];
    if (said === undefined) return [{ path: [section], value: from(section) }];
    if (Array.isArray(value))
      return [{ path: [section], value: [said, value.map((_, index) => from(section, index))].flat() }];
    return Object.keys(value as Section)
      .filter((key) => (said as Section)[key] === undefined)
      .map((key) => ({ path: [section, key], value: from(section, key) }));
  });
}

/** The plugins that the package's serverless.yml lists and the service does not; the framework would load them by itself otherwise. */
export function pluginsToAdd(own: Section, text: string): string[] {
  const listed = own.plugins as string[];
  return (readService(text).plugins as string[]).filter((name) => !listed.includes(name));
}

/** Tags of CloudFormation are left aside: only the names of the parts are of interest. */
export function readService(text: string): Section {
  return parse(text, { logLevel: 'silent' });
}
