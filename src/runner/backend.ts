/** Where a unit's state is kept: it must outlive the checkout. */
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import * as z from 'zod';
import { RunError } from '../errors.ts';

/** What `init` leaves in the data directory about the backend; nothing when there is none. */
const initializedSchema = z.object({
  backend: z.object({ type: z.string(), config: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});

/**
 * @param checkout the checkout's directory, absolute
 * @param workingDirectory where the tool was initialized, absolute
 * @throws RunError when the state lies inside of the checkout
 */
export async function requireLastingState(unit: string, checkout: string, workingDirectory: string): Promise<void> {
  const backend = await initializedBackend(workingDirectory);
  if (backend !== undefined && backend.type !== 'local') return;
  const path = backend?.config?.path;
  const state = resolve(workingDirectory, typeof path === 'string' ? path : 'terraform.tfstate');
  const below = relative(checkout, state);
  if (below === '..' || below.startsWith(`..${sep}`)) return;
  throw new RunError(
    `${unit} keeps its state inside its own directory (${below.split(sep).at(-1)}), which is gone after this run; configure a backend for it (a "backend" block in Terraform and OpenTofu, "remote_state" in Terragrunt) that keeps the state elsewhere.`,
  );
}

async function initializedBackend(workingDirectory: string) {
  const file = join(workingDirectory, '.terraform', 'terraform.tfstate');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (initializedSchema.parse(JSON.parse(text)).backend ?? undefined);
}
