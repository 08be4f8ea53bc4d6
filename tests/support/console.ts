/** The Step Functions console, as an approver uses it: she looks at what waits, pastes what it shows, and reads what came of it. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { LocalStack } from '../../src/local/stack.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export class Console {
  readonly #client: SFNClient;
  readonly #pipeline: string;

  constructor({ endpoint, pipelineArn }: Pick<LocalStack, 'endpoint' | 'pipelineArn'>) {
    this.#client = new SFNClient({ endpoint, region: 'us-east-1', credentials });
    this.#pipeline = pipelineArn;
  }

  /** What the states `Ask` show in their input, of the executions of `build` that wait for an approver. */
  async waiting(): Promise<Record<string, unknown>[]> {
    const stateMachineArn = this.#machine('build');
    const { executions = [] } = await this.#client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
    );
    return Promise.all(executions.map(({ executionArn }) => this.#asked(executionArn)));
  }

  async #asked(executionArn: string | undefined): Promise<Record<string, unknown>> {
    const { events = [] } = await this.#client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    const entered = events.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails);
    return JSON.parse(entered.findLast((details) => details?.name === 'Ask')?.input ?? '{}').shown?.words;
  }

  /** The histories of all executions with all their data, as one text. */
  async histories(): Promise<string> {
    const machines = ['pipeline', 'build', 'decision'].map((name) => this.#machine(name));
    const listed = await Promise.all(
      machines.map((stateMachineArn) => this.#client.send(new ListExecutionsCommand({ stateMachineArn }))),
    );
    const executions = listed.flatMap(({ executions = [] }) => executions);
    const histories = await Promise.all(
      executions.map(({ executionArn }) => this.#client.send(new GetExecutionHistoryCommand({ executionArn }))),
    );
    return JSON.stringify(histories.map(({ events }) => events));
  }

  /** Starts the state machine `decision` with that, and waits for its end. */
  async start(input: unknown): Promise<{ status: string; output: unknown; cause: string | undefined }> {
    const stateMachineArn = this.#machine('decision');
    const { executionArn } = await this.#client.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
    );
    for (;;) {
      const { status = '', output, cause } = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') return { status, output: output && JSON.parse(output), cause };
      await delay(100);
    }
  }

  #machine(name: string): string {
    return this.#pipeline.replace(/pipeline$/, name);
  }
}
