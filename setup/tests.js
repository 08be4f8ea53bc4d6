/** Runs the test projects, the fast ones first, and ends with the line `N passed, N failed`. */

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './progress.js';

export const projects = ['unit', 'property', 'terragrunt', 'local', 'browser'];

/**
 * Exit code of the whole. `args`: names of projects, then arguments for jest, such as a part of a test file's path. `missing` says, by project, why a
 * tool is not there. With CI=true a skipped test counts as a failed one.
 */
export async function runTests(root, node, environment, args, missing) {
  // npm takes a `--` away, so what comes behind the names is jest's with or without one.
  const first = args.findIndex((word) => !projects.includes(word));
  const names = first < 0 ? args : args.slice(0, first);
  const forJest = first < 0 ? [] : args.slice(first).filter((word) => word !== '--');
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const project of projects.filter((name) => names.length === 0 || names.includes(name))) {
    say(`\n── ${project} tests`);
    if (missing[project]) say(`Skipped where it is needed: ${missing[project]}`);
    const result = await runProject(root, node, environment, project, forJest);
    for (const key of Object.keys(sum)) sum[key] += result[key];
  }
  const strict = process.env.CI === 'true';
  if (sum.skipped > 0) {
    process.stdout.write(
      `${sum.skipped} skipped${strict ? ', and with CI=true nothing may be: counted as failed' : ''}\n`,
    );
    if (strict) sum.failed += sum.skipped;
  }
  process.stdout.write(`${sum.passed} passed, ${sum.failed} failed\n`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

async function runProject(root, node, environment, project, forJest) {
  const folder = join(root, '.tools', 'jest');
  const file = join(folder, `${project}.${process.pid}.json`);
  mkdirSync(folder, { recursive: true });
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const options = ['--selectProjects', project, '--passWithNoTests', '--json', '--outputFile', file];
  // Left to itself jest keeps one core for its own process, which has little to do: of two, half. Each local file is a whole stack, with
  // Terraform in it, of which two at once fill any machine's memory well enough.
  options.push('--maxWorkers', project === 'local' || project === 'browser' ? '2' : '100%');
  const code = await spawned(node, [...jest, ...options, ...forJest], root, environment);
  const result = read(file);
  if (!result) return { passed: 0, failed: 1, skipped: 0 };
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return {
    passed: result.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

/** jest prints its JSON on standard output as well, which nobody wants to see. */
function spawned(command, args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
    process.on('SIGINT', () => {});
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}
