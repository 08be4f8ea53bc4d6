/** A plan's text in Terraform's colours, as much of it as a page should have. */
import { withoutColours, withoutControl } from '../../plain-text.ts';
import { escaped, Html, html } from './html.ts';

/** Of a plan that is longer, at first. */
const firstLines = 400;
/** Of a line that is longer, as long as not all is asked for. */
const firstCharacters = 2000;
/** Lines that a browser lays out together: it skips those that are out of sight. */
const linesTogether = 250;

/** What a line does, by the sign that Terraform puts before it. */
const signs: Record<string, string> = {
  '+': 'add',
  '-': 'destroy',
  '~': 'change',
  '-/+': 'replace',
  '+/-': 'replace',
  '<=': 'read',
  '#': 'about',
};

/**
 * @param text as Terraform prints it.
 * @param all everything, however long it is.
 * @param rest address of the page with everything.
 */
export function planText(text: string, all: boolean, rest: string): Html {
  const lines = withoutControl(withoutColours(text)).trimEnd().split('\n');
  const shown = all ? lines : lines.slice(0, firstLines).map(shortened);
  const more = lines.length - shown.length;
  const blocks = Array.from({ length: Math.ceil(shown.length / linesTogether) }, (_, index) =>
    shown.slice(index * linesTogether, (index + 1) * linesTogether),
  );
  return html`<pre class="plan" tabindex="0" role="region" aria-label="Text of the plan">${blocks.map((block) => html`<code${blocks.length > 1 && html` class="far"`}>${block.map(coloured)}</code>`)}</pre>
${more > 0 && html`<p><a class="button" href="${rest}">Show all ${lines.length.toLocaleString('en')} lines</a></p>`}`;
}

function shortened(line: string): string {
  if (line.length <= firstCharacters) return line;
  return `${line.slice(0, firstCharacters)} … ${line.length - firstCharacters} characters more`;
}

function coloured(line: string): Html {
  const sign = /^ *(-\/\+|\+\/-|<=|[-+~#])(?= |$)/.exec(line)?.[1];
  const kind = sign === undefined ? (/^(Plan:|Changes to Outputs:)/.test(line) ? 'about' : undefined) : signs[sign];
  const text = escaped(line);
  return new Html(kind === undefined ? `${text}\n` : `<span class="${kind}">${text}\n</span>`);
}
