/** A parsed file: its path in the repository, its text and its syntax tree; and where in it something stands. */
import { DiscoveryError, UnknowableError } from '../../errors.ts';
import type { Block, Body } from './syntax.ts';

export interface HclFile {
  /** Path inside the repository. */
  path: string;
  text: string;
  body: Body;
}

/** `path:line:column` of an offset, both counted from 1. */
export function placeOf(file: { path: string; text: string }, at: number): string {
  const { path, text } = file;
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', lineStart)) {
    line++;
    lineStart = end + 1;
  }
  return `${path}:${line}:${at - lineStart + 1}`;
}

/** A message may show a name or a text of the code, of any length. */
const longestMessage = 2000;

export function beginningOf(message: string): string {
  if (message.length <= longestMessage) return message;
  // A part of a text keeps all of it in memory; a copy doesn't.
  return `${Buffer.from(message.slice(0, longestMessage)).toString()}…`;
}

/** An error that starts with the place in the file. */
export function errorAt(file: { path: string; text: string }, at: number, message: string): DiscoveryError {
  return new DiscoveryError(`${placeOf(file, at)}: ${beginningOf(message)}`);
}

/** @param message what can't be known and why, without a full stop */
export function unknowableAt(file: { path: string; text: string }, at: number, message: string): UnknowableError {
  return new UnknowableError(`${placeOf(file, at)}: ${beginningOf(message)}`);
}

export function blocksOf(body: Body, type: string): Block[] {
  return body.blocks.filter((block) => block.type === type);
}
