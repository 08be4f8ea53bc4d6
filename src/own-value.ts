/** What a record has under a key. Keys are paths of units, and one of these may be the name of something that every object has: "constructor", say. */
export function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
