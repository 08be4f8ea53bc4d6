/**
 * Terraform, OpenTofu and Terragrunt behind one face. All three take the same commands; Terragrunt passes them on after
 * it has made the working directory, and logs in JSON so that what it says about dependencies can be understood.
 */
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { filtersForStacks } from '../discovery/stacks/filters.ts';
import { RunError } from '../errors.ts';
import type { Tool } from '../model.ts';
import { failureOf, lockLeft } from './failure.ts';
import { jsonIn } from './json-in.ts';
import type { RunLog } from './log.ts';
import { type OutputStream, type ProcessRequest, runProcess } from './process.ts';
import { readable } from './terragrunt-log.ts';

export interface ToolRequest {
  tool: Tool;
  /** The unit's directory, absolute. */
  directory: string;
  /** The checkout's directory, absolute; what is said about a failure names paths below it. */
  checkout: string;
  environment: NodeJS.ProcessEnv;
  log: RunLog;
  signal: AbortSignal;
  /** A sentence about why `signal` aborted. */
  stopped: () => string;
  /** Milliseconds; see `ProcessRequest`. */
  grace?: number | undefined;
  started?: ProcessRequest['started'];
}

const executables = { terragrunt: 'terragrunt', opentofu: 'tofu', terraform: 'terraform' } satisfies Record<
  Tool,
  string
>;

const infoSchema = z.object({ working_dir: z.string() });
const renderedSchema = z.looseObject({}).refine((value) => 'inputs' in value && 'dependency' in value);
const planShown = z.object({ format_version: z.string() });
const stateShown = z.object({ version: z.int(), lineage: z.string(), serial: z.int() });

/** With `-detailed-exitcode`, which configurations add: the plan succeeded, and has changes. */
export const changesThere = 2;

/** Whether an exit code says that all went well. */
type Tolerance = (code: number) => boolean;
const onlyZero: Tolerance = (code) => code === 0;

interface Saying {
  /** Nothing goes to the log unless it fails. */
  quietly?: boolean;
  succeeded?: Tolerance;
}

/** A unit's tool at work; every method throws a RunError with a sentence when the tool fails or is stopped. */
export class UnitTool {
  readonly #request: ToolRequest;
  readonly executable: string;

  constructor(request: ToolRequest) {
    this.#request = request;
    this.executable = executables[request.tool];
  }

  /** @param upgrades whether it may do so where the configuration says it; else what the lock file names is installed */
  async init({ upgrades }: { upgrades: boolean }): Promise<void> {
    await this.#run('init', ['-input=false', '-no-color', ...(upgrades ? [] : ['-upgrade=false'])]);
  }

  /** Writes the plan to `file`, an absolute path. Resolves to what the tool said. */
  async plan(file: string, destroy: boolean): Promise<string> {
    const succeeded = (code: number) => code === 0 || (code === changesThere && existsSync(file));
    return this.#run('plan', ['-input=false', '-no-color', ...(destroy ? ['-destroy'] : []), `-out=${file}`], {
      succeeded,
    });
  }

  /** Resolves to what the tool said. */
  async apply(file: string): Promise<string> {
    return this.#run('apply', ['-input=false', '-no-color', file]);
  }

  /** Of a plan file, or of the state. */
  async showJson(file?: string): Promise<string> {
    const said = await this.#run('show', ['-json', '-no-color', ...(file === undefined ? [] : [file])], {
      quietly: true,
    });
    return jsonIn(said, planShown) ?? said;
  }

  async showText(file: string): Promise<string> {
    return this.#run('show', ['-no-color', file], { quietly: true });
  }

  /** The state, as JSON. @throws RunError also when there is none */
  async pullState(): Promise<string> {
    return this.#json('state pull', await this.#run('state', ['pull'], { quietly: true }), stateShown);
  }

  /** Where the tool's data directory is: the unit's own, or the one that Terragrunt made for it. */
  async workingDirectory(): Promise<string> {
    if (this.#request.tool !== 'terragrunt') return this.#request.directory;
    const said = await this.#start('info print', ['info', 'print', ...terragruntSettings], { quietly: true });
    return infoSchema.parse(JSON.parse(this.#json('info print', said, infoSchema))).working_dir;
  }

  /**
   * The unit's Terragrunt configuration, evaluated, as JSON.
   * @param file another configuration in the unit's directory
   */
  async render(file?: string): Promise<string> {
    const config = file === undefined ? [] : ['--config', file];
    const said = await this.#start('render', ['render', '--json', ...config, ...terragruntSettings], { quietly: true });
    return this.#json('render', said, renderedSchema);
  }

  /** Generates the stacks in these directories, relative to the tool's own, and no others. */
  async generateStacks(directories: readonly string[]): Promise<void> {
    const filters = filtersForStacks(directories);
    await this.#start('stack generate', ['stack', 'generate', ...filters, ...terragruntSettings]);
  }

  /** A command of the configuration, which ends at its first line that fails. Resolves to what it said. */
  async shell(
    step: string,
    command: string,
    variables: NodeJS.ProcessEnv,
    succeeded: Tolerance = onlyZero,
  ): Promise<string> {
    const { log, environment } = this.#request;
    log.note(`${step}: ${command}`);
    const said: string[] = [];
    const code = await this.#process('sh', ['-ec', command], { ...environment, ...variables }, (text) => {
      said.push(text);
      log.write(text);
    });
    if (!succeeded(code)) this.#fail(step, code, said.join(''));
    return said.join('');
  }

  /** The JSON in what was printed: `run_cmd`, hooks and the like print to the same stream. */
  #json(step: string, said: string, schema: z.ZodType): string {
    const found = jsonIn(said, schema);
    if (found === undefined)
      throw new RunError(`${this.executable} ${step} printed nothing that could be read as JSON.`);
    return found;
  }

  #run(command: string, args: string[], how: Saying = {}): Promise<string> {
    const words =
      this.#request.tool === 'terragrunt'
        ? ['run', ...terragruntSettings, '--tf-forward-stdout', '--', command, ...args]
        : [command, ...args];
    return this.#start(command, words, how);
  }

  /** Standard output of the tool; it goes to the log, too, unless that is to be kept quiet. */
  async #start(step: string, args: string[], { quietly = false, succeeded = onlyZero }: Saying = {}): Promise<string> {
    const { tool, log, environment } = this.#request;
    const shown: string[] = [];
    const stdout: string[] = [];
    const show = (text: string) => {
      shown.push(text);
      if (!quietly) log.write(text);
    };
    const output = (text: string, stream: OutputStream) => {
      if (stream === 'stdout') stdout.push(text);
      if (stream === 'stderr' && tool === 'terragrunt') return show(readable(text));
      if (stream === 'stderr' || !quietly) show(text);
    };
    if (!quietly) log.note(`${this.executable} ${step}`);
    const code = await this.#process(this.executable, args, environment, output);
    if (succeeded(code)) return stdout.join('');
    if (quietly) log.write(shown.join(''));
    return this.#fail(`${this.executable} ${step}`, code, shown.join(''));
  }

  #process(
    command: string,
    args: string[],
    environment: NodeJS.ProcessEnv,
    output: ProcessRequest['output'],
  ): Promise<number> {
    const { directory, signal, started, grace } = this.#request;
    const request = { command, args, directory, environment, output, signal, started };
    return runProcess({ ...request, ...(grace === undefined ? {} : { grace }) });
  }

  #fail(step: string, code: number, said: string): never {
    const { checkout, log, signal, stopped } = this.#request;
    if (signal.aborted) throw new RunError(`${stopped()}${lockLeft(this.executable, said)}`);
    // Before it is cut short: a part of a secret is not known for one.
    throw failureOf(step, this.executable, code, log.clean(said).replaceAll(`${checkout}/`, ''));
  }
}

/** Auto-init stays on: Terragrunt initializes the dependencies whose outputs it reads with it. */
const terragruntSettings = [
  '--non-interactive',
  '--no-color',
  '--no-tips',
  '--log-level',
  'info',
  '--log-format',
  'json',
];
