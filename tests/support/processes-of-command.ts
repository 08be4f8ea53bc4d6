/** Which of some processes run what a test looks for. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Those whose command line and environment match. */
export async function ofCommand(pattern: RegExp, processes: readonly number[]): Promise<number[]> {
  if (processes.length === 0) return [];
  const listed = await promisify(execFile)('ps', ['eww', '-o', 'pid=,args=', '-p', processes.join(',')], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const lines = listed.stdout.split('\n').filter((line) => pattern.test(line));
  return lines.map((line) => Number.parseInt(line, 10));
}
