/**
 * What the Go toolchain builds: Terragrunt, for the tests and for `demo --terragrunt`, and `hcl-verdict`, HashiCorp's parser of HCL for the tests.
 *
 * `go install` refuses modules with replace directives, so setup/terragrunt is a module of our own that requires
 * Terragrunt, repeats its replacements and pins every module's digest in go.sum. The results are kept outside of the clone, where the next
 * clone finds them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ask } from './commands.js';
import { locked } from './lock.js';
import { run, SetupError, say } from './progress.js';
import { digest } from './stamp.js';

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
  const stamp = ['github.com/gruntwork-io/go-commons/version', 'github.com/gruntwork-io/terragrunt/internal/version'];
  const arranged = await arrangeBuilt(root, environment, {
    name: 'terragrunt',
    version,
    source: 'github.com/gruntwork-io/terragrunt',
    flags: ['-s', '-w', ...stamp.map((name) => `-X ${name}.Version=${version}`)].join(' '),
    takes: 'about five minutes',
  });
  return arranged.missing && found
    ? { ...arranged, missing: `${arranged.missing} (There is another one: ${found}.)` }
    : arranged;
}

/** The same with `hcl-verdict`, which is of the version of HCL that Terragrunt has. */
export function arrangeHclVerdict(root, environment) {
  const module = join(root, 'setup', 'terragrunt');
  const sources = ['hcl-verdict/main.go', 'go.mod'].map((file) => readFileSync(join(module, file)));
  return arrangeBuilt(root, environment, {
    name: 'hcl-verdict',
    version: digest(...sources).slice(0, 12),
    source: './hcl-verdict',
    flags: '-s -w',
    takes: 'some seconds',
  });
}

async function arrangeBuilt(root, environment, program) {
  const { name, version } = program;
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'live-ci', `${name}-${version}`);
  const binary = join(cache, name);
  const withBinary = { ...environment, PATH: [cache, environment.PATH].join(delimiter) };
  if (existsSync(binary)) {
    say(`[${name}] ${version}: already built, in ${cache}`);
    return { environment: withBinary };
  }
  if (!ask('go', ['version'], environment)) {
    const missing = `${name} ${version} can't be had: neither it nor Go, which builds it, is on the PATH. Install one of them and run this again.`;
    return { environment, missing };
  }
  try {
    await locked(cache, async () => existsSync(binary) || (await build(root, environment, program, binary)));
    return { environment: withBinary };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { environment, missing: error.message };
  }
}

async function build(root, environment, { name, version, source, flags, takes }, binary) {
  say(`[${name}] ${version}: building with Go (${takes}, once on this machine)`);
  mkdirSync(dirname(binary), { recursive: true });
  const partial = `${binary}.${process.pid}.partial`;
  await run(
    `building ${name}`,
    `Check that the Go module proxy can be reached, or put ${name} on the PATH, and run this again.`,
    'go',
    ['build', '-mod=readonly', '-trimpath', '-ldflags', flags, '-o', partial, source],
    {
      cwd: join(root, 'setup', 'terragrunt'),
      env: { ...environment, GOWORK: 'off', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' },
    },
  );
  renameSync(partial, binary);
}
