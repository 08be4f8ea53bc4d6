/**
 * `autoinclude { … }` in a block of a stack's file. Of a unit, it is a configuration that is merged over the unit's own; of a
 * stack, it holds units and stacks that are injected into it. Both are evaluated where they stand, in the stack's file.
 */

import { evaluate } from '../hcl/evaluate.ts';
import { blocksOf, errorAt } from '../hcl/file.ts';
import type { Body, Expression } from '../hcl/syntax.ts';
import { EvaluationError, settled, Unknown, unknownIn, type Value } from '../hcl/values.ts';
import type { Configuration } from '../terragrunt/configuration.ts';
import { type Component, componentsIn } from './components.ts';
import { expressionText } from './values-file.ts';

export const autoincludeFile = 'terragrunt.autoinclude.hcl';

/** The block as a configuration of its own, or undefined when there is none. @throws DiscoveryError for what must not be in it */
export function autoincludeOf({ block, within }: Component): Configuration | undefined {
  const [found] = blocksOf(block.body, 'autoinclude');
  if (found === undefined) return undefined;
  for (const type of ['locals', 'autoinclude'])
    for (const wrong of blocksOf(found.body, type))
      throw errorAt(within.file, wrong.at, `a block "${type}" can't stand in autoinclude.`);
  const outputs = new Unknown('it depends on the outputs of a dependency');
  return {
    ...within,
    file: { ...within.file, body: found.body },
    scope: { ...within.scope, variable: (name) => (name === 'dependency' ? outputs : within.scope.variable(name)) },
  };
}

/** What the stack that a component generates gets from its autoinclude. */
export function injectedBy(component: Component): Component[] {
  const content = autoincludeOf(component);
  return content === undefined ? [] : componentsIn(content);
}

/**
 * A text that is the same for two blocks exactly when they say the same, whatever else their files hold: values where they
 * can be known, else the expression and every local and value that it may use.
 */
export function autoincludeText(own: Configuration): string {
  let unknown = false;
  const valueText = (expression: Expression): string => {
    const value = attempted(() => evaluate(expression, own.scope));
    if (unknownIn(value) === undefined) return expressionText(value);
    unknown = true;
    return `${expressionText(value)} ${withoutPlaces(expression)}`;
  };
  const bodyText = (body: Body): string => {
    const attributes = [...body.attributes.values()].map(({ name, value }) => `${name} = ${valueText(value)}\n`);
    const blocks = body.blocks.map((block) => `${block.type} ${block.labels.join(' ')} {\n${bodyText(block.body)}}\n`);
    return [...attributes, ...blocks].join('');
  };
  const text = bodyText(own.file.body);
  if (!unknown) return text;
  const used = ['local', 'values'].map((name) => expressionText(attempted(() => own.scope.variable(name) ?? null)));
  return `${text}${used.join('\n')}\n`;
}

function attempted(compute: () => Value): Value {
  try {
    const value = settled(compute());
    unknownIn(value); // evaluates what is lazy inside
    return value;
  } catch (error) {
    if (error instanceof EvaluationError) return new Unknown(error.message);
    throw error;
  }
}

function withoutPlaces(expression: Expression): string {
  return JSON.stringify(expression, (key, value) => (key === 'at' ? undefined : value));
}
