/** What an evaluation reads: the files, and the functions through which HCL reaches them. */
import { posix } from 'node:path';
import { globPattern } from './glob.ts';
import { evaluate, type HclFunction, type Scope } from './hcl/evaluate.ts';
import { pureFunctions } from './hcl/functions/pure.ts';
import { parseTemplate } from './hcl/parse-template.ts';
import { asObject, asString, EvaluationError, objectOf, Unknown, unknownIn, type Value } from './hcl/values.ts';
import { resolveInside, type SourceTree } from './source/source-tree.ts';

/** Paths in the repository. */
export type Reads = Set<string>;

/** A path as expressions have it (absolute, or relative to `directory`) as a path in the repository, if it is one. */
export function repositoryPath(tree: SourceTree, directory: string, path: string): string | undefined {
  if (path === tree.root) return '.';
  if (path.startsWith(`${tree.root}/`)) return resolveInside(path.slice(tree.root.length + 1));
  if (path.startsWith('/')) return resolveOutside(tree, path);
  return resolveInside(`${directory}/${path}`) ?? resolveOutside(tree, posix.join(tree.root, directory, path));
}

/** `/repository/a/../../repository/b` leaves the repository and comes back. */
function resolveOutside(tree: SourceTree, path: string): string | undefined {
  const normal = posix.normalize(path).replace(/(?<=.)\/$/, '');
  if (normal === tree.root) return '.';
  return normal.startsWith(`${tree.root}/`) ? normal.slice(tree.root.length + 1) : undefined;
}

/** A path in the repository as an absolute one, as expressions see it. */
export function absolutePath(tree: SourceTree, path: string): string {
  return path === '.' ? tree.root : `${tree.root}/${path}`;
}

/** The functions that read files, with relative paths starting at `directory`. What they read is added to `reads`. */
export function fileFunctions(tree: SourceTree, directory: string, reads: Reads): Map<string, HclFunction> {
  const locate = (path: Value) => repositoryPath(tree, directory, asString(path));
  const read = (path: Value): string | Unknown => {
    const inside = locate(path);
    if (inside === undefined) return new Unknown(`${asString(path)} lies outside of the repository`);
    const text = tree.read(inside);
    if (text === undefined) throw new EvaluationError(`there is no file ${inside}`);
    reads.add(inside);
    return text;
  };
  const apply = (name: string, path: Value): Value => {
    const text = read(path);
    return text instanceof Unknown ? text : (pureFunctions.get(name) as HclFunction)([text]);
  };
  const functions: Record<string, (...args: Value[]) => Value> = {
    file: (path = '') => read(path),
    filebase64: (path = '') => apply('base64encode', path),
    filebase64sha256: (path = '') => apply('base64sha256', path),
    filebase64sha512: (path = '') => apply('base64sha512', path),
    filemd5: (path = '') => apply('md5', path),
    filesha1: (path = '') => apply('sha1', path),
    filesha256: (path = '') => apply('sha256', path),
    filesha512: (path = '') => apply('sha512', path),
    fileexists: (path = '') => {
      const inside = locate(path);
      if (inside === undefined) return new Unknown(`${asString(path)} lies outside of the repository`);
      const exists = tree.has(inside);
      if (exists) reads.add(inside);
      return exists;
    },
    fileset: (path = '', pattern = '') => {
      const inside = locate(path);
      if (inside === undefined) return new Unknown(`${asString(path)} lies outside of the repository`);
      const matches = globPattern(asString(pattern));
      const start = inside === '.' ? 0 : inside.length + 1;
      const found = tree.below(inside).filter((file) => matches.test(file.slice(start)));
      for (const file of found) reads.add(file);
      return found.map((file) => file.slice(start));
    },
    templatefile: (path = '', variables = null) => {
      const text = read(path);
      if (text instanceof Unknown) return text;
      return renderFile(text, locate(path) ?? '', asObject(variables), functionsHere);
    },
    abspath: (path = '') => {
      const inside = locate(path);
      return inside === undefined ? asString(path) : absolutePath(tree, inside);
    },
    pathexpand: (path = '') =>
      asString(path).startsWith('~') ? new Unknown('the home directory is another one where the unit runs') : path,
    timestamp: () => new Unknown('timestamp() is another one each time'),
    plantimestamp: () => new Unknown('plantimestamp() is another one each time'),
    uuid: () => new Unknown('uuid() is another one each time'),
    bcrypt: () => new Unknown('bcrypt() is another one each time'),
  };
  const all = new Map<string, HclFunction>();
  for (const [name, apply] of Object.entries(functions)) {
    all.set(name, (args) => {
      // The variables of a template may be unknown without hiding which file is read.
      const unknown = name === 'templatefile' ? unknownIn(args[0] ?? null) : args.map(unknownIn).find(Boolean);
      return unknown ?? apply(...args);
    });
  }
  const functionsHere = (name: string) => all.get(name) ?? pureFunctions.get(name);
  return all;
}

function renderFile(
  text: string,
  path: string,
  variables: Value,
  functions: (name: string) => HclFunction | undefined,
) {
  const values = variables instanceof Unknown ? objectOf([]) : asObject(variables);
  const scope: Scope = { variable: (name) => values[name], function: functions };
  return evaluate(parseTemplate(path, text).expression, scope);
}
