/** The crash matrix of all handlers. */
import { crashMatrix, scenarios, type Try } from './crash-matrix.ts';
import { withSyncScenarios } from './sync-scenario.ts';

export async function wholeMatrix(): Promise<Try[]> {
  const inMemory = await crashMatrix(scenarios);
  const sync = await withSyncScenarios(crashMatrix);
  return [...inMemory, ...sync];
}
