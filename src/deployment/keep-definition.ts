/**
 * The template has the idle definition, for a pipeline that has delivered nothing yet. Each delivery puts its own into the state machine, so
 * from then on a deployment takes the one that is there: the console goes on showing the delivery that runs, or ran last. What runs
 * would not be stopped by another one: an execution runs the version that was published for it, and versions are never changed.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { S3Bucket } from '../aws/bucket.ts';
import { shownDefinition } from '../delivery/shown-definition.ts';
import { UsageError } from '../errors.ts';
import { deployedOutputs } from './stack.ts';
import type { Target, Template } from './target.ts';

/**
 * The template with the definition of the delivery that runs or ran last, which lies in the artifact bucket: it may have 1 MB, as much as
 * the whole template.
 * @throws UsageError when what the delivery that runs calls would be gone.
 */
export async function keepDefinition<T extends Template>(template: T, target: Target): Promise<T> {
  const outputs = await deployedOutputs(target);
  if (!outputs?.LIVE_CI_BUCKET) return template;
  const bucket = new S3Bucket(await target.client(S3Client), outputs.LIVE_CI_BUCKET);
  const shown = await shownDefinition(bucket);
  if (shown === undefined) return template;
  if (shown.runs) expectCallable(shown.delivery, shown.definition, Object.values(target.names));
  return withDefinition(template, target.names.pipeline, { Bucket: outputs.LIVE_CI_BUCKET, Key: shown.key });
}

/** A definition calls functions and the state machine `build` by their names, and a version of it can't learn new ones. */
function expectCallable(delivery: string, definition: string, names: readonly (string | null)[]): void {
  const called = [...definition.matchAll(/"FunctionName":"([^"]+)"|:stateMachine:([^":]+)"/g)].map(
    ([, lambda, machine]) => lambda ?? machine ?? '',
  );
  const gone = [...new Set(called)].filter((name) => !names.includes(name));
  if (gone.length > 0)
    throw new UsageError(
      `Delivery ${delivery} runs, and calls what would have another name now: ${gone.join(', ')}. Deploy when it has ended, or leave the names as they are.`,
    );
}

/** Pure. */
export function withDefinition<T extends Template>(
  template: T,
  stateMachine: string,
  location: { Bucket: string; Key: string },
): T {
  const Resources = Object.entries(template.Resources).map(([id, resource]) => {
    if (resource.Properties?.StateMachineName !== stateMachine) return [id, resource];
    const { DefinitionString: _idle, ...Properties } = resource.Properties;
    return [id, { ...resource, Properties: { ...Properties, DefinitionS3Location: location } }];
  });
  return { ...template, Resources: Object.fromEntries(Resources) };
}
