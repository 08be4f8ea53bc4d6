/**
 * What a tool complains of: its errors, and its warnings, which no plan file and no JSON of one has. They are read where they are printed, in each
 * form that Terraform and OpenTofu have (`-no-color`, in a box, `-compact-warnings`), with which Terragrunt and the commands of a configuration
 * hand it on.
 */
import { stripVTControlCharacters } from 'node:util';

export interface Diagnostic {
  severity: 'Error' | 'Warning';
  summary: string;
  /** May be empty. */
  detail: string;
  /** `main.tf line 3` */
  place: string | undefined;
}

const begins = /^(Warning|Error): (.*)$/;
const rule = /^─+$/;
const endOfBox = '╵';

/** In the order in which they were printed, those that are printed in full. */
export function diagnosticsIn(said: string): Diagnostic[] {
  return inFull(linesOf(said));
}

/** Each warning as one sentence: `Deprecated attribute: The attribute … (on main.tf line 3)`. */
export function warningsIn(said: string): string[] {
  const lines = linesOf(said);
  return [...inFull(lines).filter(({ severity }) => severity === 'Warning'), ...inShort(lines)].map(inOneSentence);
}

export function inOneSentence({ summary, detail, place }: Diagnostic): string {
  const whole = detail === '' ? summary : `${summary.replace(/[.:]$/, '')}: ${detail}`;
  return place === undefined ? whole : `${whole} (on ${place})`;
}

function inFull(lines: readonly string[]): Diagnostic[] {
  return lines.flatMap((line, at) => {
    const [, severity, summary = ''] = begins.exec(line) ?? [];
    if (severity !== 'Warning' && severity !== 'Error') return [];
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((one) => begins.test(one) || rule.test(one) || one === endOfBox);
    return diagnostic(severity, summary, end < 0 ? rest : rest.slice(0, end));
  });
}

function inShort(lines: readonly string[]): Diagnostic[] {
  const start = lines.indexOf('Warnings:');
  if (start < 0) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line !== '' && !/^(- | {2})/.test(line));
  const listed = end < 0 ? rest : rest.slice(0, end);
  return listed.flatMap((line, at) => {
    const following = listed.slice(at + 1);
    const next = following.findIndex((one) => one.startsWith('- '));
    if (!line.startsWith('- ')) return [];
    return diagnostic('Warning', line.slice(2), next < 0 ? following : following.slice(0, next));
  });
}

/** What is indented shows the code; what isn't explains, and was broken into lines of a terminal's width. */
function diagnostic(severity: Diagnostic['severity'], summary: string, about: readonly string[]): Diagnostic {
  const place = about.map((line) => /^ +on (\S.* line \d+)/.exec(line)?.[1]).find((found) => found !== undefined);
  const explains = about.filter((line) => line !== '' && !line.startsWith(' ') && !fromTerragrunt.test(line));
  return { severity, summary, detail: explains.join(' '), place };
}

/** Its own log, which it writes between the lines of the tool that it runs. */
const fromTerragrunt = /^(ERROR|WARN|INFO|DEBUG|TRACE|STDERR|STDOUT) {1,2}/;

function linesOf(said: string): string[] {
  return stripVTControlCharacters(said)
    .split('\n')
    .map((line) =>
      line
        .replace(/^(?:ERROR|STDERR) +(?=[│╷╵]|Error: |Warning: )/, '')
        .replace(/^│ ?/, '')
        .trimEnd(),
    );
}
