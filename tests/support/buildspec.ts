/**
 * Runs a buildspec as CodeBuild does (CodeBuild user guide, buildspec reference): all commands of a phase in one shell, up to the first
 * that fails, and afterwards the exported variables are read from that shell. Node is there already, so its `runtime-versions` are left out.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { descendants } from '../../src/local/process-tree.ts';

export interface Container {
  /** Where the source is checked out. */
  directory: string;
  environment: Record<string, string>;
  /** Takes the container away with everything that runs in it. */
  signal?: AbortSignal;
}

export interface Ran {
  succeeded: boolean;
  output: string;
  /** Variables that are not set are none. */
  exported: { Name: string; Value: string }[];
}

interface Buildspec {
  env?: { 'exported-variables'?: string[] };
  phases: Record<'install' | 'build', { commands: string[] }>;
}

export async function runBuildspec(text: string, { directory, environment, signal }: Container): Promise<Ran> {
  const own = await mkdtemp(join(tmpdir(), 'live-ci-container-'));
  try {
    // Each container has a file system of its own.
    const bin = join(own, 'bin');
    await mkdir(bin);
    const here = text.replaceAll('/tmp/', `${own}/`).replaceAll('/usr/local/bin/', `${bin}/`);
    const spec: Buildspec = parse(here.replaceAll('/opt/live-ci', join(own, 'opt')));
    const names = spec.env?.['exported-variables'] ?? [];
    const { install, build } = spec.phases;
    const commands = [...install.commands, ...build.commands].map((command) => `${command}\n[ $? -eq 0 ] || exit 1`);
    const reads = names.map((name) => `[ -z "\${${name}+set}" ] || printenv ${name} >${own}/exported-${name}`);
    const script = [...commands, ...reads, 'exit 0'].join('\n');
    const { code, output } = await shell(
      script,
      directory,
      { ...environment, PATH: `${bin}:${environment.PATH}` },
      signal,
    );
    const exported = await Promise.all(
      names.map(async (name) => ({
        Name: name,
        Value: await readFile(join(own, `exported-${name}`), 'utf8').catch(() => null),
      })),
    );
    return {
      succeeded: code === 0,
      output,
      exported: exported.flatMap(({ Name, Value }) => (Value === null ? [] : [{ Name, Value: Value.trimEnd() }])),
    };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

function shell(script: string, cwd: string, env: Record<string, string>, signal: AbortSignal | undefined) {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; output: string }>();
  const child = spawn('sh', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (said: string) => {
      output += said;
    });
  const takeAway = async () => {
    const pid = child.pid ?? 0;
    for (const one of [...(await descendants(pid)), pid]) kill(one);
  };
  signal?.addEventListener('abort', takeAway, { once: true });
  child.on('error', reject);
  child.on('close', (code) => resolve({ code, output }));
  return promise;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
