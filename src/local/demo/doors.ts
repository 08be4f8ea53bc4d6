/** The two doors that the demo's decisions go through: the command line's, and the one of the Step Functions console. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { ApprovalContext } from '../../approval/ask.ts';
import { decide } from '../../approval/decide.ts';
import { LiveCiError } from '../../errors.ts';
import type { Decision } from '../../model.ts';

export interface Doors {
  /** As `live-ci approve` and `live-ci decline` do. Answers with the sentence that they print. */
  commandLine(decision: Decision): Promise<string>;
  /** As an approver does who starts the state machine `decision` in the console. */
  console(decision: Decision): Promise<string>;
}

export function openDoors(context: ApprovalContext, client: SFNClient, decisionArn: string): Doors {
  return {
    commandLine: async (decision) => (await decide(decision, 'demo', context)).message,
    console: async (decision) => {
      const started = await client.send(
        new StartExecutionCommand({
          stateMachineArn: decisionArn,
          name: `demo-${randomBytes(4).toString('hex')}`,
          input: JSON.stringify(decision),
        }),
      );
      for (;;) {
        const execution = await client.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
        if (execution.status === 'SUCCEEDED') return JSON.parse(execution.output ?? '{}').done;
        if (execution.status !== 'RUNNING') {
          throw new LiveCiError(
            'decision',
            `The state machine decision refused: ${execution.cause ?? execution.error}`,
          );
        }
        await delay(100);
      }
    },
  };
}
