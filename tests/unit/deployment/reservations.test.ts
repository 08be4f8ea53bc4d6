import { fitReservations } from '../../../src/deployment/reservations.ts';
import type { Answer } from '../../support/aws-endpoint.ts';
import { noStack, targetThatAnswers, templateAnswer } from '../../support/deployment-target.ts';

const template = {
  Resources: {
    Poll: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'poll', ReservedConcurrentExecutions: 1 } },
    Page: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'page', ReservedConcurrentExecutions: 10 } },
    Queue: { Type: 'AWS::SQS::Queue' },
  },
};
const without = {
  Resources: {
    Poll: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'poll' } },
    Page: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'page' } },
    Queue: { Type: 'AWS::SQS::Queue' },
  },
};

const accountWith = (UnreservedConcurrentExecutions: number, deployed: Answer = noStack) =>
  targetThatAnswers(({ name }) =>
    name.includes('account-settings')
      ? { body: { AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions } } }
      : deployed,
  );

test('calls are reserved where a hundred are left for other functions', async () => {
  await using enough = await accountWith(111);
  expect(await fitReservations(template, enough.target)).toEqual(template);
  expect(enough.said).toEqual([]);
});

test.each([110, 10])('an account with %d calls left has none reserved, and whoever deploys is told', async (left) => {
  await using few = await accountWith(left);
  expect(await fitReservations(template, few.target)).toEqual(without);
  expect(few.said).toEqual([expect.stringMatching(/too few to keep 11 calls free.*Service Quotas/)]);
});

test('what the stack reserves already is its own', async () => {
  await using again = await accountWith(100, templateAnswer(template));
  expect(await fitReservations(template, again.target)).toEqual(template);
});

test('who may not look deploys as it is, and is told what to do should it fail', async () => {
  await using denied = await targetThatAnswers(() => ({
    status: 403,
    body: { message: 'not yours' },
    headers: { 'x-amzn-errortype': 'AccessDeniedException' },
  }));
  expect(await fitReservations(template, denied.target)).toEqual(template);
  expect(denied.said).toEqual([expect.stringContaining("not yours. If it can't, set poll.reservedConcurrency: null")]);
});

test('nothing is asked where nothing is reserved', async () => {
  await using nothing = await targetThatAnswers(() => ({ status: 500 }));
  expect(await fitReservations(without, nothing.target)).toEqual(without);
  expect(nothing.calls).toEqual([]);
});
