/**
 * Bundles the command line into dist/. Commands load what they need when they run (code splitting), so that `--help` is
 * there at once. Files are replaced whole and the entry last: a build never disturbs a command that is running.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, 'dist');
const entry = 'live-ci.js';
const hour = 3_600_000;

const { outputFiles } = await build({
  entryPoints: [{ in: join(import.meta.dirname, 'src/cli/main.ts'), out: 'live-ci' }],
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  mainFields: ['module', 'main'],
  minifySyntax: true,
  legalComments: 'none',
  chunkNames: 'chunk-[hash]',
  banner: {
    js: 'import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);',
  },
  write: false,
  logLevel: 'warning',
});

mkdirSync(dist, { recursive: true });
const isEntry = (file) => basename(file.path) === entry;
for (const file of outputFiles.sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
  const shebang = isEntry(file) ? '#!/usr/bin/env node\n' : '';
  write(basename(file.path), file.text.startsWith('#!') ? file.text : shebang + file.text);
}
const current = new Set(outputFiles.map((file) => basename(file.path)));
for (const name of readdirSync(dist)) {
  // A command that was started before may still load its chunks.
  const path = join(dist, name);
  if (!current.has(name) && Date.now() - statSync(path).mtimeMs > hour) rmSync(path, { force: true });
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
