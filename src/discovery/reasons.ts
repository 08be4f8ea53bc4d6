/** Why a unit is touched, in sentences for people. */
import type { Discovered } from './discover.ts';
import { isWithin } from './resolve-links.ts';
import type { SourceTree } from './source/source-tree.ts';

/** More would not be read. */
const mostReasons = 10;

interface Trees {
  baseTree: SourceTree;
  headTree: SourceTree;
}

/** At least one sentence. Own files first, then modules, then everything else that the unit reads. */
export function reasonsFor(before: Discovered, after: Discovered, { baseTree, headTree }: Trees): string[] {
  const { path: unit } = after.unit;
  const ownFiles = new Set([...before.own, ...after.own]);
  const own = new Set<string>();
  const modules = new Set<string>();
  const others: string[] = [];
  const moduleOf = new Map(
    [before, after].flatMap(({ modules }) =>
      modules.flatMap(({ directory, reads }) => reads.map((file) => [file, directory] as const)),
    ),
  );
  for (const path of [...new Set([...before.reads, ...after.reads])].sort()) {
    const old = baseTree.blob(path);
    const now = headTree.blob(path);
    if (old === now) continue;
    const what = old === undefined ? 'added' : now === undefined ? 'deleted' : 'changed';
    const module = moduleOf.get(path);
    const generated = generatedReason(path, what, { baseTree, headTree });
    if (generated !== undefined) own.add(generated);
    else if (ownFiles.has(path)) own.add(`${unit === '.' ? path : path.slice(unit.length + 1)} ${what}`);
    else if (module !== undefined) modules.add(`module ${module}${inSubmodule(module, headTree)} changed`);
    else others.push(`reads ${path}, which ${what === 'changed' ? what : `was ${what}`}`);
  }
  const all = [...own, ...modules, ...others];
  if (all.length === 0) return ['it reads other files than before'];
  return all.length <= mostReasons
    ? all
    : [...all.slice(0, mostReasons), `and ${all.length - mostReasons} more changes`];
}

/** A submodule's files change when the commit of it that the repository names does. */
function inSubmodule(module: string, { submodules }: SourceTree): string {
  const submodule = [...submodules].findLast((path) => isWithin(module, path));
  if (submodule === undefined) return '';
  return submodule === module ? ' (a submodule)' : ` (in the submodule ${submodule})`;
}

/** Of a file that a stack generates: what it comes from. Undefined for a file of the repository itself. */
function generatedReason(path: string, what: string, { baseTree, headTree }: Trees): string | undefined {
  const [before, now] = [baseTree, headTree].map((tree) => tree.stacks?.files.get(path));
  const file = now ?? before;
  if (file === undefined) return undefined;
  if (!('copyOf' in file)) {
    const changed = file.from.filter((from) => baseTree.blob(from) !== headTree.blob(from));
    return `${file.what} ${what} in ${changed.length > 0 ? changed.join(', ') : file.from[0]}`;
  }
  const other = before && 'copyOf' in before && before.copyOf !== file.copyOf ? ` (before, ${before.copyOf})` : '';
  return `source ${file.copyOf} ${what}${other}`;
}
