/** What HashiCorp's parser says of HCL (`hcl-verdict`, which set-up builds from setup/hcl-verdict), and what ours says. */
import { spawnSync } from 'node:child_process';
import { parseFile } from '../../../src/discovery/hcl/parse.ts';
import { parseTemplate } from '../../../src/discovery/hcl/parse-template.ts';
import { DiscoveryError } from '../../../src/errors.ts';
import { environmentWithTools } from '../../support/tools.ts';

/** Native syntax, JSON syntax, or a file for `templatefile`. */
export type Kind = 'native' | 'json' | 'template';

export interface Source {
  kind: Kind;
  text: string;
}

const valid = 'valid';

/** For each source `valid`, or why it isn't. */
export function theirVerdicts(sources: readonly Source[]): string[] {
  const lines = sources.map(({ kind, text }) => `${kind} ${Buffer.from(text).toString('base64')}\n`);
  const { status, stdout, stderr } = spawnSync('hcl-verdict', {
    input: lines.join(''),
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
    env: environmentWithTools(),
  });
  if (status !== 0) throw new Error(`hcl-verdict ended with ${status}: ${stderr.slice(0, 2000)}`);
  return stdout.trimEnd().split('\n');
}

/** @throws whatever is no refusal with a place */
export function ourVerdict({ kind, text }: Source): string {
  try {
    if (kind === 'template') parseTemplate('file', text);
    else parseFile(kind === 'json' ? 'file.json' : 'file.hcl', text);
    return valid;
  } catch (error) {
    if (error instanceof DiscoveryError && /^file[.a-z]*:\d+:\d+: /.test(error.message)) return error.message;
    throw error;
  }
}

/** What the two parsers say where they differ; undefined where they agree. */
export function difference(source: Source, theirs = theirVerdicts([source])[0]): string | undefined {
  let ours: string;
  try {
    ours = ourVerdict(source);
  } catch (error) {
    ours = `crashed: ${error}`;
  }
  const same = (ours === valid) === (theirs === valid) && !ours.startsWith('crashed');
  return same ? undefined : `${source.kind} ${JSON.stringify(source.text)}\n  ours:   ${ours}\n  theirs: ${theirs}`;
}

/** The source with as much taken out as can be, so that the parsers still differ. */
export function shortened({ kind, text }: Source): Source {
  let shortest = text;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length; ) {
      const shorter = shortest.slice(0, at) + shortest.slice(at + size);
      if (shorter.isWellFormed() && difference({ kind, text: shorter })) shortest = shorter;
      else at += size;
    }
  }
  return { kind, text: shortest };
}
