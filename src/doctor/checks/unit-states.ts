/**
 * Whether plans may read the states of the units in this checkout, and lock them: IAM is asked what the role may do (IAM API:
 * SimulatePrincipalPolicy), without touching a state. Only of states in S3, and of roles in the account that is deployed to.
 */
import { type EvaluationResult, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { environmentFinder, unitSettings } from '../../config/environments.ts';
import { deployedResources } from '../../deployment/stack.ts';
import type { Target } from '../../deployment/target.ts';
import { discoverGraph } from '../../discovery/graph.ts';
import { messageOf } from '../../errors.ts';
import { named } from '../../named.ts';
import { type Check, type Finding, right, unknown, wrong } from '../check.ts';

/** Of one role: more resources in one question take long to answer. */
const mostStates = 40;

interface StateOfUnit {
  unit: string;
  /** `<bucket>/<key>` */
  object: string;
}

export const unitStates: Check = {
  name: "units' states",
  async look(target) {
    const states = await statesHere(target);
    if (typeof states === 'string') return unknown(states);
    if (states.length === 0) return unknown('no unit here keeps its state in S3, and of others nobody can ask');
    const own = (await deployedResources(target, 'AWS::IAM::Role')).get('PlanRole');
    const account = await target.accountId();
    const environmentOf = environmentFinder(target.config.environments);
    const roleOf = ({ unit }: StateOfUnit) =>
      unitSettings(environmentOf(unit), target.config).planRoleArn ?? (own && `arn:aws:iam::${account}:role/${own}`);
    const byRole = Map.groupBy(states, roleOf);
    const found: Finding[] = [];
    for (const [role, ofRole] of byRole) {
      if (role === undefined)
        found.push(unknown('the role of plans is not there yet; look again after the deployment'));
      else if (role.split(':')[4] !== account) found.push(unknown(`${role} is in another account; ask there`));
      else found.push(...(await judge(role, ofRole.slice(0, mostStates), target)));
    }
    return found;
  },
};

async function statesHere({ config }: Target): Promise<StateOfUnit[] | string> {
  try {
    const units = await discoverGraph('.', { config });
    return units.flatMap(({ path, states }) =>
      (states?.writes ?? []).flatMap((state) => {
        const [, bucket, key] = /^s3 bucket=(\S+) key=(\S+)/.exec(state) ?? [];
        return bucket === undefined || key === undefined ? [] : [{ unit: path, object: `${bucket}/${key}` }];
      }),
    );
  } catch (error) {
    return `the units can't be looked at here: ${messageOf(error)} Run this in a checkout of the live repository`;
  }
}

async function judge(role: string, states: readonly StateOfUnit[], target: Target): Promise<Finding[]> {
  const iam = await target.client(IAMClient);
  const ask = async (actions: string[], suffix: string) => {
    const resources = states.map(({ object }) => `arn:aws:s3:::${object}${suffix}`);
    const { EvaluationResults = [] } = await iam.send(
      new SimulatePrincipalPolicyCommand({ PolicySourceArn: role, ActionNames: actions, ResourceArns: resources }),
    );
    const refused = new Set(EvaluationResults.flatMap(refusedResources));
    return states.filter((_, index) => refused.has(resources[index] ?? '')).map(({ unit }) => unit);
  };
  const unread = await ask(['s3:GetObject'], '');
  const unlocked = await ask(['s3:PutObject', 's3:DeleteObject'], '.tflock');
  const found = [
    ...(unread.length > 0
      ? [wrong(`${role} may not read the state of ${named(unread)}: give it s3:GetObject there (roles.plan)`)]
      : []),
    ...(unlocked.length > 0
      ? [
          wrong(
            `${role} may not lock the state of ${named(unlocked)}: with use_lockfile it needs s3:PutObject and s3:DeleteObject on <key>.tflock (docs/deploy.md)`,
          ),
        ]
      : []),
  ];
  return found.length > 0
    ? found
    : [right(`${role} may read and lock those of ${named(states.map(({ unit }) => unit))}`)];
}

/** A result is of one resource, or of several, each with its own decision (IAM API: EvaluationResult). */
function refusedResources({
  EvalDecision,
  EvalResourceName,
  ResourceSpecificResults = [],
}: EvaluationResult): string[] {
  if (ResourceSpecificResults.length === 0) return EvalDecision === 'allowed' ? [] : [EvalResourceName ?? ''];
  return ResourceSpecificResults.filter(({ EvalResourceDecision }) => EvalResourceDecision !== 'allowed').map(
    ({ EvalResourceName: name = '' }) => name,
  );
}
