/** Packages the Lambdas: each is a file that was built with the package, and the settings that are deployed beside it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';

/** The same files make the same bytes: no time and no user is in a zip. Unix, and a file that everybody may read: Lambda runs as somebody else. */
const zipped = { level: 9, mtime: '1980-01-01T00:00:00', os: 3, attrs: 0o100644 << 16 } as const;

/** A function as the framework has it. */
export interface PackagedFunction {
  handler?: string;
  package?: { artifact?: string };
}

/**
 * A service's own functions are left to the framework.
 * @param built where `handlers/poll.mjs` is for the handler `handlers/poll.handler`.
 */
export function packageFunctions(
  functions: Record<string, PackagedFunction>,
  { built, serviceDir, said }: { built: string; serviceDir: string; said: unknown },
): void {
  for (const [name, one] of Object.entries(functions)) {
    const file = one.handler?.replace(/\.handler$/, '.mjs');
    if (!file || !existsSync(join(built, file))) continue;
    const artifact = join(serviceDir, '.serverless', `${name}.zip`);
    mkdirSync(dirname(artifact), { recursive: true });
    const settings = Buffer.from(JSON.stringify(said));
    writeFileSync(
      artifact,
      zipSync({ [file]: readFileSync(join(built, file)), [join(dirname(file), 'settings.json')]: settings }, zipped),
    );
    one.package = { ...one.package, artifact };
  }
}
