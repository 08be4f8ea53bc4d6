/** The change sets of a repository's commits, each against its first parent. */
import { execFileSync } from 'node:child_process';
import { configSchema } from '../../src/config/schema.ts';
import { selectUnits } from '../../src/discovery/select.ts';
import { discoverTouched } from '../../src/discovery/touched.ts';
import type { Order } from '../../statemachine/nesting/unit-graph.ts';

export interface History {
  commits: number;
  /** Commits that discovery refuses, mostly for HCL that does not parse or a dependency that is not there. */
  refused: number;
  /** Units of the repository, at most. */
  units: number;
  /** Of commits that concern at least three units. */
  orders: Order[];
}

/** @param directory may be a bare repository. @param most newest commits that are looked at */
export async function changeSetsOf(directory: string, most: number): Promise<History> {
  const list = ['-C', directory, 'rev-list', '--first-parent', '--parents', `--max-count=${most}`, 'HEAD'];
  const commits = execFileSync('git', list, { encoding: 'utf8' }).trim().split('\n');
  const history: History = { commits: commits.length, refused: 0, units: 0, orders: [] };
  for (const line of commits) {
    const [head = '', base = null] = line.split(' ');
    try {
      const { order, units } = await changeSetOf(directory, base, head);
      history.units = Math.max(history.units, units);
      if (order.size >= 3) history.orders.push(order);
    } catch {
      history.refused++;
    }
  }
  return history;
}

const config = configSchema.parse({});

async function changeSetOf(directory: string, base: string | null, head: string) {
  const { touched, graph } = await discoverTouched(directory, { base, head, config, environment: {} });
  const units = selectUnits({ graph, touched, carried: [], appliedCommit: () => null, config });
  return { order: new Map(units.map(({ path, after }) => [path, after])), units: graph.length };
}
