/** What deliveries need of Step Functions. */
import {
  DeleteStateMachineVersionCommand,
  DescribeExecutionCommand,
  ListStateMachineVersionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  SFNServiceException,
  StartExecutionCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { DeliveryError, LiveCiError } from '../errors.ts';

export type ExecutionStatus =
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED'
  | 'TIMED_OUT'
  | 'ABORTED'
  | 'PENDING_REDRIVE'
  | 'INTERRUPTED'
  | 'MISSING';

export interface StepFunctions {
  /**
   * Puts a definition into the state machine and answers with the ARN of the version that holds it.
   * @throws DeliveryError when Step Functions takes no such definition, however often it is asked
   */
  publish(definition: string, description: string): Promise<string>;
  /** Starts the version under the execution's name; the same again answers the same ARN. */
  start(version: string, name: string, input: string): Promise<string>;
  /**
   * `INTERRUPTED` when Step Functions itself was stopped under it, as it is on somebody's own machine; nothing of it runs any more. `MISSING` where there is no such execution: one that has just begun is not seen yet, or its state machine was removed.
   */
  status(execution: string): Promise<ExecutionStatus>;
  /** False when nothing waits with that token any more. */
  answer(token: string, output: unknown): Promise<boolean>;
  /** Fails the task that waits with that token, if one still does. */
  fail(token: string, error: string, cause: string): Promise<void>;
  /** Removes some of the oldest versions; the newest `keep` and those named in `needed` stay. */
  prune(keep: number, needed: readonly string[]): Promise<void>;
}

/** At most so many versions are removed at once: a poll adds one, so that older ones go in the polls to come. */
const mostPruned = 5;

export class AwsStepFunctions implements StepFunctions {
  readonly #client: SFNClient;
  readonly #stateMachine: string;

  constructor(client: SFNClient, stateMachineArn: string) {
    this.#client = client;
    this.#stateMachine = stateMachineArn;
  }

  async publish(definition: string, description: string): Promise<string> {
    const command = new ValidateStateMachineDefinitionCommand({ definition, type: 'STANDARD' });
    const check = await orRefused(definition, () => this.#client.send(command));
    if (check.result === 'FAIL') {
      const said = check.diagnostics?.map((diagnostic) => diagnostic.message).join('; ');
      throw new DeliveryError(`Step Functions refuses the definition: ${said}. Please report this.`);
    }
    const update = new UpdateStateMachineCommand({
      stateMachineArn: this.#stateMachine,
      definition,
      publish: true,
      versionDescription: description.slice(0, 256),
    });
    const updated = await orRefused(definition, () => this.#client.send(update));
    if (!updated.stateMachineVersionArn)
      throw new LiveCiError('step-functions', 'Step Functions published no version; the next poll publishes it again.');
    return updated.stateMachineVersionArn;
  }

  async start(version: string, name: string, input: string): Promise<string> {
    try {
      const started = await this.#client.send(new StartExecutionCommand({ stateMachineArn: version, name, input }));
      return started.executionArn ?? this.execution(name);
    } catch (error) {
      // Some answer this even for the same input, where AWS gives the running execution's ARN.
      if (error instanceof Error && error.name === 'ExecutionAlreadyExists') return this.execution(name);
      throw error;
    }
  }

  async status(execution: string): Promise<ExecutionStatus> {
    try {
      const described = await this.#client.send(new DescribeExecutionCommand({ executionArn: execution }));
      if (described.error === 'States.ServiceRestart') return 'INTERRUPTED';
      return described.status ?? 'RUNNING';
    } catch (error) {
      if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return 'MISSING';
      throw error;
    }
  }

  answer(token: string, output: unknown): Promise<boolean> {
    const command = new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) });
    return unlessGone(() => this.#client.send(command));
  }

  async fail(token: string, error: string, cause: string): Promise<void> {
    const command = new SendTaskFailureCommand({ taskToken: token, error, cause: cause.slice(0, 30_000) });
    await unlessGone(() => this.#client.send(command));
  }

  async prune(keep: number, needed: readonly string[]): Promise<void> {
    const listed = await this.#client.send(
      new ListStateMachineVersionsCommand({ stateMachineArn: this.#stateMachine, maxResults: 1000 }),
    );
    const versions = (listed.stateMachineVersions ?? []).map((version) => version.stateMachineVersionArn ?? '');
    const oldestFirst = versions.sort((a, b) => versionNumber(a) - versionNumber(b));
    const old = oldestFirst.slice(0, -keep).filter((version) => !needed.includes(version));
    for (const version of old.slice(0, mostPruned)) {
      await this.#client.send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn: version }));
    }
  }

  /** The ARN of a delivery's execution. */
  execution(name: string): string {
    return `${this.#stateMachine.replace(':stateMachine:', ':execution:')}:${name}`;
  }
}

/** How Step Functions says, tomorrow as today, that it does not take a definition (Step Functions API, common errors, UpdateStateMachine). */
const refusals = ['ValidationException', 'InvalidDefinition', 'RequestEntityTooLargeException'];

/** @throws DeliveryError for a refusal */
async function orRefused<Answer>(definition: string, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    const refused =
      error instanceof SFNServiceException &&
      (refusals.includes(error.name) || error.$metadata.httpStatusCode === tooLarge);
    if (!refused) throw error;
    throw new DeliveryError(
      `Step Functions refuses the definition of ${Buffer.byteLength(definition)} bytes: ${error.message}. Set inlineUnits to less than the delivery has units, deploy that configuration, and run live-ci replay: the compact form is smaller.`,
      { cause: error },
    );
  }
}

/** Of HTTP: "Content Too Large". */
const tooLarge = 413;

async function unlessGone(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof Error && ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'].includes(error.name))
      return false;
    throw error;
  }
}

function versionNumber(arn: string): number {
  return Number(arn.split(':').at(-1));
}
