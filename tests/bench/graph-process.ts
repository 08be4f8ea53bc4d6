/** One cold process of the benchmark: the graph of the directory given, on standard output. */
import { configSchema } from '../../src/config/schema.ts';
import { discoverGraph } from '../../src/discovery/graph.ts';

const [directory = '.', commit] = process.argv.slice(2);
const units = await discoverGraph(directory, { config: configSchema.parse({}), commit });
process.stdout.write(JSON.stringify(units.map(({ path, dependencies }) => ({ path, dependencies }))));
