/**
 * Puts a `git` first on this process's PATH that asks before it talks to another repository, and again before it ends: so a
 * fault can strike at a fetch or a push as it does at a call to AWS. Everything else is git's own.
 */
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Gate } from './memory-aws.ts';

export interface GatedGit extends AsyncDisposable {
  gate: Gate;
}

export async function gatedGit(): Promise<GatedGit> {
  const gated: { gate: Gate } = { gate: ({ make }) => make() };
  const server = createServer((socket) => void converse(socket, (call) => gated.gate(call)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const directory = await mkdtemp(join(tmpdir(), 'live-ci-git-'));
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  await writeFile(join(directory, 'git'), script(real, (server.address() as AddressInfo).port));
  await chmod(join(directory, 'git'), 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${directory}${delimiter}${before}`;
  return Object.assign(gated, {
    [Symbol.asyncDispose]: async () => {
      process.env.PATH = before;
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/** What git prints when a server does not answer. */
const script = (real: string, port: number) => `#!/bin/bash
case "$1" in ls-remote | fetch | push) ;; *) exec ${real} "$@" ;; esac
refuse() { echo "fatal: unable to access the remote repository: The requested URL returned error: 503" >&2; exit 128; }
exec 3<>/dev/tcp/127.0.0.1/${port}
echo "$1" >&3
read -r verdict <&3
[ "$verdict" = make ] || refuse
${real} "$@"
code=$?
echo "$code" >&3
read -r verdict <&3
[ "$verdict" = answer ] || refuse
exit $code
`;

async function converse(socket: Socket, gate: Gate): Promise<void> {
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value;
  const make = async () => {
    socket.write('make\n');
    return line();
  };
  const name = `git ${await line()}`;
  const verdict = await gate({ name, on: '', make }).then(
    () => 'answer',
    () => 'refuse',
  );
  socket.end(`${verdict}\n`);
}
