/**
 * What a call of an AWS API would be refused for, found in the model of the API that its SDK client brings: a member that there is
 * none of, or that is spelt in another way, one that is missing, a value of another type, a word that is none of an enumeration.
 *
 * In the SDK's form a structure is `[3, namespace, name, traits, members, their types, how many of them are required]`, a list
 * `[1, namespace, name, traits, type]`, a string with traits `[0, namespace, name, traits, type]`. A type is one of these, a
 * function that gives it, a pair with traits, or a number: 0 string, 1 number, 2 boolean, 4 time (a number where Step Functions hands
 * it on), and 64 more for a list of those.
 */

/** Stands for what is known only when the call is made. */
export const atRunTime = Symbol('known at run time');

export interface Writing {
  /** How a member of the API is spelt where the value was written. */
  spelt(member: string): string;
  /** `<structure>.<member>` ▸ the words that it may be. */
  words: Record<string, Record<string, string>>;
}

/** Step Functions and CloudFormation spell members with a capital first (Step Functions guide, passing parameters). */
export const capital = (member: string) => member.charAt(0).toUpperCase() + member.slice(1);

type Found = readonly [kind: number, namespace: string, name: string, traits: unknown, ...rest: unknown[]];

/** One sentence for each fault; none for what the API takes. */
export function faults(type: unknown, value: unknown, writing: Writing, at = ''): string[] {
  if (value === atRunTime) return [];
  const found = resolved(type);
  if (typeof found === 'number') return ofSimple(found, value, at);
  const [kind, , name, , ...rest] = found;
  if (kind === 3) return ofStructure(name, rest, value, writing, at);
  if (kind === 1) return ofList((item, place) => faults(rest[0], item, writing, place), value, at);
  return faults(rest[0], value, writing, at);
}

function resolved(type: unknown): number | Found {
  if (typeof type === 'function') return resolved(type());
  if (Array.isArray(type) && typeof type[1] !== 'string') return resolved(type[0]);
  return type as number | Found;
}

function ofStructure(name: string, rest: unknown[], value: unknown, writing: Writing, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no structure`];
  const [members, types, required = 0] = rest as [string[], unknown[], number?];
  const given = new Map(Object.entries(value));
  const said: string[] = [];
  for (const [index, member] of members.entries()) {
    const key = writing.spelt(member);
    const place = at ? `${at}.${key}` : key;
    if (!given.has(key)) {
      if (index < required) said.push(`${place} is missing`);
      continue;
    }
    const one = given.get(key);
    given.delete(key);
    const words = writing.words[`${name}.${member}`];
    if (words && one !== atRunTime && !Object.values(words).includes(one)) said.push(`${place} can't be ${one}`);
    said.push(...faults(types[index], one, writing, place));
  }
  return [...said, ...[...given.keys()].map((key) => `${name} has no ${at ? `${at}.` : ''}${key}`)];
}

function ofList(ofItem: (item: unknown, at: string) => string[], value: unknown, at: string): string[] {
  if (!Array.isArray(value)) return [`${at} is no list`];
  return value.flatMap((item, index) => ofItem(item, `${at}[${index}]`));
}

const simple: Record<number, string> = { 0: 'string', 1: 'number', 2: 'boolean', 4: 'number' };

function ofSimple(type: number, value: unknown, at: string): string[] {
  if (type >= 64) return ofList((item, place) => ofSimple(type - 64, item, place), value, at);
  return typeof value === simple[type] ? [] : [`${at} is no ${simple[type]}`];
}
