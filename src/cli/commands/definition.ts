import { buildPipeline } from '../../../statemachine/pipeline.ts';
import type { Settings } from '../../../statemachine/settings.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { nothingApplied } from '../../delivery/applied.ts';
import { prepareDelivery } from '../../delivery/prepare.ts';
import { describeChangeSet } from '../../queue/change-set.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { print, printJson } from '../print.ts';

export async function definition(input: CommandInput): Promise<number> {
  const directory = input.positionals[0] ?? '.';
  const config = loadConfig(directory);
  const changeSet = await describeChangeSet(
    directory,
    { base: text(input, 'base') ?? null, head: text(input, 'head') ?? 'HEAD', sequence: 1 },
    { config, now: () => new Date() },
  );
  const delivery = prepareDelivery(changeSet, nothingApplied, [], config);
  const machine = buildPipeline(delivery, placeholders(config));
  if (flag(input, 'mermaid')) {
    const { picture } = await import('../../../statemachine/picture.ts');
    print(picture(machine));
  } else printJson(machine);
  return 0;
}

/** What the stack would fill in. */
function placeholders({ timeouts, accountId, region }: Config): Settings {
  const name = (what: string) => `arn:aws:lambda:${region}:${accountId}:function:live-ci-production-${what}`;
  const apply = 'live-ci-production-apply';
  return {
    executor: {
      kind: 'codebuild',
      projects: {
        plan: 'live-ci-production-plan',
        apply,
        destroy: apply,
        rollback: apply,
        sync: 'live-ci-production-enqueue',
      },
    },
    requestApproval: name('request-approval'),
    finish: name('finish'),
    nextGroup: name('next-group'),
    bucket: `live-ci-production-artifacts-${accountId}-${region}`,
    unitsAtOnce: 1000,
    planSeconds: timeouts.planMinutes * 60,
    applySeconds: timeouts.applyMinutes * 60,
    approvalSeconds: Math.ceil(timeouts.approvalHours * 3600),
  };
}
