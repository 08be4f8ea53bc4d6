/**
 * JSON syntax (`terragrunt.hcl.json`, `main.tf.json`). JSON does not say what is a block and how many labels it has,
 * so the block types that discovery looks into are listed here; everything else is an attribute. Strings are templates.
 */
import { DiscoveryError, messageOf } from '../../errors.ts';
import { parseTemplate } from './parse-template.ts';
import type { Block, Body, Expression } from './syntax.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

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

/** @throws DiscoveryError when the text is not JSON */
export function parseJson(path: string, text: string): Body {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (error) {
    throw new DiscoveryError(`${path}: is not valid JSON: ${messageOf(error)}.`, { cause: error });
  }
  if (!isObject(json)) throw new DiscoveryError(`${path}:1:1: expected an object, in braces.`);
  return bodyOf(path, json);
}

function bodyOf(path: string, json: { [key: string]: Json }): Body {
  const body: Body = { attributes: new Map(), blocks: [] };
  for (const [name, value] of Object.entries(json)) {
    // By convention a property "//" is a comment.
    if (name === '//') continue;
    const labels = Object.hasOwn(labelCounts, name) ? labelCounts[name] : undefined;
    if (labels !== undefined && isBlockValue(value)) body.blocks.push(...blocksOf(path, name, value, labels, []));
    else body.attributes.set(name, attributeOf(path, name, value));
  }
  return body;
}

function blocksOf(path: string, type: string, value: Json, labels: number, given: string[]): Block[] {
  if (Array.isArray(value)) return value.flatMap((item) => blocksOf(path, type, item, labels, given));
  if (!isObject(value)) return [];
  // An include without a label has its path right inside.
  const bare = type === 'include' && typeof value.path === 'string';
  if (labels === 0 || bare) return [{ type, labels: given, at: 0, body: bodyOf(path, value) }];
  return Object.entries(value).flatMap(([label, inner]) => blocksOf(path, type, inner, labels - 1, [...given, label]));
}

function attributeOf(path: string, name: string, json: Json) {
  let reads = false;
  const expressionOf = (value: Json): Expression => {
    if (typeof value === 'string') {
      const template = parseTemplate(path, value);
      reads ||= template.reads;
      return template.expression;
    }
    if (Array.isArray(value)) return { kind: 'tuple', at: 0, items: value.map(expressionOf) };
    if (!isObject(value)) return { kind: 'literal', at: 0, value };
    const entries = Object.entries(value).map(([key, inner]) => ({
      key: expressionOf(key),
      value: expressionOf(inner),
    }));
    return { kind: 'object', at: 0, entries };
  };
  const value = expressionOf(json);
  return { name, at: 0, value, reads };
}

function isBlockValue(value: Json): boolean {
  return isObject(value) || (Array.isArray(value) && value.every(isObject));
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
