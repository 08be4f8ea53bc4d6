/**
 * Progress lines and the long commands behind them: nothing is silent for more than five seconds, and what a command
 * said is shown only when it failed.
 */
import { spawn } from 'node:child_process';

const beat = 4000;

/** A problem that the person at the keyboard can solve: shown as a sentence, without a stack. */
export class SetupError extends Error {}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a command to its end and repeats `… still <doing> (12 s)` while it takes its time.
 * Rejects with a SetupError that holds the end of the command's output and `advice`.
 */
export function run(doing, advice, command, args, options = {}) {
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    const keep = (chunk) => {
      said.push(chunk);
      if (said.length > 2000) said.shift();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setInterval(() => say(`      … still ${doing} (${seconds(started)} s)`), beat);
    child.on('error', (error) => {
      clearInterval(timer);
      reject(new SetupError(`${command} could not be started: ${error.message}. ${advice}`));
    });
    child.on('close', (code) => {
      clearInterval(timer);
      const output = Buffer.concat(said).toString('utf8');
      if (code === 0) return resolve(output);
      reject(new SetupError(`${shortened(output)}\n\n${doing} failed (exit code ${code}). ${advice}`));
    });
  });
}

/** The beginning, where the cause often is, and the end. */
function shortened(output) {
  const lines = output.trimEnd().split('\n');
  return (lines.length <= 40 ? lines : [...lines.slice(0, 15), '…', ...lines.slice(-25)]).join('\n');
}

export function seconds(started) {
  return Math.round((Date.now() - started) / 1000);
}
