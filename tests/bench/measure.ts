/** Runs a command in a cold process and measures it. */
import { spawnSync } from 'node:child_process';

export interface Measure {
  /** Wall clock, median. */
  seconds: number;
  /** Largest resident set, in MB; undefined where GNU time is missing. */
  megabytes: number | undefined;
  output: string;
}

const gnuTime = spawnSync('/usr/bin/time', ['--version']).error === undefined;

export function measure(command: string[], directory: string, runs: number): Measure {
  const seconds: number[] = [];
  let megabytes: number | undefined;
  let output = '';
  for (let run = 0; run < runs; run++) {
    const [program = '', ...args] = gnuTime ? ['/usr/bin/time', '-f', 'kb=%M', ...command] : command;
    const start = performance.now();
    const child = spawnSync(program, args, { cwd: directory, encoding: 'utf8', maxBuffer: 512 * 1024 * 1024 });
    seconds.push((performance.now() - start) / 1000);
    if (child.status !== 0) throw new Error(`${command.join(' ')} failed: ${child.stderr}`);
    const kilobytes = /kb=(\d+)/.exec(child.stderr)?.[1];
    if (kilobytes) megabytes = Math.max(megabytes ?? 0, Number(kilobytes) / 1024);
    output = child.stdout;
  }
  seconds.sort((a, b) => a - b);
  return { seconds: seconds[Math.floor(seconds.length / 2)] ?? 0, megabytes, output };
}
