/** Packages the Lambdas: each is a file that was built with the package, and the settings that are deployed beside it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { deployedSettingsFile } from '../config/deployed-settings-file.ts';
import { sameBytes } from './zipped.ts';

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
      zipSync(
        { [file]: readFileSync(join(built, file)), [join(dirname(file), deployedSettingsFile)]: settings },
        sameBytes,
      ),
    );
    one.package = { ...one.package, artifact };
  }
}
