/** The commands of `live-ci`, in the order in which `--help` lists them. Each loads its own module when it is run. */
import { caseNames } from '../selftest/cases.ts';
import type { Command, Option } from './command.ts';

const json: Option = { type: 'boolean', help: 'print JSON, for programs' };
const base: Option = {
  type: 'string',
  value: 'REV',
  help: 'the commit to compare with, or none for the empty tree (default: what was pushed last to live-ci, else the commit before)',
};
const head: Option = { type: 'string', value: 'REV', help: 'the commit to deliver (default HEAD)' };
const noCache: Option = {
  type: 'boolean',
  help: 'read every file anew (default: units that nothing has changed for are taken from the cache)',
};
const ask: Option = {
  type: 'boolean',
  help: "ask the terragrunt on the PATH what can't be known from the files; it runs what they run",
};
const strict: Option = { type: 'boolean', help: "exit with 1 when a unit can't be understood" };
const stage: Option = {
  type: 'string',
  value: 'NAME',
  help: 'the deployed stage (default: the local stack, or LIVE_CI_* variables)',
};
const yes: Option = { type: 'boolean', short: 'y', help: 'do not ask' };
const delivery: Option = {
  type: 'string',
  value: 'ID',
  help: 'the delivery: its id, the beginning of it, or its commit (default: the one that runs)',
};
const comment: Option = { type: 'string', value: 'TEXT', help: 'kept with the decision' };

export const commands: Record<string, Command> = {
  graph: {
    summary: 'show the units of a repository and what depends on what',
    usage: '[DIR] [--why] [--json | --mermaid]',
    details: 'Works in any git repository, without a configuration and without the network.',
    options: {
      json,
      why: { type: 'boolean', help: 'show in which file and line each dependency is stated' },
      mermaid: { type: 'boolean', help: 'print a Mermaid flowchart' },
      commit: { type: 'string', value: 'REV', help: 'at that commit (default: the files as they are)' },
      strict,
      ask,
      'no-cache': noCache,
    },
    arguments: 1,
    run: async () => (await import('./commands/graph.ts')).graph,
  },
  changes: {
    summary: 'show what a commit would deliver, and why',
    usage: '[--base REV] [--head REV] [DIR] [--json]',
    details:
      "Each unit with its change (added, modified, deleted, dependency, dependent) and the reasons for it. One that can't be understood has its\nerror: it would fail, what depends on it would be cancelled, and everything else would be delivered.",
    options: {
      base,
      head,
      json,
      verbose: { type: 'boolean', help: 'list changed files that no unit reads, too' },
      strict,
      ask,
      'no-cache': noCache,
    },
    arguments: 1,
    run: async () => (await import('./commands/changes.ts')).changes,
  },
  definition: {
    summary: 'print the state machine that a commit would become',
    usage: '[--base REV] [--head REV] [DIR]',
    details: 'The definition in the Amazon States Language, valid as it stands. Names of functions are placeholders.',
    options: { base, head, ask, mermaid: { type: 'boolean', help: 'print its states as a Mermaid flowchart' } },
    arguments: 1,
    run: async () => (await import('./commands/definition.ts')).definition,
  },
  status: {
    summary: 'show the queue, the delivery and what every unit is doing',
    usage: '[DELIVERY] [--watch] [--json]',
    details:
      'Of the delivery that runs or is halted, else of the last one; or of the one that is named, by its id, the beginning of it, or its commit,\nas git calls it. --json tells every decision, too: who gave it, when and through which door.',
    options: {
      json,
      stage,
      watch: {
        type: 'boolean',
        short: 'w',
        help: 'again every two seconds, until it has ended and nothing waits that goes on by itself',
      },
    },
    arguments: 1,
    run: async () => (await import('./commands/status.ts')).showStatus,
  },
  plan: {
    summary: 'print the plan of a unit that waits for approval',
    usage: 'UNIT [--delivery ID] [--json]',
    details:
      'The plan that will be applied when it is approved, as Terraform prints it; and below it, its SHA-256, for live-ci approve --plan.',
    options: { delivery, stage, json },
    arguments: 1,
    run: async () => (await import('./commands/plan.ts')).plan,
  },
  log: {
    summary: "print what a unit's last build said",
    usage: 'UNIT [--step plan|apply|destroy|rollback] [--delivery ID]',
    details:
      'Of the build that failed as well; of one that died, what it had said by then. Without --delivery it is the newest delivery that has the\nunit, and of a unit that is left open the newest build of it that failed. Which it is stands beside the log, on standard error.',
    options: {
      step: { type: 'string', value: 'STEP', help: 'the build of that step (default: the last one)' },
      delivery,
      stage,
    },
    arguments: 1,
    run: async () => (await import('./commands/log.ts')).log,
  },
  approve: {
    summary: "approve a unit's plan",
    usage: 'UNIT … [--plan SHA | --yes] [--delivery ID] [--comment TEXT]',
    details:
      'Prints what the plan does, with all that it destroys, and asks in a terminal. The very plan that was printed is applied: when there is\nanother one by the time of the decision, that is refused. UNIT is as live-ci status prints it, as a shell completes it, or the end of it.',
    options: {
      plan: {
        type: 'string',
        value: 'SHA',
        help: 'approve this plan and no other, without asking; live-ci plan prints its SHA-256',
      },
      yes: { ...yes, help: 'do not ask: approve the plan that is printed' },
      delivery,
      comment,
      stage,
      json,
    },
    arguments: 1000,
    run: async () => (await import('./commands/decide.ts')).decide('approve'),
  },
  decline: {
    summary: "decline a unit's plan, or answer a delivery's rollback question",
    usage: '[UNIT] [--rollback CHOICE] [--unit UNIT …] [--yes]',
    details:
      'Without a unit it answers the rollback question of a delivery in which something failed. CHOICE is none (leave what is\napplied), current (the declined or failed unit), dependencies (and what it depends on), all, or selective (with --unit).\nWith one it prints what that would do, and asks in a terminal.',
    options: {
      rollback: { type: 'string', value: 'CHOICE', help: 'none, current, dependencies, all or selective' },
      unit: { type: 'string', multiple: true, value: 'UNIT', help: 'what to roll back, with selective; once for each' },
      units: { type: 'string', multiple: true, value: 'UNIT,…', help: 'the same, with commas between them' },
      yes,
      delivery,
      comment,
      stage,
      json,
    },
    arguments: 1,
    run: async () => (await import('./commands/decide.ts')).decide('decline'),
  },
  replan: {
    summary: 'ask for a new plan of a unit that waits for approval',
    usage: 'UNIT … [--delivery ID]',
    details: 'The plan that waits is dropped; the unit is planned again and asks again.',
    options: { delivery, comment, stage, json },
    arguments: 1000,
    run: async () => (await import('./commands/decide.ts')).decide('replan'),
  },
  reconsider: {
    summary: 'have units asked about again that were declined',
    usage: 'UNIT … [--json]',
    details:
      'A unit that was declined is not asked about again as long as its code and its plan are the same: it ends as declined. This forgets\nthe decline, and the next delivery asks. Nothing is approved by it.',
    options: { stage, json },
    arguments: 1000,
    run: async () => (await import('./commands/reconsider.ts')).reconsider,
  },
  link: {
    summary: 'print a link to the approval page, to be handed to an approver',
    usage: '[UNIT …] (--approver EMAIL | --view) [--delivery ID] [--json]',
    details:
      'For the units that are named, else for all that wait. Signed with the key in Parameter Store, which you need access to.',
    options: {
      view: { type: 'boolean', help: 'a link that only shows: whoever has it decides nothing' },
      approver: { type: 'string', value: 'EMAIL', help: 'whose link it is: what is decided with it counts as theirs' },
      delivery,
      stage,
      json,
    },
    arguments: 1000,
    run: async () => (await import('./commands/link.ts')).link,
  },
  cancel: {
    summary: 'stop the delivery that runs, between units, and choose what to roll back',
    usage: '[--delivery ID] [--comment TEXT] [--yes]',
    details:
      'What waits for an approver is taken back, and no plan and no apply begins any more. An apply that has begun is not stopped: it\ncomes to its end. Then the delivery asks what to roll back of what it has applied. Asks before it acts.',
    options: { delivery, comment, yes, stage, json },
    arguments: 0,
    run: async () => (await import('./commands/cancel.ts')).cancelDelivery,
  },
  queue: {
    summary: 'show what waits to be delivered, and what could not be',
    usage: '[--json]',
    details:
      'The delivery that runs or is halted, the change sets that wait, the units that are carried into the next delivery, and the dead\nletters with their reasons. From the artifact bucket; what SQS counts stands beside.',
    options: { json, stage },
    arguments: 0,
    run: async () => (await import('./commands/queue.ts')).showQueue,
  },
  retry: {
    summary: 'plan and ask again what did not end well',
    usage: '[--comment TEXT] [--yes]',
    details:
      'While a delivery waits for its rollback choice, the answer is that nothing is rolled back: what has failed or was declined is planned and asked\nabout again, and what was cancelled because of it goes on. Of a halted delivery it does what replay does, and of one that has ended the same\nfor its units that are still open. Shows them, and asks.',
    options: { comment, yes, stage, json },
    arguments: 0,
    run: async () => (await import('./commands/retry.ts')).retry,
  },
  replay: {
    summary: 'deliver a halted change set again, for the units still open; or dead letters',
    usage: '[--from-dead-letters [ID …]] [--yes]',
    details:
      'With --from-dead-letters the units of dead letters, all or those named, are put into the queue again, to be delivered as the newest\nenqueued commit has them. Run it in a clone of the repository when a change set is gone. Shows what it will do, and asks.',
    options: {
      'from-dead-letters': { type: 'boolean', help: 'bring back dead letters instead; live-ci queue lists them' },
      ask,
      yes,
      stage,
      json,
    },
    arguments: 1000,
    run: async () => (await import('./commands/halted.ts')).replayHalted,
  },
  skip: {
    summary: 'give a halted delivery up and let the queue go on',
    usage: '[--dead-letters ID …] [--yes]',
    details:
      'Its open units stay carried: the next delivery plans them. With --dead-letters the named dead letters are given up for good, and their\nunits stay as they are until a commit touches them again. Asks before it acts.',
    options: {
      'dead-letters': { type: 'boolean', help: 'give up dead letters instead; live-ci queue lists them' },
      yes,
      stage,
      json,
    },
    arguments: 1000,
    run: async () => (await import('./commands/halted.ts')).skipHalted,
  },
  baseline: {
    summary: 'record every unit as applied at a commit, without planning anything',
    usage: '[--head REV] [DIR] [--yes]',
    details: 'For a repository that is applied already: do it once, before the first push is delivered.',
    options: { head, ask, yes, stage, json },
    arguments: 1,
    run: async () => (await import('./commands/baseline.ts')).recordBaseline,
  },
  doctor: {
    summary: 'look whether AWS and GitHub are ready for a deployment, and whether one is well',
    usage: '--stage NAME [--json]',
    details:
      "Run it in the directory of live-ci.config.yml, before the first deployment and whenever something seems wrong. It reads and changes\nnothing. ✔ is right; ✘ is wrong, with what to do; ? is what your credentials may not see, or what may be right and may not. In a checkout of\nthe live repository it asks IAM, too, whether plans may read and lock the units' states.",
    options: { stage: { ...stage, help: 'the stage, as in serverless deploy --stage' }, json },
    arguments: 0,
    run: async () => (await import('./commands/doctor.ts')).doctor,
  },
  'rotate-key': {
    summary: 'sign links to the approval page with a new key',
    usage: '[--revoke] [--yes]',
    details:
      'Links that were sent before stay valid until they expire. With --revoke they are worthless within a minute, for when the key is known to\nsomebody who must not have it: approvers then need new ones. Asks before it acts.',
    options: {
      revoke: { type: 'boolean', help: 'drop the keys before, with all links that were signed with them' },
      yes,
      stage,
    },
    arguments: 0,
    run: async () => (await import('./commands/rotate-key.ts')).rotateKey,
  },
  selftest: {
    summary: 'try a deployed stack, without GitHub and without anything of yours',
    usage: '[CASE …] [--stage NAME] [--tool TOOL] [--json]',
    details: `Delivers units of its own through the state machines, functions and builds that are deployed, all cases side by side, or those that are named:
${caseNames.join(', ')}.
Says what happens while it runs. Then it prints for each case what came of it, the seconds of each phase of its builds on average, and in the end
what that cost. What is not as expected is told with the execution to look at, and ends it with 1.

Needs what an administrator may. The units are terraform_data, whose states lie in selftest/ of the artifact bucket; the pipeline's pointer and what is
applied stay as they are, and everything is removed in the end. Refused while a delivery runs; when one begins meanwhile, that goes on, and the
self test ends. One that was cut off is removed by the next. Of two at once the later one ends the earlier.

Try it before the first push:
  live-ci selftest --stage production
and after a change of roles or tools:
  live-ci selftest --stage production deliver roles`,
    options: {
      tool: {
        type: 'string',
        value: 'TOOL',
        help: 'terraform or opentofu, whichever your builds have (default terraform)',
      },
      stage,
      json,
    },
    arguments: 100,
    run: async () => (await import('./commands/selftest.ts')).selfTestDeployment,
  },
  enqueue: {
    summary: 'put a commit into the queue (what the webhook build and the hook do)',
    usage: '[--base REV] --head REV [--ref REF] [DIR]',
    details:
      'The change set starts at the last commit that was enqueued; --base counts only when there is none. With --remote the CodeBuild\nproject does it, and no checkout is needed: for a commit whose build failed or never came.',
    options: {
      base: { type: 'string', value: 'REV', help: 'the commit to start from, or none for the empty tree' },
      head,
      ref: {
        type: 'string',
        value: 'REF',
        help: 'the branch that was pushed: another than the delivered one is ignored',
      },
      event: {
        type: 'string',
        value: 'EVENT',
        help: 'the webhook event that started the build; an open pull request is shown, never enqueued',
      },
      trigger: { type: 'string', value: 'NAME', help: 'with --event: what it is about, such as pr/7' },
      target: { type: 'string', value: 'REF', help: 'with --event: the branch that a pull request goes to' },
      look: {
        type: 'boolean',
        help: 'where the delivered branch stands now, if a push to it was lost; nothing before the first push',
      },
      ask,
      stage,
      json,
      remote: { type: 'boolean', help: 'start the CodeBuild project that the webhook starts' },
    },
    arguments: 1,
    run: async () => (await import('./commands/enqueue.ts')).enqueueCommit,
  },
  run: {
    summary: 'plan, apply, roll back or destroy a unit, or sync the repository (what builds execute)',
    usage: 'plan|apply|rollback|destroy|sync --delivery ID [--unit PATH] [--plan SHA256]',
    details:
      'The checkout is the one that LIVE_CI_CHECKOUT names, or a clone of LIVE_CI_REPOSITORY_URL. Plan, text, log and result go to\nthe artifact bucket.',
    options: {
      delivery: { type: 'string', value: 'ID', help: 'the delivery' },
      unit: { type: 'string', value: 'PATH', help: 'the unit' },
      plan: { type: 'string', value: 'SHA256', help: 'the approved plan, with apply and destroy' },
      'result-file': { type: 'string', value: 'FILE', help: 'write the result there, as JSON' },
      stage,
    },
    arguments: 1,
    run: async () => (await import('./commands/run.ts')).runUnit,
  },
  config: {
    summary: 'check the configuration, or show what holds',
    usage: 'check|show|schema|reference [FILE] [--json]',
    details:
      'check tells every mistake in FILE with its line and column, and ends with 1 if there is one. show prints what holds, with the defaults.\nschema prints the JSON Schema for editors; reference the page docs/configuration.md. FILE is what LIVE_CI_CONFIG names, else\nlive-ci.config.yml in this directory.',
    options: { json },
    arguments: 2,
    run: async () => (await import('./commands/config.ts')).config,
  },
  local: {
    summary: 'start or stop a deployment on this machine',
    usage: 'up|down [--repository DIR]',
    details:
      'up starts an AWS emulator, deploys to it and adds the git remote live-ci to your repository: push to it to deliver.\ndown ends everything; what was kept is taken up by the next up.',
    options: {
      repository: { type: 'string', value: 'DIR', help: 'your live repository (default: this directory)' },
      port: { type: 'string', value: 'N', help: "the emulator's port (default: a free one)" },
    },
    arguments: 2,
    run: async () => (await import('./commands/local.ts')).local,
  },
};
