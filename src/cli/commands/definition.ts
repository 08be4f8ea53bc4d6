import { choosePipeline } from '../../../statemachine/choose-pipeline.ts';
import type { Settings } from '../../../statemachine/settings.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { nothingApplied } from '../../delivery/applied.ts';
import { pipelineSettings } from '../../delivery/deployment.ts';
import { prepareDelivery } from '../../delivery/prepare.ts';
import { describeChangeSet } from '../../queue/change-set.ts';
import { baseOf } from '../base-option.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { typedIn } from '../discovery-settings.ts';
import { print } from '../print.ts';

export async function definition(input: CommandInput): Promise<number> {
  const directory = input.positionals[0] ?? '.';
  const config = typedIn(loadConfig(directory), input);
  const head = text(input, 'head') ?? 'HEAD';
  const base = await baseOf(input, { directory, head, branch: config.branch });
  const changeSet = await describeChangeSet(directory, { base, head, sequence: 1 }, { config, now: () => new Date() });
  const delivery = prepareDelivery(changeSet, nothingApplied, [], config);
  const { definition: machine } = choosePipeline(delivery, placeholders(config));
  if (flag(input, 'mermaid')) {
    const { picture } = await import('../../../statemachine/picture.ts');
    print(picture(machine));
    // As it is published: indented, a large one would be over what the console takes.
  } else print(JSON.stringify(machine));
  return 0;
}

/** What the stack would fill in. */
function placeholders(config: Config): Settings {
  const name = (service: string, what: string) =>
    `arn:aws:${service}:${config.region}:${config.accountId}:${what.replace('*', 'live-ci-production')}`;
  const environment = {
    LIVE_CI_BUILD_ARN: name('states', 'stateMachine:*-build'),
    LIVE_CI_REQUEST_APPROVAL: name('lambda', 'function:*-request-approval'),
    LIVE_CI_FINISH: name('lambda', 'function:*-finish'),
    LIVE_CI_NEXT_GROUP: name('lambda', 'function:*-next-group'),
    LIVE_CI_BUCKET: `live-ci-production-artifacts-${config.accountId}-${config.region}`,
    LIVE_CI_UNITS_AT_ONCE: '300',
  };
  return pipelineSettings(environment, config);
}
