/** A whole configuration as a value: what `read_terragrunt_config` returns and what an exposed include shows. */
import { evaluate } from '../hcl/evaluate.ts';
import { blocksOf } from '../hcl/file.ts';
import type { Block } from '../hcl/syntax.ts';
import {
  asObject,
  EvaluationError,
  emptyObject,
  LazyObject,
  objectOf,
  settled,
  Unknown,
  type Value,
} from '../hcl/values.ts';
import { type Configuration, includedConfiguration } from './configuration.ts';

/** Block types that come once, without a label. */
const single = ['terraform', 'remote_state', 'dependencies', 'exclude', 'errors', 'catalog', 'engine'];

export function configurationValue(one: Configuration): LazyObject {
  const { body } = one.file;
  const names = () =>
    new Set(['locals', 'inputs', 'dependency', ...body.attributes.keys(), ...body.blocks.map((block) => block.type)]);
  return new LazyObject(names, (name) => {
    if (name === 'locals') return tolerant(one.locals, one);
    if (name === 'inputs') return inputsOf(one);
    if (name === 'dependency') return dependenciesValue(one);
    const attribute = body.attributes.get(name);
    if (attribute) return orUnknown(() => evaluate(attribute.value, one.scope));
    const blocks = blocksOf(body, name);
    const [first] = blocks;
    if (first === undefined) return inherited(one, name);
    if (single.includes(name) || first.labels.length === 0) return blockValue(one, first);
    return objectOf(blocks.map((block) => [block.labels[0] ?? '', blockValue(one, block)] as const));
  });
}

/** All locals; one without a value does not spoil the others. */
function tolerant(locals: LazyObject, one: Configuration): LazyObject {
  const names = () => blocksOf(one.file.body, 'locals')[0]?.body.attributes.keys() ?? [];
  return new LazyObject(names, (name) =>
    blocksOf(one.file.body, 'locals')[0]?.body.attributes.has(name)
      ? orUnknown(() => settled(locals.get(name) ?? null))
      : undefined,
  );
}

function orUnknown(compute: () => Value): Value {
  try {
    return settled(compute());
  } catch (error) {
    if (error instanceof EvaluationError) return new Unknown(error.message);
    throw error;
  }
}

/** A file's own inputs over those of its includes. */
function inputsOf(one: Configuration): Value {
  const all = emptyObject();
  const add = (part: Configuration): Unknown | undefined => {
    const inputs = part.file.body.attributes.get('inputs');
    if (inputs === undefined) return undefined;
    const value = orUnknown(() => evaluate(inputs.value, part.scope));
    if (value instanceof Unknown) return value;
    Object.assign(all, value === null ? {} : asObject(value));
    return undefined;
  };
  for (const include of one.includes) {
    const unknown = include.strategy === 'no_merge' ? undefined : add(includedConfiguration(one, include));
    if (unknown) return unknown;
  }
  return add(one) ?? all;
}

function dependenciesValue(one: Configuration): Value {
  return objectOf(
    blocksOf(one.file.body, 'dependency').map((block) => {
      const value = blockValue(one, block);
      value.outputs = new Unknown('it depends on the outputs of a dependency');
      return [block.labels[0] ?? '', value] as const;
    }),
  );
}

function inherited(one: Configuration, name: string): Value | undefined {
  for (const include of one.includes.toReversed()) {
    if (include.strategy === 'no_merge') continue;
    const value = configurationValue(includedConfiguration(one, include)).get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function blockValue(one: Configuration, block: Block) {
  const value = objectOf(
    [...block.body.attributes.values()].map(
      (attribute) => [attribute.name, orUnknown(() => evaluate(attribute.value, one.scope))] as const,
    ),
  );
  for (const inner of block.body.blocks) {
    const content = blockValue(one, inner);
    const [label] = inner.labels;
    if (label === undefined) value[inner.type] = content;
    else
      value[inner.type] = Object.assign((value[inner.type] as object | undefined) ?? emptyObject(), {
        [label]: content,
      });
  }
  return value;
}
