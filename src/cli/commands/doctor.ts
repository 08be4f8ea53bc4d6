import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { loadConfig } from '../../config/load.ts';
import { namesOf } from '../../deployment/names.ts';
import { deployedOutputs } from '../../deployment/stack.ts';
import type { Target } from '../../deployment/target.ts';
import { type Check, type Line, lookAt, troubleOf, type Verdict } from '../../doctor/check.ts';
import { beforeDeploying, beside, onceDeployed } from '../../doctor/checks.ts';
import { UsageError } from '../../errors.ts';
import { plain } from '../../plain-text.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { type Colour, coloured, print, printJson } from '../print.ts';
import { nowLine } from '../progress.ts';

const signs: Record<Verdict, [string, Colour]> = {
  right: ['✔', 'green'],
  wrong: ['✘', 'red'],
  unknown: ['?', 'yellow'],
};

/** Exit code 1 when something is wrong; what nobody could look at is no failure. */
export async function doctor(input: CommandInput): Promise<number> {
  const stage = text(input, 'stage');
  if (stage === undefined)
    throw new UsageError('Say which stage: live-ci doctor --stage NAME, as in serverless deploy --stage NAME.');
  const target = targetOf(stage);
  const json = flag(input, 'json');
  const line = nowLine();
  const lines: Line[] = [];
  const show = (found: readonly Line[]) => {
    lines.push(...found);
    if (!json) print(...found.map(shown));
  };
  const look = async (checks: readonly Check[]) => {
    const found = await lookAt(checks, target, line.show);
    line.clear();
    show(found);
  };
  await look(beforeDeploying);
  await look(beside);
  const outputs = await deployedOutputs(target).catch(troubleOf);
  const deployed = outputs !== undefined && !('verdict' in outputs);
  if (deployed) await look(onceDeployed);
  else if (outputs !== undefined) show([{ check: 'stack', ...outputs }]);
  else if (!json)
    print(coloured('dim', `There is no stack ${target.stackName} yet, so nothing more can be looked at.`));
  const count = (verdict: Verdict) => lines.filter((one) => one.verdict === verdict).length;
  const [bad, open] = [count('wrong'), count('unknown')];
  if (json) printJson({ stack: target.stackName, deployed, checks: lines });
  else print(`${lines.length - bad - open} right, ${bad} wrong, ${open} to look at`);
  return bad > 0 ? 1 : 0;
}

function shown({ check, verdict, says }: Line): string {
  const [sign, colour] = signs[verdict];
  return `${coloured(colour, sign)} ${check}: ${plain(says)}`;
}

/** As `serverless deploy --stage NAME` deploys from this directory, with the keys of this shell. */
function targetOf(stage: string): Target {
  const config = loadConfig(process.cwd());
  const stackName = `live-ci-${stage}`;
  const client: Target['client'] = async (Client) => new Client({ region: config.region });
  return {
    config,
    stackName,
    names: namesOf(config, stackName),
    region: config.region,
    accountId: async () => (await (await client(STSClient)).send(new GetCallerIdentityCommand({}))).Account ?? '',
    client,
    say: () => {},
  };
}
