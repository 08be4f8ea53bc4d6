/** Checks settings, and says of each mistake where it is and what to write instead. */
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { contradictions } from './contradictions.ts';
import { knownKeys, settingNames } from './known-keys.ts';
import { nearest } from './nearest.ts';
import { type Config, configSchema } from './schema.ts';

export interface Mistake {
  /** Leads to the setting, or to the one around it. */
  path: readonly PropertyKey[];
  /** Whether the name is wrong, and not its value. */
  ofName?: boolean;
  message: string;
}

/** More than a person mends at a time; one mistake may bring others. */
const mostShown = 20;

/** Both from 1. */
export interface Place {
  line: number;
  column: number;
}

interface PlacedMessage {
  message: string;
  place?: Place | undefined;
}

/**
 * @param origin where the settings come from, as a person would say it.
 * @param placeOf where in it a mistake is, when they come from a text.
 * @param more finds mistakes in settings that are right by themselves, besides the contradictions.
 * @throws ConfigError with all mistakes, a line each; contradictions only when every setting by itself is right.
 */
export function checkConfig(
  settings: unknown,
  origin: string,
  placeOf?: (mistake: Mistake) => Place,
  more: (config: Config) => Mistake[] = () => [],
): Config {
  const result = configSchema.safeParse(settings, { jitless: true });
  const mistakes = result.success
    ? [...contradictions(result.data), ...more(result.data)]
    : result.error.issues.flatMap(explain);
  if (result.success && mistakes.length === 0) return result.data;
  throw refusal(
    origin,
    mistakes.map((mistake) => ({ message: mistake.message, place: placeOf?.(mistake) })),
  );
}

export function refusal(origin: string, mistakes: PlacedMessage[]): ConfigError {
  return new ConfigError(inLines(origin, mistakes));
}

/** A line for each, in the order of the text: `live-ci.config.yml:3:5: …`. */
export function inLines(origin: string, mistakes: PlacedMessage[]): string {
  const lines = mistakes
    .toSorted(({ place: a }, { place: b }) => (a && b ? a.line - b.line || a.column - b.column : 0))
    .map(({ message, place }) => `${origin}${place ? `:${place.line}:${place.column}` : ''}: ${message}`);
  const more = lines.length - mostShown;
  return [...lines.slice(0, mostShown), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function explain(issue: z.core.$ZodIssue): Mistake[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownSetting(path, key));
  const meant = issue.code === 'invalid_union' ? issue.errors.find(isOfItsKind) : undefined;
  if (meant) return meant.flatMap((error) => explain({ ...error, path: [...path, ...error.path] } as z.core.$ZodIssue));
  const ofName = issue.code === 'invalid_key';
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  const message = missing ? 'must be said' : (ofName && issue.issues[0]?.message) || issue.message;
  return [{ path, ofName, message: `${path.join('.') || 'the file'}: ${message}` }];
}

/** Of several kinds of value, the one that was meant has its mistakes inside. */
function isOfItsKind(errors: z.core.$ZodIssue[]): boolean {
  return !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
}

function unknownSetting(path: readonly PropertyKey[], key: string): Mistake {
  const known = knownKeys(configSchema, path);
  const near = nearest(key, known) ?? settingNames(configSchema).find((name) => name.endsWith(`.${key}`));
  const hint = near ? `did you mean "${near}"?` : `known are ${known.join(', ')}`;
  const name = [...path, key].join('.');
  return { path: [...path, key], ofName: true, message: `unknown setting "${name}", ${hint}` };
}
