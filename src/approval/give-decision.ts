/**
 * Gives a decision the way the console does: starts the state machine `decision` and waits for its end. Who may, says IAM
 * (`states:StartExecution` on it); the caller needs no access to tokens.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { DecisionError } from '../errors.ts';
import type { Decision } from '../model.ts';

const outputSchema = z.object({ done: z.string(), rollback: z.array(z.string()), warning: z.array(z.string()) });
export type DecisionOutput = z.infer<typeof outputSchema>;

const causeSchema = z.object({ errorMessage: z.string() });

/**
 * @param stateMachine ARN of `decision`.
 * @param from where the decision comes from, a few letters; part of the execution's name, which the record shows as the voter.
 * @throws DecisionError with what `decide` said when it refuses, or when the state machine does not answer in a minute.
 */
export async function giveDecision(
  decision: Decision,
  { client, stateMachine, from }: { client: SFNClient; stateMachine: string; from: string },
): Promise<DecisionOutput> {
  const name = `${from.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 40)}-${randomUUID().slice(0, 13)}`;
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn: stateMachine, name, input: JSON.stringify(decision) }),
  );
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(200)) {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status === 'RUNNING') continue;
    if (execution.status === 'SUCCEEDED') return outputSchema.parse(JSON.parse(execution.output ?? ''));
    throw new DecisionError(refusal(execution.cause));
  }
  throw new DecisionError(
    `The decision ${name} was given, but not answered within a minute; see live-ci status before giving it again.`,
  );
}

/** A refusal is a sentence; a Lambda's error comes as JSON in the execution's cause. */
function refusal(cause: string | undefined): string {
  try {
    return causeSchema.parse(JSON.parse(cause ?? '')).errorMessage;
  } catch {
    return cause ?? 'The decision was refused; see its execution in the Step Functions console.';
  }
}
