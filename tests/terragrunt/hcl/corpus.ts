/**
 * HCL for each construct of its specification. The folder says whether HashiCorp's parser takes it, the file which construct it shows, and lines of
 * `=====` stand between sources. In `*.strings`, where characters count that one doesn't see, each line is one source, as a JSON string.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind, Source } from './verdict.ts';

export interface CorpusSource extends Source {
  /** The file, and which of its sources this is, from 1. */
  name: string;
  valid: boolean;
}

const folder = join(import.meta.dirname, 'corpus');

export const corpus: readonly CorpusSource[] = (['valid', 'invalid'] as const).flatMap((verdict) =>
  readdirSync(join(folder, verdict))
    .sort()
    .flatMap((file) =>
      sourcesIn(file, readFileSync(join(folder, verdict, file), 'utf8')).map((text, index) => ({
        name: `${verdict}/${file} ${index + 1}`,
        valid: verdict === 'valid',
        kind: kindOf(file),
        text,
      })),
    ),
);

function sourcesIn(file: string, text: string): string[] {
  if (!file.endsWith('.strings')) return text.split(/^=====\n/m);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as string);
}

/** Names are `<construct>.hcl`, `.json.txt`, `.tftpl`, or `<construct>.hcl.strings` and so on. */
function kindOf(file: string): Kind {
  const [, extension] = file.split('.');
  return extension === 'json' ? 'json' : extension === 'tftpl' ? 'template' : 'native';
}
