/**
 * Sets a clone up and runs something in it:
 *
 *   node setup.js demo [--yes] [--keep] [--terragrunt]   the demo
 *   node setup.js test [unit property …] [jest args]    the tests
 *   node setup.js pictures                               takes the pictures of the approval page
 *   node setup.js live-ci …                              the command line, with the tools of this clone
 *   node setup.js lint-template                          cfn-lint and checkov on the packaged template
 *   node setup.js shell <command> …                      any command, with the tools of this clone
 *
 * Needs nothing but git, Python and any Node from 18 on; everything else goes into .tools and node_modules. What is there
 * already is left alone, and two of these at once don't disturb each other.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arrangeChromium } from './setup/chromium.js';
import { requireGit, requirePython } from './setup/commands.js';
import { arrangeForTests, arrangeTerragrunt } from './setup/go-programs.js';
import { locked } from './setup/lock.js';
import { arrangeNode } from './setup/node.js';
import { installPackages } from './setup/npm.js';
import { run, SetupError, say } from './setup/progress.js';
import { arrangeLinters, arrangePython, quoted } from './setup/python.js';
import { writeWhole } from './setup/stamp.js';
import { projects, runTests } from './setup/tests.js';

const root = dirname(fileURLToPath(import.meta.url));
const tools = join(root, '.tools');
const targets = ['demo', 'test', 'pictures', 'live-ci', 'lint-template', 'shell'];

async function main([target, ...args]) {
  if (!targets.includes(target)) {
    say(`Usage: node setup.js ${targets.join('|')} [arguments]`);
    return 2;
  }
  const { node, environment } = await locked(tools, setUp);
  if (target === 'test') {
    const built = await locked(tools, () => arrangeForTests(root, environment));
    const wanted = args.includes('browser') || !args.some((word) => projects.includes(word));
    const chromium = wanted ? await arrangeChromium(built.environment) : { environment: built.environment };
    const missing = { terragrunt: built.missing, local: built.missing, browser: chromium.missing };
    return runTests(root, node, chromium.environment, args, missing);
  }
  if (target === 'demo') {
    const withTerragrunt = args.includes('--terragrunt');
    const terragrunt = withTerragrunt ? await locked(tools, () => arrangeTerragrunt(environment)) : undefined;
    if (terragrunt?.missing) throw new SetupError(terragrunt.missing);
    const demo = [join(root, 'src', 'local', 'demo', 'main.ts'), ...args];
    return hand(node, ['--disable-warning=ExperimentalWarning', ...demo], terragrunt?.environment ?? environment);
  }
  if (target === 'pictures') {
    const chromium = await arrangeChromium(environment);
    if (chromium.missing) throw new SetupError(`No pictures can be taken: ${chromium.missing}.`);
    return hand(
      node,
      ['--disable-warning=ExperimentalWarning', join('tests', 'pictures', 'main.ts')],
      chromium.environment,
    );
  }
  if (target === 'live-ci') return hand(node, [join(root, 'dist', 'live-ci.js'), ...args], environment);
  if (target === 'lint-template') {
    const linters = await locked(tools, () => arrangeLinters(root, tools, requirePython()));
    const lint = [join(root, 'tests', 'lint', 'main.ts'), linters];
    return hand(node, ['--disable-warning=ExperimentalWarning', ...lint], environment);
  }
  const [command, ...rest] = args.length > 0 ? args : [process.env.SHELL ?? 'sh'];
  return hand(command, rest, environment);
}

/** The steps, in the order in which each needs the one before. */
async function setUp() {
  const git = requireGit();
  const python = requirePython();
  say(`[1/5] git ${git} and Python ${python.version}: on the PATH`);
  const node = await arrangeNode(tools, '[2/5]');
  const environment = {
    ...process.env,
    PATH: [
      join(tools, 'cli'),
      join(tools, 'bin'),
      dirname(node),
      join(root, 'node_modules', '.bin'),
      process.env.PATH,
    ].join(delimiter),
    LIVE_CI_USER_PATH: process.env.LIVE_CI_USER_PATH ?? process.env.PATH,
  };
  await installPackages(root, environment, '[3/5]');
  await arrangePython(root, tools, python, '[4/5]');
  say('[5/5] building the command line');
  await run('building', 'This is a defect of this repository.', node, [join(root, 'build.js')], { cwd: root });
  const cli = `#!/bin/sh\nexec ${quoted(node)} ${quoted(join(root, 'dist', 'live-ci.js'))} "$@"\n`;
  // Alone in its folder, which people put on their PATH: their own terraform stays the one that they get.
  writeWhole(join(tools, 'cli', 'live-ci'), cli, 0o755);
  rmSync(join(tools, 'bin', 'live-ci'), { force: true });
  return { node, environment };
}

/** Becomes the command as far as Node can: same terminal, its signals, its exit code. */
function hand(command, args, environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: environment });
    // A terminal sends Ctrl-C to both of us; the child decides when it is over.
    process.on('SIGINT', () => {});
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.on('error', (error) => reject(new SetupError(`${command} could not be started: ${error.message}.`)));
    child.on('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`\n${error.message}`);
  process.exitCode = 1;
}
