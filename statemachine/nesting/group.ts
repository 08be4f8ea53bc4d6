/** Units nested in sequences and parallels, the only shapes that Step Functions has. */
export type Group =
  | { kind: 'unit'; unit: string }
  | { kind: 'sequence'; groups: Group[] }
  | { kind: 'parallel'; groups: Group[] };

/** The same units, last first: the order of a rollback. */
export function reversed(group: Group): Group {
  switch (group.kind) {
    case 'unit':
      return group;
    case 'parallel':
      return { kind: 'parallel', groups: group.groups.map(reversed) };
    case 'sequence':
      return { kind: 'sequence', groups: group.groups.map(reversed).reverse() };
  }
}

export function unitsOf(group: Group): string[] {
  return group.kind === 'unit' ? [group.unit] : group.groups.flatMap(unitsOf);
}
