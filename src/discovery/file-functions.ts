/** The functions through which HCL reaches files. What they read is noted. */
import { globPattern, isGlob } from './glob.ts';
import { spend } from './hcl/budget.ts';
import { evaluate, type HclFunction, type Scope } from './hcl/evaluate.ts';
import { pureFunctions } from './hcl/functions/pure.ts';
import { parseTemplate } from './hcl/parse-template.ts';
import { readingFunctions } from './hcl/syntax.ts';
import { asObject, asString, EvaluationError, Unknown, unknownIn, type Value } from './hcl/values.ts';
import { mayRead, type ReadingPlace } from './reads.ts';
import { absolutePath, repositoryPath } from './repository-path.ts';

/** Undefined when `name` is neither a function on files nor one of the pure ones. */
export function fileFunction(place: ReadingPlace, name: string): HclFunction | undefined {
  const apply = functions.get(name);
  if (apply === undefined) return pureFunctions.get(name);
  return (args) => {
    // The variables of a template may be unknown without hiding which file is read.
    const unknown = name === 'templatefile' ? unknownIn(args[0] ?? null) : args.map(unknownIn).find(Boolean);
    if (unknown === undefined) return apply(place, ...args);
    if (readingFunctions.has(name)) mayRead(place, name === 'fileset' ? patternIn(args) : unknown);
    return unknown;
  };
}

/** The directory and the pattern as one path, of which something is unknown. */
function patternIn([directory = '', pattern = '']: Value[]): Unknown {
  if (directory instanceof Unknown) return directory;
  return pattern instanceof Unknown
    ? new Unknown(pattern.reason, `${asString(directory)}/${pattern.beginning}`)
    : new Unknown('its pattern is no text');
}

type PlacedFunction = (place: ReadingPlace, ...args: Value[]) => Value;

const notComputed: PlacedFunction = (place, path = '') => {
  const inside = existing(place, path);
  return inside instanceof Unknown ? inside : new Unknown('contents are not hashed while the graph is made');
};
const different =
  (name: string): PlacedFunction =>
  () =>
    new Unknown(`${name}() is another one each time`);

const functions = new Map<string, PlacedFunction>(
  Object.entries({
    file: (place, path = '') => read(place, path),
    filebase64: notComputed,
    filebase64sha256: notComputed,
    filebase64sha512: notComputed,
    filemd5: notComputed,
    filesha1: notComputed,
    filesha256: notComputed,
    filesha512: notComputed,
    fileexists: (place, path = '') => {
      const inside = locate(place, path);
      if (inside instanceof Unknown) return inside;
      const exists = place.tree.has(inside);
      if (exists) place.reads.add(inside);
      return exists;
    },
    fileset: (place, path = '', pattern = '') => {
      const inside = locate(place, path);
      if (inside instanceof Unknown) return inside;
      const matches = globPattern(asString(pattern));
      if (!isGlob(asString(pattern))) throw new EvaluationError(`${asString(pattern)} is no path pattern`);
      const start = inside === '.' ? 0 : inside.length + 1;
      spend(place.tree.below(inside).length);
      const found = place.tree.below(inside).filter((file) => matches.test(file.slice(start)));
      for (const file of found) place.reads.add(file);
      return found.map((file) => file.slice(start));
    },
    templatefile: (place, path = '', variables = null) => {
      const text = read(place, path);
      if (text instanceof Unknown) return text;
      const values = asObject(variables);
      spend(text.length);
      const scope: Scope = { variable: (name) => values[name], function: (name) => fileFunction(place, name) };
      return evaluate(parseTemplate(asString(path), text).expression, scope);
    },
    abspath: (place, path = '') => {
      const inside = locate(place, path);
      return inside instanceof Unknown ? asString(path) : absolutePath(place.tree, inside);
    },
    pathexpand: (_place, path = '') =>
      asString(path).startsWith('~') ? new Unknown('the home directory is another one where the unit runs') : path,
    timestamp: different('timestamp'),
    plantimestamp: different('plantimestamp'),
    uuid: different('uuid'),
    bcrypt: different('bcrypt'),
  } satisfies Record<string, PlacedFunction>),
);

function locate({ tree, directory }: ReadingPlace, path: Value): string | Unknown {
  const inside = repositoryPath(tree, directory, asString(path));
  return inside ?? new Unknown(`${asString(path)} lies outside of the repository`);
}

function existing(place: ReadingPlace, path: Value): string | Unknown {
  const inside = locate(place, path);
  if (inside instanceof Unknown) return inside;
  if (!place.tree.has(inside)) throw new EvaluationError(`there is no file ${inside}`);
  place.reads.add(inside);
  return inside;
}

function read(place: ReadingPlace, path: Value): string | Unknown {
  const inside = existing(place, path);
  return inside instanceof Unknown ? inside : (place.tree.read(inside) ?? '');
}
