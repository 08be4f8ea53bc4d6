/**
 * Which environment a unit belongs to, and what holds for it. Pure.
 *
 * A unit belongs to the environment of the most specific pattern that matches its path, which is the pattern
 *   1. with the most characters before its first wildcard: `prod/**` goes before `**`,
 *   2. of those, with the most characters that stand for themselves: `?-prod/dns` goes before `?-prod/**`,
 *   3. of those, that stands first in the configuration.
 */
import { globPattern } from '../discovery/glob.ts';
import type { DeliverySettings, UnitSettings } from '../model.ts';
import type { Config } from './schema.ts';

/** Finds the environment of a path, by its pattern; undefined for a unit of none. */
export function environmentFinder(environments: Config['environments']): (path: string) => string | undefined {
  const patterns = Object.keys(environments)
    .sort(bySpecificity)
    .map((name) => ({ name, pattern: globPattern(name) }));
  return (path) => patterns.find(({ pattern }) => pattern.test(path))?.name;
}

/** What holds for the units of an environment, or of none: what it does not say is as it is said for all. */
export function unitSettings(environment: string | undefined, config: Config): UnitSettings {
  const { approvals, commands, environments } = config;
  const own = environment === undefined ? {} : (environments[environment] ?? {});
  return {
    planRoleArn: own.planRoleArn ?? null,
    applyRoleArn: own.applyRoleArn ?? null,
    approvers: own.approvers ?? approvals.approvers,
    minimumApprovals: own.minimumApprovals ?? approvals.minimumApprovals,
    authorMayApprove: own.authorMayApprove ?? approvals.authorMayApprove,
    autoApprove: own.autoApprove ?? approvals.autoApprove,
    rollback: own.rollback ?? approvals.rollback,
    commands: { ...commands, ...own.commands },
  };
}

/** What a delivery carries of the configuration, with the environments of its units and no others. */
export function deliverySettings(environments: Iterable<string | undefined>, config: Config): DeliverySettings {
  const names = [...new Set(environments)].filter((name) => name !== undefined);
  return {
    timeouts: config.timeouts,
    elsewhere: unitSettings(undefined, config),
    environments: Object.fromEntries(names.map((name) => [name, unitSettings(name, config)])),
  };
}

/** Everybody who approves anything, in small letters, each once. */
export function approversOf({ approvals, environments }: Pick<Config, 'approvals' | 'environments'>): string[] {
  const listed = [approvals, ...Object.values(environments)].flatMap(({ approvers = [] }) => approvers);
  return [...new Set(listed.map((approver) => approver.toLowerCase()))];
}

/** Sorting is stable, so that what is equally specific stays in the configuration's order. */
function bySpecificity(a: string, b: string): number {
  return beforeWildcard(b) - beforeWildcard(a) || literal(b) - literal(a);
}

function beforeWildcard(pattern: string): number {
  const at = pattern.search(/[*?[{]/);
  return at === -1 ? pattern.length : at;
}

function literal(pattern: string): number {
  return pattern.replace(/\[[^\]]*\]|\{[^}]*\}|[*?]/g, '').length;
}
