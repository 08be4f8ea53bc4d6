/** The calls that each role makes: those of the scenarios in memory, and those that were recorded on the emulator. */
import { executionArn, machineArn, type Template } from './cloud-formation.ts';
import { scenarios } from './crash-matrix.ts';
import type { Made } from './faults.ts';
import type { RoleCall } from './held-pipeline.ts';
import type { Call } from './iam.ts';
import { deadLetterUrl } from './memory-fifo.ts';
import { rareCalls } from './rare-stories.ts';
import { withSyncScenarios } from './sync-scenario.ts';

/** The roles under which the processes of the scenarios in memory run; what people do at a command line has none of them. */
const roleOf: Record<string, string> = {
  enqueue: 'EnqueueRole',
  poll: 'PollRole',
  'request-approval': 'RequestApprovalRole',
  decide: 'DecideRole',
  finish: 'FinishRole',
  'next-group': 'NextGroupRole',
  page: 'PageRole',
  sync: 'EnqueueRole',
};

/** The scenarios of the crash matrix, without faults, and what is rarer. */
export async function callsInMemory(template: Template): Promise<Call[]> {
  const made: Made[] = await rareCalls();
  for (const scenario of scenarios) made.push(...(await scenario.play()).made);
  await withSyncScenarios(async (all) => {
    for (const scenario of all) made.push(...(await scenario.play()).made);
  });
  return different(made.flatMap((one) => asCalls(one, template)));
}

/** What the roles of the stack on the emulator called; the names there are those of its stage. */
export function callsOnEmulator(recorded: readonly RoleCall[], template: Template): Call[] {
  const [, stage] = /^arn:aws:s3:::live-ci-([^-]+)-/.exec(template.arn('ArtifactBucket')) ?? [];
  // There, local-runner runs the builds.
  const calls = recorded.filter(
    ({ role, resource }) => template.resources[role] && !resource.endsWith('-local-runner'),
  );
  return different(
    calls.map(({ role, action, resource }) => ({
      role,
      action,
      resource: resource.replaceAll('live-ci-local', `live-ci-${stage}`),
    })),
  );
}

export function different(calls: readonly Call[]): Call[] {
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

function asCalls({ handler, name, on, token }: Made, template: Template): Call[] {
  const role = roleOf[handler];
  const [service, operation = ''] = name.split(':');
  if (role === undefined || service === undefined || service.startsWith('git')) return [];
  const resource = { s3: onBucket, sqs: onQueue, states: onMachine }[service];
  if (!resource) return [];
  return [{ role, action: actionOf(name), resource: resource(template, operation, on, token) }];
}

/** Where the API's operation has another name than the permission (Service Authorization Reference, Amazon S3). */
const actions: Record<string, string> = { 's3:HeadObject': 's3:GetObject', 's3:ListObjectsV2': 's3:ListBucket' };
const actionOf = (name: string) => actions[name] ?? name;

function onBucket(template: Template, operation: string, on: string): string {
  const bucket = template.arn('ArtifactBucket');
  return operation === 'ListObjectsV2' ? bucket : `${bucket}/${on}`;
}

function onQueue(template: Template, _: string, on: string): string {
  return template.arn(on === 'dead letters' || on === deadLetterUrl ? 'DeadLetterQueue' : 'Queue');
}

/** What is done with a version is done on its state machine (Step Functions guide, Authorization for versions and aliases). */
function onMachine(template: Template, operation: string, on: string, token?: string): string {
  const pipeline = machineArn(template, 'pipeline');
  if (operation === 'ValidateStateMachineDefinition') return '*';
  if (operation === 'DescribeExecution') return executionArn(pipeline, on || 'delivery');
  // Approvals wait in an execution of `build`, the rollback question in one of the pipeline.
  if (token !== undefined && !token.startsWith('token of rollback')) return machineArn(template, 'build');
  return pipeline;
}
