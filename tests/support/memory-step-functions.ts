/** Step Functions in memory: versions, executions by name, task tokens. Executions end when told to. */
import type { ExecutionStatus, StepFunctions } from '../../src/delivery/step-functions.ts';
import { DeliveryError } from '../../src/errors.ts';

export interface Execution {
  arn: string;
  name: string;
  definition: string;
  input: string;
  status: ExecutionStatus;
}

const stateMachine = 'arn:aws:states:us-east-1:123456789012:stateMachine:pipeline';

export class MemoryStepFunctions implements StepFunctions {
  /** By ARN, oldest first. */
  readonly versions = new Map<string, string>();
  /** In the order in which they were started. */
  readonly executions: Execution[] = [];
  /** What tasks were answered, by token. */
  readonly answers = new Map<string, unknown>();
  /** Why it takes no definition; null when it does. */
  refuses: string | null = null;
  readonly #waiting = new Set<string>();
  #published = 0;

  async publish(definition: string): Promise<string> {
    if (this.refuses !== null) throw new DeliveryError(this.refuses);
    const arn = `${stateMachine}:${++this.#published}`;
    this.versions.set(arn, definition);
    return arn;
  }

  async start(version: string, name: string, input: string): Promise<string> {
    const known = this.executions.find((one) => one.name === name);
    if (known) return known.arn;
    const definition = this.versions.get(version);
    if (definition === undefined) throw new Error(`StateMachineDoesNotExist: ${version}`);
    const arn = `${stateMachine.replace(':stateMachine:', ':execution:')}:${name}`;
    this.executions.push({ arn, name, definition, input, status: 'RUNNING' });
    return arn;
  }

  async status(arn: string): Promise<ExecutionStatus> {
    return this.executions.find((one) => one.arn === arn)?.status ?? 'MISSING';
  }

  async answer(token: string, output: unknown): Promise<boolean> {
    if (!this.#waiting.delete(token)) return false;
    this.answers.set(token, JSON.parse(JSON.stringify(output)));
    return true;
  }

  async fail(token: string, error: string, cause: string): Promise<void> {
    if (this.#waiting.delete(token)) this.answers.set(token, { error, cause });
  }

  async prune(keep: number, needed: readonly string[]): Promise<void> {
    const old = [...this.versions.keys()].slice(0, -keep).filter((arn) => !needed.includes(arn));
    for (const arn of old.slice(0, 5)) this.versions.delete(arn);
  }

  /** A task begins to wait with this token. */
  wait(token: string): void {
    this.#waiting.add(token);
  }

  /** The task that waits with this token gives up: its time is over. */
  expire(token: string): void {
    this.#waiting.delete(token);
  }

  end(name: string, status: ExecutionStatus = 'SUCCEEDED'): void {
    const execution = this.executions.find((one) => one.name === name);
    if (!execution) throw new Error(`there is no execution ${name}`);
    execution.status = status;
  }
}
