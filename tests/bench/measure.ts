/** Runs commands in cold processes and measures them. */
import { spawnSync } from 'node:child_process';

export interface Measure {
  /** Wall clock, median. */
  seconds: number;
  /** Largest resident set, in MB; undefined where GNU time is missing. */
  megabytes: number | undefined;
  output: string;
}

export interface Together<Name extends string> {
  directory: string;
  environment: NodeJS.ProcessEnv;
  runs: number;
  /** Commands that run once before, unmeasured, to fill a cache. */
  warm: readonly NoInfer<Name>[];
  /** Called before each run of a command, outside of what is measured. */
  before?: Partial<Record<NoInfer<Name>, () => void>>;
}

const gnuTime = spawnSync('/usr/bin/time', ['--version']).error === undefined;

/** Each command once in each round, so that whatever else the machine does meets them all. */
export function measureTogether<Name extends string>(
  commands: Record<Name, readonly string[]>,
  { directory, environment, runs, warm, before = {} }: Together<Name>,
): Record<Name, Measure> {
  const names = Object.keys(commands) as Name[];
  for (const name of warm) runOnce(commands[name], directory, environment);
  const taken = new Map(names.map((name) => [name, [] as Measure[]]));
  for (let run = 0; run < runs; run++)
    for (const name of names) {
      (before as Partial<Record<Name, () => void>>)[name]?.();
      taken.get(name)?.push(runOnce(commands[name], directory, environment));
    }
  return Object.fromEntries(names.map((name) => [name, middle(taken.get(name) ?? [])])) as Record<Name, Measure>;
}

function runOnce(command: readonly string[], directory: string, environment: NodeJS.ProcessEnv): Measure {
  const [program = '', ...args] = gnuTime ? ['/usr/bin/time', '-f', 'kb=%M', ...command] : command;
  const start = performance.now();
  const options = { cwd: directory, env: environment, encoding: 'utf8', maxBuffer: 512 * 1024 * 1024 } as const;
  const child = spawnSync(program, args, options);
  const seconds = (performance.now() - start) / 1000;
  if (child.status !== 0) throw new Error(`${command.join(' ')} failed: ${child.stderr}`);
  const kilobytes = /kb=(\d+)/.exec(child.stderr)?.[1];
  return { seconds, megabytes: kilobytes ? Number(kilobytes) / 1024 : undefined, output: child.stdout };
}

function middle(measures: Measure[]): Measure {
  const sorted = [...measures].sort((a, b) => a.seconds - b.seconds);
  const median = sorted[Math.floor(sorted.length / 2)] as Measure;
  const megabytes = Math.max(...measures.map((measure) => measure.megabytes ?? 0));
  return { ...median, megabytes: megabytes || undefined };
}
