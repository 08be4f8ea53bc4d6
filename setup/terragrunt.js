/**
 * Terragrunt for the tests and for `demo --terragrunt`: the one on the PATH, else built by the Go toolchain.
 *
 * `go install` refuses modules with replace directives, so setup/terragrunt is a module of our own that requires
 * Terragrunt, repeats its replacements and pins every module's digest in go.sum. The result is kept outside of the clone, where the next
 * clone finds it.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ask } from './commands.js';
import { locked } from './lock.js';
import { run, SetupError, say } from './progress.js';

const version = 'v1.1.3';

/**
 * The environment with `terragrunt` on its PATH; or, when it can't be had, the environment as it was and, in `missing`, a
 * sentence that says why.
 */
export async function arrangeTerragrunt(root, environment) {
  const found = ask('terragrunt', ['--version'], environment);
  if (found?.includes(version.slice(1))) {
    say(`[terragrunt] ${version}: on the PATH`);
    return { environment };
  }
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'live-ci', `terragrunt-${version}`);
  const binary = join(cache, 'terragrunt');
  const withBinary = { ...environment, PATH: [cache, environment.PATH].join(delimiter) };
  if (existsSync(binary)) {
    say(`[terragrunt] ${version}: already built, in ${dirname(binary)}`);
    return { environment: withBinary };
  }
  const go = ask('go', ['version'], environment);
  if (!go) {
    const missing = `Terragrunt ${version} can't be had: neither it nor Go, which builds it, is on the PATH. Install one of them and run this again.`;
    return { environment, missing: found ? `${missing} (There is another one: ${found}.)` : missing };
  }
  try {
    await locked(cache, async () => existsSync(binary) || (await build(root, environment, binary)));
    return { environment: withBinary };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { environment, missing: error.message };
  }
}

async function build(root, environment, binary) {
  say(`[terragrunt] ${version}: building with Go (about five minutes, once on this machine)`);
  mkdirSync(dirname(binary), { recursive: true });
  const partial = `${binary}.${process.pid}.partial`;
  const stamp = ['github.com/gruntwork-io/go-commons/version', 'github.com/gruntwork-io/terragrunt/internal/version'];
  const flags = ['-s', '-w', ...stamp.map((name) => `-X ${name}.Version=${version}`)].join(' ');
  await run(
    'building Terragrunt',
    'Check that the Go module proxy can be reached, or put terragrunt on the PATH, and run this again.',
    'go',
    ['build', '-mod=readonly', '-trimpath', '-ldflags', flags, '-o', partial, 'github.com/gruntwork-io/terragrunt'],
    {
      cwd: join(root, 'setup', 'terragrunt'),
      env: { ...environment, GOWORK: 'off', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' },
    },
  );
  renameSync(partial, binary);
}
