/** What Terraform's code reads of the repository: by functions in its expressions, and by attributes that name files. */
import { evaluate, type Scope } from '../hcl/evaluate.ts';
import type { HclFile } from '../hcl/file.ts';
import type { Attribute, Block, Body } from '../hcl/syntax.ts';
import { EvaluationError, settled, Unknown, type Value } from '../hcl/values.ts';
import { mayRead, type ReadingPlace } from '../reads.ts';
import { repositoryPath } from '../repository-path.ts';
import { instances } from './instances.ts';

export interface ReadingAttribute {
  file: HclFile;
  /** The outermost, which may be there several times. */
  block: Block;
  attribute: Attribute;
  /** Whether its value is the path, of a file or of a directory. */
  isPath: boolean;
}

/** By type and first label of the block, attributes that name what is read. */
const pathAttributes: Readonly<Record<string, readonly string[]>> = {
  'data archive_file': ['source_dir', 'source_file'],
  'resource archive_file': ['source_dir', 'source_file'],
  'data helm_template': ['chart'],
  'resource helm_release': ['chart'],
  'data local_file': ['filename'],
  'data local_sensitive_file': ['filename'],
  'data sops_file': ['source_file'],
  'ephemeral sops_file': ['source_file'],
  'data template_file': ['filename'],
};

export function readingAttributes(files: readonly HclFile[]): ReadingAttribute[] {
  const found: ReadingAttribute[] = [];
  for (const file of files)
    for (const block of file.body.blocks) {
      const paths = pathAttributes[`${block.type} ${block.labels[0]}`] ?? [];
      const visit = (body: Body, isOutermost: boolean) => {
        for (const attribute of body.attributes.values()) {
          const isPath = isOutermost && paths.includes(attribute.name);
          if (attribute.reads || isPath) found.push({ file, block, attribute, isPath });
        }
        for (const inner of body.blocks) visit(inner.body, false);
      };
      visit(block.body, true);
    }
  return found;
}

/**
 * Notes what the attribute reads.
 * @returns false when it has no value
 */
export function noteReads({ block, attribute, isPath }: ReadingAttribute, scope: Scope, place: ReadingPlace): boolean {
  try {
    // A local may have any name, also `count`.
    for (const one of block.type === 'locals' ? [scope] : instances(block, scope)) {
      const value = settled(evaluate(attribute.value, one));
      if (isPath) notePath(attribute.name, value, place);
    }
    return true;
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}

function notePath(name: string, value: Value, place: ReadingPlace): void {
  const { tree, directory, reads } = place;
  if (value instanceof Unknown) {
    // A chart of which nothing is known has a name, in a repository of charts.
    if (name !== 'chart' || value.beginning !== '') mayRead(place, value);
  } else if (typeof value === 'string') {
    const path = repositoryPath(tree, directory, value);
    if (path === undefined) return;
    if (tree.has(path)) reads.add(path);
    else for (const file of tree.below(tree.real(path) ?? path)) reads.add(file);
  }
}
