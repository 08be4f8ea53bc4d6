/**
 * A message as an incoming webhook of Slack takes it (Slack docs, Sending messages using incoming webhooks). It is rich text, whose elements are
 * shown as they are: no mention, link or markup comes of a text (Slack docs, Rich text block). Pure.
 */
import { firstLines, fitting, type Line, type Message, type Part, type Span } from './message.ts';

interface Text {
  type: 'text';
  text: string;
  style?: { bold?: true; code?: true };
}

interface Link {
  type: 'link';
  url: string;
  text: string;
}

interface Section {
  type: 'rich_text_section';
  elements: (Text | Link)[];
}

interface List {
  type: 'rich_text_list';
  style: 'bullet';
  elements: Section[];
}

type Block =
  | { type: 'header'; text: { type: 'plain_text'; text: string; emoji: false } }
  | { type: 'rich_text'; elements: (Section | List)[] };

export interface SlackMessage {
  /** For notifications, and where blocks can't be shown. */
  text: string;
  blocks: Block[];
  unfurl_links: false;
  unfurl_media: false;
}

/** Slack refuses blocks of about 13,000 characters (`msg_blocks_too_long`). */
const mostBytes = 12_000;
/** Of a header block. */
const mostOfHeader = 150;

export function slackMessage({ subject, parts }: Message): SlackMessage {
  return fitting(
    (mostLines) => ({
      text: escaped(subject),
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: subject.slice(0, mostOfHeader), emoji: false } },
        ...parts.map((part): Block => ({ type: 'rich_text', elements: elementsOf(part, mostLines) })),
      ],
      unfurl_links: false,
      unfurl_media: false,
    }),
    mostBytes,
  );
}

/** The three characters that begin something in Slack's markup (Slack docs, Formatting message text). */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function elementsOf(part: Part, mostLines: number): (Section | List)[] {
  if (part.kind === 'text')
    return [section(part.lines.flatMap((line, index) => [...(index ? [lineEnd] : []), ...textsOf(line)]))];
  if (part.kind === 'links') return part.urls.map((url): Section => section([{ type: 'link', url, text: part.title }]));
  const elements = firstLines(part.lines, mostLines).map((line) => section(textsOf(line)));
  const items: List = { type: 'rich_text_list', style: 'bullet', elements };
  return part.title === null ? [items] : [section(textsOf(part.title)), items];
}

const lineEnd: Text = { type: 'text', text: '\n' };

function section(elements: (Text | Link)[]): Section {
  return { type: 'rich_text_section', elements };
}

function textsOf(line: Line): Text[] {
  return line.map(({ text, look }) => ({ type: 'text', text, ...(look && { style: styles[look] }) }));
}

const styles = {
  strong: { bold: true },
  alarm: { bold: true },
  code: { code: true },
} as const satisfies Record<NonNullable<Span['look']>, Text['style']>;
