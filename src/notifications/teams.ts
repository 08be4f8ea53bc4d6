/**
 * A message as a workflow of Microsoft Teams takes it that posts what a webhook gets (Microsoft Learn, Create incoming webhooks with Workflows):
 * an Adaptive Card in the attachment of a message. Texts are runs of rich text, in which Markdown means nothing (Adaptive Cards, TextRun; Microsoft
 * Learn, Format cards in Teams), and a mention would need an entity, of which there is none. Pure.
 */
import type { IAdaptiveCard, IOpenUrlAction, IRichTextBlock, ITextRun } from '@microsoft/teams.cards';
import { firstLines, fitting, type Line, type Message, type Part, type Span } from './message.ts';

export interface TeamsMessage {
  type: 'message';
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive'; contentUrl: null; content: IAdaptiveCard }];
}

/** A message has at most 28 KB (Microsoft Learn, Limits and specifications for Microsoft Teams). */
const mostBytes = 26_000;

export function teamsMessage({ subject, parts }: Message): TeamsMessage {
  const actions = parts.flatMap(actionsOf);
  const heading: IRichTextBlock = {
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text: subject, size: 'Large', weight: 'Bolder' }],
  };
  return fitting(
    (mostLines) => ({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            type: 'AdaptiveCard',
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            version: '1.4',
            msteams: { width: 'full' },
            body: [heading, ...parts.flatMap((part) => blocksOf(part, mostLines))],
            ...(actions.length > 0 ? { actions } : {}),
          },
        },
      ],
    }),
    mostBytes,
  );
}

function actionsOf(part: Part): IOpenUrlAction[] {
  if (part.kind !== 'links') return [];
  return part.urls.map((url) => ({ type: 'Action.OpenUrl', title: part.title, url }));
}

function blocksOf(part: Part, mostLines: number): IRichTextBlock[] {
  if (part.kind === 'links') return [];
  if (part.kind === 'text') return blocks(part.lines);
  const items = firstLines(part, mostLines).map((line): Line => [{ text: '• ' }, ...line]);
  return blocks(part.title === null ? items : [part.title, ...items]);
}

/** One below the other, apart from what stands before. */
function blocks(lines: readonly Line[]): IRichTextBlock[] {
  return lines.map((line, index) => ({
    type: 'RichTextBlock',
    inlines: line.map(({ text, look }) => ({ type: 'TextRun', text, ...(look && looks[look]) })),
    ...(index > 0 ? { spacing: 'None' } : {}),
  }));
}

const looks = {
  strong: { weight: 'Bolder' },
  alarm: { weight: 'Bolder', color: 'Attention' },
  code: { fontType: 'Monospace' },
} as const satisfies Record<NonNullable<Span['look']>, Partial<ITextRun>>;
