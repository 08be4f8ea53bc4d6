import { billBuilds } from './billed-builds.ts';
import { billDeliveries } from './billed-deliveries.ts';

console.dir(await billDeliveries(await billBuilds()), { depth: 5 });
