/** Which files are code of the infrastructure, and what their number allows. Pure. */
import { stepsOfEach } from './hcl/budget.ts';
import type { SourceTree } from './source/source-tree.ts';

/** By its name. Names that begin with a dot are those of tools' own files; tests of a module, and images, are nothing that is delivered. */
const code = /(^|\/)[^./][^/]*(\.(tf|tofu|tfvars)(\.json)?|\.tftpl|(?<!\.(tftest|tofutest|pkr))\.hcl)$/;

export function isCode(path: string): boolean {
  return code.test(path);
}

/** What evaluating each unit, module or stack of the tree may take. */
export function stepsIn({ files }: Pick<SourceTree, 'files'>): number {
  let count = 0;
  for (const path of files) if (isCode(path)) count++;
  return stepsOfEach(count);
}

/** The file and the directories that it lies in, but for the repository's own. */
export function withParents(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
