/** What a configuration's text says, and where in it each setting stands. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, visit } from 'yaml';
import { messageOf } from '../errors.ts';
import { type Mistake, type Place, refusal } from './check.ts';

export interface ConfigText {
  said: unknown;
  placeOf(mistake: Mistake): Place;
}

/** @throws ConfigError when it is not YAML; JSON is. */
export function readText(text: string, origin: string): ConfigText {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number): Place => {
    // An empty text has no line to count, and a list that isn't closed ends behind the text.
    const { line, col } = lineCounter.linePos(Math.min(offset, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const wrong = [...document.errors, ...document.warnings].map(({ pos, code, message }) => ({
    offset: pos[0],
    message: code === 'MULTIPLE_DOCS' ? 'a second document begins here, and there may be one' : message,
  }));
  visit(document, {
    Alias(_, node) {
      if (!node.resolve(document))
        wrong.push({ offset: node.range?.[0] ?? 0, message: `there is no &${node.source} for *${node.source}` });
    },
  });
  const refuse = () =>
    refusal(
      origin,
      wrong.map(({ offset, message }) => ({ place: at(offset), message: `not valid YAML: ${message}` })),
    );
  if (wrong.length > 0) throw refuse();
  try {
    const said = document.toJS() ?? {};
    return { said, placeOf: ({ path, ofName }) => at(offsetOf(document.contents, path, ofName)) };
  } catch (error) {
    wrong.push({ offset: 0, message: messageOf(error) });
    throw refuse();
  }

  /** Of the last part of the path that is there. */
  function offsetOf(node: Node | null, path: readonly PropertyKey[], ofName = false): number {
    const here = isAlias(node) ? node.resolve(document) : node;
    const [key, ...rest] = path;
    const own = node?.range?.[0] ?? 0;
    if (key === undefined) return own;
    if (isSeq(here)) return offsetOr(own, here.items[Number(key)] as Node, rest, ofName);
    if (!isMap(here)) return own;
    const pair = here.items.find((item) => nameOf(item) === key) as Pair<Node, Node | null> | undefined;
    if (!pair) return own;
    return rest.length === 0 && ofName
      ? (pair.key.range?.[0] ?? own)
      : offsetOr(pair.key.range?.[0] ?? own, pair.value, rest, ofName);
  }

  function offsetOr(
    around: number,
    node: Node | null | undefined,
    path: readonly PropertyKey[],
    ofName: boolean,
  ): number {
    return node?.range ? offsetOf(node, path, ofName) : around;
  }
}

function nameOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}
