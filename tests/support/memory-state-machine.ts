/** The pipeline's state machine, as Step Functions keeps it: versions, executions by name, task tokens. */
import type { Call } from './memory-aws.ts';

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Execution {
  arn: string;
  name: string;
  definition: string;
  input: string;
  status: Status;
  /** When it began, or ended: milliseconds. */
  changedAt: number;
}

/** What DescribeExecution answers may be behind by so much, and not by more: milliseconds. */
const behind = 60_000;

export const pipelineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:pipeline';

interface Input {
  stateMachineArn: string;
  stateMachineVersionArn: string;
  executionArn: string;
  definition: string;
  name: string;
  input: string;
  taskToken: string;
  output: string;
  error: string;
  statusFilter?: Status;
}

export type Answer = { output: unknown } | { error: string };

export class MemoryStateMachine {
  /** By ARN, oldest first. */
  readonly versions = new Map<string, string>();
  /** In the order in which they were started. */
  readonly executions: Execution[] = [];
  /** What tasks were answered, by token. */
  readonly answers = new Map<string, Answer>();
  readonly #waiting = new Set<string>();
  readonly #now: () => number;
  #published = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  call(name: string, input: Input): Omit<Call, 'name'> {
    const answers: Record<string, () => Omit<Call, 'name'>> = {
      ValidateStateMachineDefinition: () => at('', () => ({ result: 'OK', diagnostics: [] })),
      UpdateStateMachine: () => at('', () => this.#publish(input)),
      StartExecution: () => at(input.name, () => this.#start(input)),
      DescribeExecution: () => ({
        ...at('', () => this.#describe(input.executionArn)),
        stale: async () => this.#describedBefore(input.executionArn),
      }),
      ListExecutions: () => ({
        ...at('', () => this.#list(input, this.executions)),
        stale: async () => this.#list(input, this.executions.slice(0, -1)),
      }),
      ListStateMachineVersions: () => at('', () => ({ stateMachineVersions: this.#versions() })),
      DeleteStateMachineVersion: () => at('', () => this.versions.delete(input.stateMachineVersionArn)),
      SendTaskSuccess: () => this.#answered(input.taskToken, { output: JSON.parse(input.output) }),
      SendTaskFailure: () => this.#answered(input.taskToken, { error: input.error }),
    };
    const answer = answers[name];
    if (answer === undefined) throw new Error(`Step Functions in memory has no ${name}.`);
    return answer();
  }

  get running(): Execution[] {
    return this.executions.filter(({ status }) => status === 'RUNNING');
  }

  end(execution: Execution, status: Status): void {
    execution.status = status;
    execution.changedAt = this.#now();
  }

  /** A task begins to wait with this token. */
  wait(token: string): void {
    this.#waiting.add(token);
  }

  waits(token: string): boolean {
    return this.#waiting.has(token);
  }

  /** The task that waits with this token gives up. */
  giveUp(token: string): void {
    this.#waiting.delete(token);
  }

  #publish({ definition }: Input) {
    const arn = `${pipelineArn}:${++this.#published}`;
    this.versions.set(arn, definition);
    return { stateMachineVersionArn: arn };
  }

  /** The machine itself may still run its old definition: only a version will do. */
  #start({ stateMachineArn, name, input }: Input) {
    const known = this.executions.find((one) => one.name === name);
    if (known?.status === 'RUNNING' && known.input === input) return { executionArn: known.arn };
    if (known) throw named('ExecutionAlreadyExists');
    const definition = this.versions.get(stateMachineArn);
    if (definition === undefined) throw named('StateMachineDoesNotExist');
    const arn = `${pipelineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    this.executions.push({ arn, name, definition, input, status: 'RUNNING', changedAt: this.#now() });
    return { executionArn: arn };
  }

  #describe(arn: string) {
    const found = this.executions.find((one) => one.arn === arn);
    if (found === undefined) throw named('ExecutionDoesNotExist');
    return { executionArn: arn, name: found.name, status: found.status, input: found.input };
  }

  #describedBefore(arn: string) {
    const described = this.#describe(arn);
    const changedAt = this.executions.find((one) => one.arn === arn)?.changedAt ?? 0;
    if (this.#now() - changedAt > behind) return described;
    if (described.status === 'RUNNING') throw named('ExecutionDoesNotExist');
    return { ...described, status: 'RUNNING' };
  }

  #list({ statusFilter }: Input, executions: readonly Execution[]) {
    const matching = executions.filter(({ status }) => statusFilter === undefined || status === statusFilter);
    return { executions: matching.map(({ arn, name, status }) => ({ executionArn: arn, name, status })).reverse() };
  }

  #versions() {
    return [...this.versions.keys()].map((stateMachineVersionArn) => ({ stateMachineVersionArn })).reverse();
  }

  #answered(token: string, answer: Answer): Omit<Call, 'name'> {
    return { ...at('', () => this.#answer(token, answer)), token };
  }

  #answer(token: string, answer: Answer) {
    if (!this.#waiting.delete(token)) throw named('TaskDoesNotExist');
    this.answers.set(token, answer);
    return {};
  }
}

function at(on: string, make: () => unknown): Omit<Call, 'name'> {
  return { on, make: async () => make() };
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}
