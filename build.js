/**
 * Bundles the command line, the Lambdas, and what serverless.yml asks for, into dist/. Commands load what they need when they run (code splitting), so that `--help` is
 * there at once. Files are replaced whole and the entry last: a build never disturbs a command that is running.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, 'dist');
const entry = 'live-ci.js';
const hour = 3_600_000;

/** Caches are named by it: another program might find other things. */
function sourcesDigest() {
  const hash = createHash('sha256').update(readFileSync(join(import.meta.dirname, 'package-lock.json')));
  for (const folder of ['src', 'statemachine'])
    for (const file of readdirSync(join(import.meta.dirname, folder), { recursive: true }).sort())
      if (file.endsWith('.ts')) hash.update(`${file}\0`).update(readFileSync(join(import.meta.dirname, folder, file)));
  return hash.digest('hex').slice(0, 16);
}

const shared = {
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  minifySyntax: true,
  legalComments: 'none',
  write: false,
  logLevel: 'warning',
};

const commandLine = build({
  ...shared,
  entryPoints: [{ in: join(import.meta.dirname, 'src/cli/main.ts'), out: 'live-ci' }],
  splitting: true,
  format: 'esm',
  chunkNames: 'chunk-[hash]',
  banner: {
    js: 'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);',
  },
  define: { LIVE_CI_BUILD: JSON.stringify(sourcesDigest()) },
});
const deployment = build({
  ...shared,
  entryPoints: [{ in: join(import.meta.dirname, 'src/deployment/main.ts'), out: 'deployment' }],
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
});
// A package's ES modules, where it has them: what a Lambda doesn't call is left out of them, and of CommonJS it isn't.
const lambdas = build({
  ...shared,
  outbase: import.meta.dirname,
  entryPoints: readdirSync(join(import.meta.dirname, 'handlers'))
    .filter((file) =>
      readFileSync(join(import.meta.dirname, 'handlers', file), 'utf8').includes('export const handler'),
    )
    .map((file) => join(import.meta.dirname, 'handlers', file)),
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  target: 'node24',
  minify: true,
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
const outputFiles = (await Promise.all([commandLine, deployment, lambdas])).flatMap((built) => built.outputFiles);

mkdirSync(join(dist, 'handlers'), { recursive: true });
const isEntry = (file) => basename(file.path) === entry;
for (const file of outputFiles.sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
  const shebang = isEntry(file) && !file.text.startsWith('#!') ? '#!/usr/bin/env node\n' : '';
  write(relative(dist, file.path), shebang + file.text);
}
// A command that was started before may still load its chunks; a package holds what belongs to it.
const kept = process.env.npm_lifecycle_event === 'prepare' ? 0 : hour;
const current = new Set(outputFiles.map((file) => relative(dist, file.path)));
for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(file.parentPath, file.name);
  const old = () => Date.now() - statSync(path).mtimeMs > kept;
  if (file.isFile() && !current.has(relative(dist, path)) && old()) rmSync(path, { force: true });
}

function write(name, text) {
  const path = join(dist, name);
  if (name !== entry && contentOf(path) === text) return;
  const partial = `${path}.${process.pid}.partial`;
  writeFileSync(partial, text, { mode: 0o755 });
  renameSync(partial, path);
}

function contentOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
