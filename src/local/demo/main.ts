/**
 * `npm run demo`: three pushes to a small live repository, delivered by the whole deployment on this machine. It ends well
 * only if every state file on the disk says what the tables say.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LiveCiError, messageOf } from '../../errors.ts';
import { descendants, endTree } from '../process-tree.ts';
import { toolPath } from '../project.ts';
import { chooseForm } from './choose-form.ts';
import { paint } from './paint.ts';
import { play } from './play.ts';

const { values } = parseArgs({
  options: {
    yes: { type: 'boolean', short: 'y', default: false },
    keep: { type: 'boolean', default: false },
    terragrunt: { type: 'boolean', default: false },
    terraform: { type: 'boolean', default: false },
    port: { type: 'string' },
  },
});

const directory = await realpath(await mkdtemp(join(tmpdir(), 'live-ci-demo-')));

async function clearUp(): Promise<void> {
  for (const pid of await descendants(process.pid)) await endTree(pid, 3000);
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}

// A terminal that was closed takes no more words; that must not keep us from clearing up.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

let stopping = false;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    process.stdout.write('\nStopping everything …\n');
    await clearUp();
    process.exit(code);
  });
}

try {
  const { form, why } = chooseForm(values, toolPath('own'));
  if (why) process.stdout.write(`${paint('dim', '▸')} ${why}\n`);
  const scripted = values.yes || !process.stdin.isTTY || !process.stdout.isTTY;
  const port = values.port === undefined ? undefined : Number(values.port);
  const good = await play({ directory, form, scripted, keep: values.keep, ...(port === undefined ? {} : { port }) });
  if (!values.keep) await clearUp();
  process.exit(good ? 0 : 1);
} catch (error) {
  if (!stopping) {
    const text =
      error instanceof LiveCiError ? messageOf(error) : error instanceof Error ? (error.stack ?? '') : String(error);
    process.stderr.write(`\n${paint('red', text)}\n`);
    await clearUp();
    process.exit(1);
  }
}
