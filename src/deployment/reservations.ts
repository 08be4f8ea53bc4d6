/**
 * Calls of Lambdas are reserved where the account has enough of them. A new account may run ten at once, and AWS then refuses every reservation: the
 * deployment goes without, and says so.
 */
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { deployedTemplate } from './stack.ts';
import type { Target, Template } from './target.ts';

/** So many calls must stay for functions that reserve none (Lambda guide, Configuring reserved concurrency). */
const leftForOthers = 100;

const reserved = 'ReservedConcurrentExecutions';

/** The template without its reservations, when the account can't have them; as it is, when nobody may look. */
export async function fitReservations<T extends Template>(template: T, target: Target): Promise<T> {
  const wanted = reservedIn(template);
  if (wanted === 0) return template;
  const lambda = await target.client(LambdaClient);
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({})).catch((error: Error) => {
    target.say(
      `Nobody knows whether the account can reserve ${wanted} calls of Lambdas (lambda:GetAccountSettings): ${error.message}. If it can't, set poll.reservedConcurrency: null.`,
    );
    return {} as { AccountLimit?: undefined };
  });
  const unreserved = AccountLimit?.UnreservedConcurrentExecutions;
  if (unreserved === undefined) return template;
  const own = reservedIn((await deployedTemplate(target)) ?? { Resources: {} });
  if (unreserved + own - wanted >= leftForOthers) return template;
  target.say(
    `The account may run ${AccountLimit?.ConcurrentExecutions} Lambdas at once, too few to keep ${wanted} calls free for polls and the approval page: none are reserved. Ask for more in Service Quotas (AWS Lambda, Concurrent executions) and deploy again, or set poll.reservedConcurrency: null.`,
  );
  return withoutReservations(template);
}

function reservedIn({ Resources }: Template): number {
  const reservations = Object.values(Resources).map(({ Properties }) => Number(Properties?.[reserved] ?? 0));
  return reservations.reduce((sum, one) => sum + one, 0);
}

function withoutReservations<T extends Template>(template: T): T {
  const Resources = Object.entries(template.Resources).map(([id, resource]) => {
    if (resource.Properties?.[reserved] === undefined) return [id, resource];
    const { [reserved]: _too, ...Properties } = resource.Properties;
    return [id, { ...resource, Properties }];
  });
  return { ...template, Resources: Object.fromEntries(Resources) };
}
