/** A moment as people read it, wherever they are: to the minute, in UTC. */
export function minuteOf(at: string | number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
