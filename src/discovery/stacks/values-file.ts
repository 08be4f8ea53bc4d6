/** `terragrunt.values.hcl` as `terragrunt stack generate` would write it. */
import { quoted } from '../hcl/quoted.ts';
import { type ObjectValue, settled, sortedKeys, Unknown, type Value } from '../hcl/values.ts';

export const valuesFile = 'terragrunt.values.hcl';

export function valuesText(values: ObjectValue | Unknown): string {
  if (values instanceof Unknown) return `# not known: ${values.reason}\n`;
  return sortedKeys(values)
    .map((key) => `${key} = ${expressionText(values[key] as Value)}\n`)
    .join('');
}

/** A value as an HCL expression. */
export function expressionText(value: Value): string {
  const plain = settled(value);
  // Whoever reads the file as a text learns no more than that the value can't be known.
  if (plain instanceof Unknown) return `run_cmd(${quoted(plain.reason)})`;
  if (Array.isArray(plain)) return `[${plain.map(expressionText).join(', ')}]`;
  if (typeof plain === 'string') return quoted(plain);
  if (typeof plain !== 'object' || plain === null) return String(plain);
  return `{ ${sortedKeys(plain)
    .map((key) => `${quoted(key)} = ${expressionText(plain[key] as Value)}`)
    .join(', ')} }`;
}
