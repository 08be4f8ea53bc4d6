/** The demo itself, from the empty directory to the tables. */
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { giveDecision } from '../../approval/give-decision.ts';
import { giveLinks } from '../../approval/give-links.ts';
import { readSigningKeys } from '../../approval/signing-key.ts';
import { S3Bucket } from '../../aws/bucket.ts';
import { readParameter } from '../../aws/parameter.ts';
import { bucketKeys } from '../../delivery/bucket-keys.ts';
import { skip } from '../../delivery/halted.ts';
import { quoted } from '../../shell-quote.ts';
import { cliFolder, projectRoot, toolPath } from '../project.ts';
import { localFolder, makeLocalFolder, recordStack } from '../record.ts';
import { createBareRepository, installHook } from '../repository.ts';
import { saying } from '../saying.ts';
import { type LocalStack, pollNow, startLocalStack } from '../stack.ts';
import { type Approver, type Delivered, Follower, type GiveDecision } from './follow.ts';
import { exampleOf, type Form, type LiveRepository, makeLiveRepository } from './live-repository.ts';
import { paint } from './paint.ts';
import { changedLines, type PlannedAtOnce, planAtOnce } from './plans.ts';
import { nothingToDo, type Push, pushes } from './pushes.ts';
import { type Chapter, chapterTable } from './report.ts';
import { scriptedApprover } from './scripted-approver.ts';
import { readStates } from './states.ts';
import { terminalApprover } from './terminal-approver.ts';
import { contradictions, type States, wholeStates } from './verify.ts';

export interface PlayRequest {
  /** Empty; everything goes here. */
  directory: string;
  form: Form;
  /** Decide by the script instead of asking. */
  scripted: boolean;
  keep: boolean;
  port?: number;
}

interface Stage {
  request: PlayRequest;
  stack: LocalStack;
  repository: LiveRepository;
  states: string;
  follower: Follower;
  bucket: S3Bucket;
  /** The push that the approver is deciding about. */
  current: { push: Push };
}

const aws = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

const parent = 'platform/network';
const child = 'platform/database';

/** Addresses of the approval page, for whoever sits before the terminal. */
function linksOf({ endpoint, environment }: LocalStack): (delivery: string, units: string[]) => Promise<string> {
  const client = new SSMClient({ ...aws, endpoint });
  const { LIVE_CI_SIGNING_KEY: parameter = '', LIVE_CI_PAGE_URL: page = '' } = environment;
  return async (delivery, units) => {
    const keys = await readSigningKeys({ read: () => readParameter(client, parameter) });
    const request = { delivery, units, approver: 'you@example.org', hours: 24, now: new Date() };
    return giveLinks(request, page, keys).join('\n');
  };
}

/** @returns whether every state file says what the tables say. */
export async function play(request: PlayRequest): Promise<boolean> {
  const started = Date.now();
  const stage = await setTheStage(request);
  const chapters: Chapter[] = [];
  for (const [index, push] of pushes.entries()) {
    heading(`Push ${index + 1} of ${pushes.length}: ${push.title}`);
    chapters.push(...(await deliverPush(stage, push, index)));
  }
  heading('What was delivered');
  for (const chapter of chapters) say(`${chapterTable(chapter)}\n`);
  const problems = chapters.flatMap((chapter) => chapter.problems);
  for (const problem of problems) say(paint('red', problem));
  if (problems.length === 0) {
    say(paint('green', `Every state file in ${stage.states} says what the tables say.`));
  }
  say(`${((Date.now() - started) / 1000).toFixed(0)} s altogether.`);
  if (request.keep) await tellHowToGoOn(stage);
  say(`
Now your own repository, whose states lie in a backend:
  export PATH=${quoted(cliFolder())}:"$PATH"
  cd your-live-repository && live-ci local up`);
  return problems.length === 0;
}

async function setTheStage(request: PlayRequest): Promise<Stage> {
  const { directory, form } = request;
  const bare = join(directory, 'live.git');
  const states = join(directory, 'states');
  const stack = await startLocalStack({
    directory: join(directory, 'stack'),
    configFile: join(exampleOf(form), 'live-ci.config.yml'),
    repositoryUrl: bare,
    toolPath: toolPath('own'),
    ...(request.port === undefined ? {} : { port: request.port }),
    progress: (step) => say(`${paint('dim', '▸')} ${step}`),
  });
  say(`${paint('dim', '▸')} making a live repository of examples/demo-${form}, and a bare one to push to`);
  const repository = await makeLiveRepository(form, { work: join(directory, 'work'), bare, states });
  await createBareRepository(bare, repository.branch);
  await installHook(bare, {
    branch: repository.branch,
    command: [process.execPath, join(projectRoot(), 'dist', 'live-ci.js')],
    environment: { ...stack.environment, PATH: toolPath('own') },
  });
  const { endpoint } = stack;
  const bucket = new S3Bucket(new S3Client({ ...aws, endpoint }), stack.bucket);
  const sfn = new SFNClient({ ...aws, endpoint });
  const give: GiveDecision = async (decision, from) => {
    const output = await giveDecision(decision, { client: sfn, stateMachine: stack.decisionArn, from });
    return [output.done, ...output.warning.map((unit) => `${unit} stays applied, and reads what is rolled back.`)].join(
      ' ',
    );
  };
  const [first] = pushes;
  const current = { push: first as Push };
  const tell = (line: string) => say(`  ${line}`);
  const approver: Approver = request.scripted
    ? scriptedApprover(give, () => current.push.rollback, tell)
    : terminalApprover({ give, bucket, link: linksOf(stack), tell });
  return { request, stack, repository, states, bucket, current, follower: new Follower(bucket, approver, tell) };
}

/** One chapter for each attempt to deliver the push, and one for each sync commit that comes of it. */
async function deliverPush(stage: Stage, push: Push, index: number): Promise<Chapter[]> {
  const { repository, follower, request } = stage;
  stage.current.push = push;
  await push.edit(repository.work);
  const commit = await repository.commit(push.subject);
  const atOnce =
    index === 1
      ? await saying(
          (step) => say(paint('dim', `  … ${step}`)),
          'planning at once, to compare',
          () => planAtOnce(request.form, repository.work, [parent, child], toolPath('own')),
        )
      : undefined;
  let before = await readStates(stage.states);
  say(paint('dim', `  git push origin ${repository.branch}   # ${commit.slice(0, 12)} ${push.subject}`));
  // Where to look is told to those who push, and here everything is before one's eyes.
  for (const line of await repository.push()) if (!line.startsWith('remote:   ')) say(paint('dim', `  ${line}`));
  const chapters: Chapter[] = [];
  let whole: States = before;
  for (let head = commit; ; head = await repository.tip()) {
    const delivered = await follower.follow(head);
    const after = await readStates(stage.states);
    const isSync = head !== commit;
    const again = delivered.delivery.attempt > 1;
    chapters.push({
      title: isSync ? `Sync commit of push ${index + 1}` : `Push ${index + 1}${again ? ', again' : ''}: ${push.title}`,
      delivered,
      problems: [
        ...contradictions(delivered.rows, before, after, whole),
        ...(request.scripted ? surprises(delivered, isSync ? undefined : push) : []),
      ],
    });
    whole = wholeStates(delivered.rows, whole, after);
    before = after;
    if (delivered.halted) await goOn(stage, delivered.halted);
    if (delivered.again) continue;
    if ((await repository.tip()) === head) break;
    say(paint('dim', `  the pipeline pushed ${(await repository.tip()).slice(0, 12)}: git says again what is applied`));
  }
  if (atOnce) await compare(stage, atOnce, chapters[0]?.delivered);
  await repository.pull();
  return chapters;
}

function surprises({ rows }: Delivered, push: Push | undefined): string[] {
  if (push === undefined) {
    return rows
      .filter((row) => !nothingToDo.includes(row.outcome))
      .map((row) => `${row.path} is ${row.outcome} in the sync commit's delivery, which should find no changes.`);
  }
  const got = Object.fromEntries(rows.map((row) => [row.path, row.outcome]));
  return Object.entries({ ...got, ...push.expected })
    .filter(([path]) => got[path] !== push.expected[path])
    .map(
      ([path]) =>
        `${path} is ${got[path] ?? 'not delivered'}; the script leads to ${push.expected[path] ?? 'nothing for it'}.`,
    );
}

async function goOn({ bucket, stack }: Stage, reason: string): Promise<void> {
  say(
    paint(
      'yellow',
      `  The queue is halted: ${reason}. You would look into it, then run live-ci replay or live-ci skip; the demo skips.`,
    ),
  );
  await skip(bucket);
  await pollNow(stack.endpoint, stack.pollFunction);
}

async function compare(stage: Stage, atOnce: PlannedAtOnce, delivered: Delivered | undefined): Promise<void> {
  if (!delivered) return;
  const prefix = bucketKeys.planText(delivered.delivery.id, child, '').replace(/\.txt$/, '');
  const key = (await stage.bucket.list(prefix)).find((name) => name.endsWith('.txt'));
  const text = key ? (await stage.bucket.read(key))?.body.toString('utf8') : undefined;
  say('');
  say(`  Planned at once, before anything was applied (${atOnce.command}):`);
  for (const [unit, summary] of Object.entries(atOnce.summaries))
    say(`    ${unit.padEnd(18)}  ${paint('yellow', summary)}`);
  say(`  Planned by the delivery, when ${parent} was applied:`);
  for (const line of changedLines(text ?? '')) say(`    ${child.padEnd(18)}  ${paint('green', line)}`);
}

async function tellHowToGoOn({ request, stack, repository }: Stage): Promise<void> {
  await stack.emulator.letGo();
  await makeLocalFolder(repository.work);
  const { work: repositoryPath, bare: remote, branch } = repository;
  await recordStack({ repository: repositoryPath, remote, branch, pid: stack.emulator.pid }, stack);
  const cli = quoted(join(cliFolder(), 'live-ci'));
  const work = quoted(repository.work);
  say(`
Everything goes on running.
  AWS endpoint   ${stack.endpoint}
  repository     ${work}   (git push origin ${repository.branch})
  look           cd ${work} && ${cli} status --watch
  stop           cd ${work} && ${cli} local down && rm -r ${quoted(request.directory)} ${quoted(localFolder(repository.work))}`);
}

function heading(text: string): void {
  say(`\n${paint('bold', text)}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
