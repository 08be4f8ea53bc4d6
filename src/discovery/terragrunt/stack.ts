/** `terragrunt.stack.hcl`: which directories of the repository it takes as patterns for the units that it generates. */
import { posix } from 'node:path';
import { DiscoveryError } from '../../errors.ts';
import { evaluate } from '../hcl/evaluate.ts';
import { blocksOf } from '../hcl/file.ts';
import { EvaluationError, settled } from '../hcl/values.ts';
import { repositoryPath } from '../repository-path.ts';
import type { Session } from '../session.ts';
import { configuration } from './configuration.ts';

export const stackFile = 'terragrunt.stack.hcl';

/** Local sources of all `unit` blocks. A source that can't be computed here is left out, and so is a file that does not parse. */
export function patternDirectories(session: Session): Set<string> {
  const patterns = new Set<string>();
  for (const path of session.tree.files) {
    if (posix.basename(path) !== stackFile) continue;
    const place = { config: path, original: path, includedAs: undefined, reading: [path] };
    const stack = attempted(() => configuration(session, path, place, new Set()));
    for (const unit of stack ? blocksOf(stack.file.body, 'unit') : []) {
      const source = unit.body.attributes.get('source');
      const value = source && stack && attempted(() => settled(evaluate(source.value, stack.scope)));
      const target =
        typeof value === 'string'
          ? repositoryPath(session.tree, posix.dirname(path), value.replace('//', '/'))
          : undefined;
      if (target !== undefined) patterns.add(target);
    }
  }
  return patterns;
}

function attempted<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof DiscoveryError) return undefined;
    throw error;
  }
}
