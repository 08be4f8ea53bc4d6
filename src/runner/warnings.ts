/**
 * What a tool warns of while it plans. No plan file and no JSON of one has that; only what is printed. So it is read there, in each form that
 * Terraform and OpenTofu have for it (`-no-color`, in a box, `-compact-warnings`), with which Terragrunt and the commands of a configuration
 * hand it on.
 */
import { stripVTControlCharacters } from 'node:util';

const begins = /^(Warning|Error): (.*)$/;
const rule = /^─+$/;
const place = /^ +on (\S.* line \d+)/;
const compact = /^Warnings:$/;

/** Each as one sentence: `Deprecated attribute: The attribute … (main.tf line 3)`. */
export function warningsIn(said: string): string[] {
  const lines = stripVTControlCharacters(said).split('\n').map(withoutBox);
  return [...inFull(lines), ...inShort(lines)];
}

function inFull(lines: readonly string[]): string[] {
  return lines.flatMap((line, at) => {
    const [, kind, summary = ''] = begins.exec(line) ?? [];
    if (kind !== 'Warning') return [];
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((one) => begins.test(one) || rule.test(one) || one === endOfBox);
    return sentence(summary, end < 0 ? rest : rest.slice(0, end));
  });
}

function inShort(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => compact.test(line));
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line !== '' && !/^(- | {2})/.test(line));
  const listed = end < 0 ? rest : rest.slice(0, end);
  return listed.flatMap((line, at) => {
    const following = listed.slice(at + 1);
    const next = following.findIndex((one) => one.startsWith('- '));
    return line.startsWith('- ') ? sentence(line.slice(2), next < 0 ? following : following.slice(0, next)) : [];
  });
}

/** What is indented shows the code; what isn't explains, and was broken into lines of a terminal's width. */
function sentence(summary: string, about: readonly string[]): string {
  const where = about.map((line) => place.exec(line)?.[1]).find((found) => found !== undefined);
  const detail = about.filter((line) => line !== '' && !line.startsWith(' ')).join(' ');
  const whole = detail === '' ? summary : `${summary.replace(/[.:]$/, '')}: ${detail}`;
  return where === undefined ? whole : `${whole} (${where})`;
}

const endOfBox = '╵';

function withoutBox(line: string): string {
  return line.replace(/^│ ?/, '').trimEnd();
}
