/** A program of the benchmarks in one file, as a Lambda is bundled, so that a cold process has little else to do than its work. */
import { join } from 'node:path';
import { build } from 'esbuild';

/** @param entry in this directory */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, entry)],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    outfile,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}
