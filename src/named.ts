/** More would not be read. */
const mostNamed = 5;

/** The first of them, and how many more there are: what stays on a line. */
export function named(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
