/** What is said about many units has to fit a person's screen, and what is answered a task's 256 KB. */
const most = 50;

/** At most fifty paths, or as many as are said, then how many more there are. */
export function someOf(paths: readonly string[], at = most): string[] {
  if (paths.length <= at) return [...paths];
  return [...paths.slice(0, at), `… and ${paths.length - at} more`];
}

/** As many lines as have at most that many bytes of JSON together, then how many more there are. */
export function someWithin(bytes: number, lines: readonly string[]): string[] {
  return someOf(lines, howManyWithin(bytes, lines));
}

export function howManyWithin(bytes: number, lines: readonly string[]): number {
  let room = bytes;
  const end = lines.findIndex((line) => {
    room -= Buffer.byteLength(JSON.stringify(line)) + 1;
    return room < 0;
  });
  return end < 0 ? lines.length : end;
}
