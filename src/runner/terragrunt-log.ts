/** Terragrunt's own log in JSON, a line a message, mixed with what Terraform writes to the same stream; each line for people. */
export function readable(lines: string): string {
  return lines.replace(/[^\r\n]+/g, forPeople);
}

function forPeople(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    if (typeof level !== 'string' || typeof msg !== 'string') return line;
    return `${level.toUpperCase().padEnd(5)} ${msg.trimEnd()}`;
  } catch {
    return line; // not Terragrunt's: something of the unit's own that begins with a brace
  }
}
