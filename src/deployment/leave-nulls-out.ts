/** Optional properties of the template: the YAML says null for what isn't set, and CloudFormation must not see it. */

/** Values of JSON; a copy without the properties, items and resources that are null, however deep. */
export function leaveNullsOut<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.filter(isSet).map(leaveNullsOut) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => isSet(inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, leaveNullsOut(inner)])) as Value;
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined;
}
