/**
 * A message as an incoming webhook of Slack takes it (Slack docs, Sending messages using incoming webhooks). It is rich text, whose elements are
 * shown as they are: no mention, link or markup comes of a text (Slack docs, Rich text block). Pure.
 */
import type {
  HeaderBlock,
  RichTextBlock,
  RichTextLink,
  RichTextList,
  RichTextSection,
  RichTextText,
} from '@slack/types';
import { firstLines, fitting, type Line, type Message, type Part, type Span } from './message.ts';

export interface SlackMessage {
  /** For notifications, and where blocks can't be shown. */
  text: string;
  blocks: (HeaderBlock | RichTextBlock)[];
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
        ...parts.map((part): RichTextBlock => ({ type: 'rich_text', elements: elementsOf(part, mostLines) })),
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

function elementsOf(part: Part, mostLines: number): (RichTextSection | RichTextList)[] {
  if (part.kind === 'text')
    return [section(part.lines.flatMap((line, index) => [...(index ? [lineEnd] : []), ...textsOf(line)]))];
  if (part.kind === 'links') return part.urls.map((url) => section([{ type: 'link', url, text: part.title }]));
  const elements = firstLines(part, mostLines).map((line) => section(textsOf(line)));
  const items: RichTextList = { type: 'rich_text_list', style: 'bullet', elements };
  return part.title === null ? [items] : [section(textsOf(part.title)), items];
}

const lineEnd: RichTextText = { type: 'text', text: '\n' };

function section(elements: (RichTextText | RichTextLink)[]): RichTextSection {
  return { type: 'rich_text_section', elements };
}

function textsOf(line: Line): RichTextText[] {
  return line.map(({ text, look }) => ({ type: 'text', text, ...(look && { style: styles[look] }) }));
}

const styles = {
  strong: { bold: true },
  alarm: { bold: true },
  code: { code: true },
} as const satisfies Record<NonNullable<Span['look']>, RichTextText['style']>;
