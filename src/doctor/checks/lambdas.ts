/** How many Lambdas the account runs at once: a deployment goes without reserved calls where there are too few. */
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Check, right, unknown } from '../check.ts';

/** A new account has ten (Lambda guide, Lambda quotas). Each poll, question, decision and page takes one for seconds. */
const few = 100;

export const lambdas: Check = {
  name: 'Lambdas at once',
  ofAws: true,
  async look({ client }) {
    const lambda = await client(LambdaClient);
    const most = (await lambda.send(new GetAccountSettingsCommand({}))).AccountLimit?.ConcurrentExecutions;
    if (most === undefined) return unknown('Lambda does not say how many the account may run.');
    if (most >= few) return right(`${most}`);
    return unknown(
      `the account may run ${most}: none of them are kept free for polls and the approval page, and deliveries of many units are slower; ask for more in Service Quotas (AWS Lambda, Concurrent executions)`,
    );
  },
};
