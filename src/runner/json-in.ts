/** Finds the JSON that a tool was asked for in what it printed, whatever was printed around it. */
import type { z } from 'zod';

/** Of an unlucky text, in which very many braces are never closed. */
const mostTries = 2000;

/** @returns the last object that `schema` accepts, as it stands in the text; undefined when there is none. */
export function jsonIn(said: string, schema: z.ZodType): string | undefined {
  if (isAccepted(said, schema)) return said.trim();
  let found: string | undefined;
  let at = said.indexOf('{');
  for (let tries = 0; at >= 0 && tries < mostTries; tries++) {
    const object = objectAt(said, at);
    if (object !== undefined && isAccepted(object, schema)) found = object;
    const isJson = object !== undefined && parsed(object) !== undefined;
    at = said.indexOf('{', isJson ? at + object.length : at + 1);
  }
  return found;
}

/** From a brace to the one that closes it, by the rules of JSON for strings. */
function objectAt(text: string, start: number): string | undefined {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return text.slice(start, at + 1);
  }
  return undefined;
}

function isAccepted(text: string, schema: z.ZodType): boolean {
  const value = parsed(text);
  return value !== undefined && schema.safeParse(value).success;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
