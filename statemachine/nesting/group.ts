/** Units nested in sequences and parallels, the only shapes that Step Functions has. */
export type Group =
  | { kind: 'unit'; unit: string }
  | { kind: 'sequence'; groups: Group[] }
  | { kind: 'parallel'; groups: Group[] };

export function unitsOf(group: Group): string[] {
  return group.kind === 'unit' ? [group.unit] : group.groups.flatMap(unitsOf);
}
