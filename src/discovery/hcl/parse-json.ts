/**
 * JSON syntax (`terragrunt.hcl.json`, `main.tf.json`). JSON does not say what is a block and how many labels it has,
 * so the block types that discovery looks into are listed here; everything else is an attribute. Strings are templates.
 */
import { DiscoveryError } from '../../errors.ts';
import { errorAt } from './file.ts';
import { parseTemplate } from './parse-template.ts';
import { type JsonObject, JsonReader, type JsonValue } from './read-json.ts';
import type { Attribute, Block, Body, Expression } from './syntax.ts';

/** Block types by the number of their labels. */
const labelCounts: Record<string, number> = {
  backend: 1,
  cloud: 0,
  data: 2,
  dependencies: 0,
  dependency: 1,
  exclude: 0,
  feature: 1,
  generate: 1,
  include: 1,
  locals: 0,
  module: 1,
  provider: 1,
  remote_state: 0,
  stack: 1,
  terraform: 0,
  unit: 1,
};

/** @throws DiscoveryError `file:line:column: what was expected` */
export function parseJson(path: string, text: string): Body {
  const root = new JsonReader(path, text).file();
  if (root.kind !== 'object' && root.kind !== 'array')
    throw errorAt({ path, text }, root.at, 'expected an object, in braces, or a list of objects');
  const body: Body = { attributes: new Map(), blocks: [] };
  for (const part of root.kind === 'array' ? root.items : [root]) if (part.kind === 'object') addTo(body, path, part);
  return body;
}

function addTo(body: Body, path: string, object: JsonObject): void {
  for (const { name, at, value } of object.entries) {
    // By convention a property "//" is a comment.
    if (name === '//') continue;
    const labels = Object.hasOwn(labelCounts, name) ? labelCounts[name] : undefined;
    if (labels !== undefined && isBlockValue(value)) body.blocks.push(...blocksOf(path, name, value, labels, []));
    else body.attributes.set(name, attributeOf(path, name, at, value));
  }
}

function blocksOf(path: string, type: string, value: JsonValue, labels: number, given: string[]): Block[] {
  if (value.kind === 'array') return value.items.flatMap((item) => blocksOf(path, type, item, labels, given));
  if (value.kind !== 'object') return [];
  // An include without a label has its path right inside.
  const bare =
    type === 'include' && value.entries.some(({ name, value }) => name === 'path' && value.kind === 'string');
  if (labels > 0 && !bare)
    return value.entries.flatMap((inner) => blocksOf(path, type, inner.value, labels - 1, [...given, inner.name]));
  const body: Body = { attributes: new Map(), blocks: [] };
  addTo(body, path, value);
  return [{ type, labels: given, at: value.at, body }];
}

function attributeOf(path: string, name: string, at: number, json: JsonValue): Attribute {
  let reads = false;
  const stringExpression = (at: number, text: string): Expression => {
    try {
      const template = parseTemplate(path, text);
      reads ||= template.reads;
      return { ...template.expression, at };
    } catch (error) {
      // Whether it is one is known only to who uses it: a description may have anything in it.
      if (error instanceof DiscoveryError) return { kind: 'invalid', at, message: error.message };
      throw error;
    }
  };
  const expressionOf = (value: JsonValue): Expression => {
    const { at } = value;
    switch (value.kind) {
      case 'string':
        return stringExpression(at, value.text);
      case 'array':
        return { kind: 'tuple', at, items: value.items.map(expressionOf) };
      case 'object':
        return {
          kind: 'object',
          at,
          entries: value.entries.map(({ name, at, value }) => ({
            key: stringExpression(at, name),
            value: expressionOf(value),
          })),
        };
      default:
        return { kind: 'literal', at, value: value.value };
    }
  };
  const value = expressionOf(json);
  return { name, at, value, reads };
}

function isBlockValue(value: JsonValue): boolean {
  return value.kind === 'object' || (value.kind === 'array' && value.items.every(({ kind }) => kind === 'object'));
}
