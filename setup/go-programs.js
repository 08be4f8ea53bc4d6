/**
 * What the Go toolchain builds for the tests: Terragrunt (also for `demo --terragrunt`), OpenTofu, a provider in two releases, and `hcl-verdict`,
 * HashiCorp's parser of HCL. The first four are built in their own source, as Go's module proxy has it, with their own go.sum, which pins what they
 * need; the source's digest is pinned here. The results are kept outside of the clone, where the next clone finds them.
 */
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ask } from './commands.js';
import { locked } from './lock.js';
import { run, SetupError, say } from './progress.js';
import { digest } from './stamp.js';

const terragrunt = {
  name: 'terragrunt',
  version: 'v1.1.3',
  module: 'github.com/gruntwork-io/terragrunt',
  sum: 'h1:qwOHpU5c9uHzzWURJdf/AJn4NYrCpkH5UAkHpB6Kkik=',
  package: '.',
  flags: [
    '-X github.com/gruntwork-io/go-commons/version.Version=v1.1.3',
    '-X github.com/gruntwork-io/terragrunt/internal/version.Version=v1.1.3',
  ],
  takes: 'about five minutes',
};

const opentofu = {
  name: 'tofu',
  version: 'v1.11.4',
  module: 'github.com/opentofu/opentofu',
  sum: 'h1:jAHLQdTSQBujKfQYLHcJ8LOygkrNQARrTf5EdoWW1Es=',
  package: './cmd/tofu',
  flags: ['-X github.com/opentofu/opentofu/version.dev=no'],
  takes: 'about five minutes',
};

/** `hashicorp/time`, a provider that needs nobody's account. */
const providers = [
  { version: 'v0.13.1', sum: 'h1:z+fBe3zcSKl5cYUUu4aYhGl3eEye5OTi3NVYRmZ9kjk=' },
  { version: 'v0.14.2', sum: 'h1:yCAHwZj3huefsLZYoVQmup6qINSWk5QrspwVBxxIVPc=' },
].map((release) => ({
  ...release,
  name: 'terraform-provider-time',
  module: 'github.com/hashicorp/terraform-provider-time',
  package: '.',
  flags: [],
  takes: 'about a minute',
}));

/**
 * The environment with `terragrunt` on its PATH; or, when it can't be had, the environment as it was and, in `missing`, a
 * sentence that says why.
 */
export async function arrangeTerragrunt(environment) {
  const found = ask('terragrunt', ['--version'], environment);
  if (found?.includes(terragrunt.version.slice(1))) {
    say(`[terragrunt] ${terragrunt.version}: on the PATH`);
    return { environment };
  }
  const { folder, missing } = await arrangeBuilt(environment, terragrunt);
  if (missing === undefined) return { environment: withOnPath(folder, environment) };
  return { environment, missing: found ? `${missing} (There is another one: ${found}.)` : missing };
}

/**
 * The same with everything that the tests run. OpenTofu and the provider are not on the PATH, since Terragrunt prefers OpenTofu where it finds it:
 * LIVE_CI_TEST_OPENTOFU is the folder of `tofu`, and LIVE_CI_TEST_PROVIDERS the folders of the provider's releases, the older first.
 */
export async function arrangeForTests(root, environment) {
  const withTerragrunt = await arrangeTerragrunt(environment);
  const others = [];
  for (const program of [hclVerdict(root), opentofu, ...providers])
    others.push(await arrangeBuilt(environment, program));
  const [verdict, tofu, ...releases] = others.map(({ folder }) => folder);
  const missing = [withTerragrunt, ...others].flatMap((one) => one.missing ?? [])[0];
  return {
    environment: {
      ...withOnPath(verdict, withTerragrunt.environment),
      LIVE_CI_TEST_OPENTOFU: tofu,
      LIVE_CI_TEST_PROVIDERS: releases.join(delimiter),
    },
    ...(missing === undefined ? {} : { missing }),
  };
}

/** Of the version of HCL that Terragrunt has. */
function hclVerdict(root) {
  const directory = join(root, 'setup', 'hcl-verdict');
  const sources = ['main.go', 'go.mod', 'go.sum'].map((file) => readFileSync(join(directory, file)));
  return {
    name: 'hcl-verdict',
    version: digest(...sources).slice(0, 12),
    directory,
    package: '.',
    flags: [],
    takes: 'some seconds',
  };
}

function withOnPath(folder, environment) {
  return { ...environment, PATH: [folder, environment.PATH].join(delimiter) };
}

/** The folder in which the program is, or will be once it can be had. */
async function arrangeBuilt(environment, program) {
  const { name, version } = program;
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'live-ci', `${name}-${version}`);
  const binary = join(folder, name);
  if (existsSync(binary)) {
    say(`[${name}] ${version}: already built, in ${folder}`);
    return { folder };
  }
  if (!ask('go', ['version'], environment)) {
    const missing = `${name} ${version} can't be had: neither it nor Go, which builds it, is on the PATH. Install one of them and run this again.`;
    return { folder, missing };
  }
  try {
    await locked(folder, async () => existsSync(binary) || (await build(environment, program, binary)));
    return { folder };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { folder, missing: error.message };
  }
}

async function build(environment, program, binary) {
  const { name, version, flags, takes } = program;
  say(`[${name}] ${version}: building with Go (${takes}, once on this machine)`);
  mkdirSync(dirname(binary), { recursive: true });
  const partial = `${binary}.${process.pid}.partial`;
  const env = { ...environment, GOWORK: 'off', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' };
  const advice = `Check that the Go module proxy can be reached, or put ${name} on the PATH, and run this again.`;
  const cwd = program.directory ?? (await sourceOf(program, dirname(binary), env, advice));
  const ldflags = ['-s', '-w', ...flags].join(' ');
  const words = ['build', '-mod=readonly', '-trimpath', '-ldflags', ldflags, '-o', partial, program.package];
  await run(`building ${name}`, advice, 'go', words, { cwd, env });
  renameSync(partial, binary);
}

/** Where Go keeps the module's source: `go install` would refuse a module that replaces others, and a build in its own source doesn't. */
async function sourceOf({ name, version, module, sum }, cwd, env, advice) {
  const words = ['mod', 'download', '-json', `${module}@${version}`];
  const said = await run(`downloading ${name}`, advice, 'go', words, { cwd, env });
  const { Dir: directory, Sum: found } = JSON.parse(said.slice(said.indexOf('{')));
  if (found === sum) return directory;
  throw new SetupError(
    `${module}@${version} has the digest ${found}, and ${sum} was expected: what the module proxy sends is not what was released.`,
  );
}
