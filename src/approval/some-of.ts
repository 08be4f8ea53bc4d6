/** What is said about many units has to fit a person's screen, and what is answered a task's 256 KB. */
const most = 50;

/** At most fifty paths, then how many more there are. */
export function someOf(paths: readonly string[]): string[] {
  if (paths.length <= most) return [...paths];
  return [...paths.slice(0, most), `… and ${paths.length - most} more`];
}
