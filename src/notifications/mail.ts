/** A message as SNS mails it. Pure. */
import { firstLines, fitting, type Line, type Message, type Part } from './message.ts';

/** A subject of at most 100 characters of ASCII, a text of at most 256 KB with everything around it (SNS API reference, Publish). */
export interface Mail {
  subject: string;
  text: string;
}

const mostBytes = 200_000;

export function mailOf({ subject, parts }: Message): Mail {
  return fitting(
    (mostLines) => ({
      subject: subject.replace(/[^ -~]/g, '?').slice(0, 100),
      text: parts.map((part) => textOf(part, mostLines).join('\n')).join('\n\n'),
    }),
    mostBytes,
  );
}

function textOf(part: Part, mostLines: number): string[] {
  if (part.kind === 'text') return part.lines.map(lineOf);
  if (part.kind === 'links') return [`${part.title}:`, ...part.urls.map((url) => `  ${url}`)];
  const lines = firstLines(part, mostLines).map((line) => `  ${lineOf(line)}`);
  return part.title === null ? lines : [lineOf(part.title), ...lines];
}

function lineOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}
