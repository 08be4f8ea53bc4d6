/** Takes away what self tests leave: this one's, and that of one that was cut off. */
import { paginateListExecutions, type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { selfTestFolder, selfTestPrefix } from './world.ts';

/** Everything in them lies by a delivery's id. */
const folders = ['deliveries/', 'plans/', 'applies/', 'requests/', 'votes/', 'approvals/'];

/** Where the definition is kept of a pipeline that has delivered nothing yet, until the last self test has put it back. */
export const keptDefinition = `${selfTestFolder}definition.json`;

/**
 * Stops deliveries of self tests that run, and removes every object of any self test. Older versions of the objects stay, as everywhere in the
 * bucket, until its lifecycle removes them.
 * @param pipeline ARN of the state machine
 * @returns how many deliveries were stopped, and how many objects removed
 */
export async function clean(bucket: Bucket, client: SFNClient, pipeline: string) {
  const stopped = await stopDeliveries(client, pipeline);
  const prefixes = [...folders.map((folder) => `${folder}${selfTestPrefix}`), selfTestFolder];
  const keys = (await Promise.all(prefixes.map((prefix) => bucket.list(prefix)))).flat();
  const made = keys.filter((key) => key !== keptDefinition);
  await atMost(bucketRequests, made, (key) => bucket.remove(key));
  return { stopped, removed: made.length };
}

async function stopDeliveries(client: SFNClient, stateMachineArn: string): Promise<number> {
  let stopped = 0;
  for await (const { executions = [] } of paginateListExecutions(
    { client },
    { stateMachineArn, statusFilter: 'RUNNING' },
  ))
    for (const { executionArn, name = '' } of executions) {
      if (!name.startsWith(selfTestPrefix)) continue;
      await client.send(new StopExecutionCommand({ executionArn, cause: 'The self test is over' }));
      stopped++;
    }
  return stopped;
}
