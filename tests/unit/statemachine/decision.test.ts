import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import { parse } from 'yaml';
import { root } from '../../support/docs.ts';

const machine = parse(readFileSync(join(root, 'statemachine', 'decision.asl.yml'), 'utf8'));
const decided = { refused: false, done: 'vpc: declined.', delivery: '0123456789ab-1', rollback: [], warning: [] };

class Unknown extends Error {
  override name = 'Lambda.Unknown';
}

/** Gives a decision; `fails` tells what goes wrong with each try of `decide`, until it answers. */
async function give(fails: Error[], answer: unknown = decided) {
  const tries: { execution: string; givenAt: string }[] = [];
  const decide = async (input: { Payload: { execution: string; givenAt: string } }) => {
    tries.push(input.Payload);
    const error = fails[tries.length - 1];
    if (error) throw error;
    return { Payload: answer };
  };
  const execution = new StateMachine(machine, { validationOptions: { noValidate: true } }).run(
    { delivery: '0123456789ab-1', unit: 'vpc', decision: 'decline', rollback: 'none' },
    {
      overrides: { taskResourceLocalHandlers: { Decide: decide }, retryIntervalOverrides: { Decide: 0 } },
      context: { Execution: { Name: 'cli-ann-1' } },
    } as never,
  );
  const ending = await execution.result.catch((error: Error) => error);
  return { tries, ending };
}

test('a decision is given to `decide` with who gave it and when, and answers with what it did', async () => {
  const { tries, ending } = await give([]);
  expect(tries).toMatchObject([{ execution: 'cli-ann-1', givenAt: expect.stringMatching(/^20.*Z$/) }]);
  expect(ending).toMatchObject({ done: 'vpc: declined.' });
});

test('when `decide` dies the same decision is given to it again, as of when it was given', async () => {
  const { tries, ending } = await give([new Unknown(), new Unknown('Task timed out'), new Unknown()]);
  expect(tries).toHaveLength(4);
  expect(new Set(tries.map(({ givenAt }) => givenAt)).size).toBe(1);
  expect(ending).toMatchObject({ done: 'vpc: declined.' });
});

test.each([null, {}, 'done'])(
  'an answer of `decide` that does not say whether it refused, %j, is no success',
  async (answer) => {
    const { ending } = await give([], answer);
    expect(ending).toMatchObject({ cause: { name: 'LiveCi.NoAnswer' } });
  },
);

test('a decision that is refused is not tried again', async () => {
  const { tries, ending } = await give([], { refused: true, why: 'vpc does not wait' });
  expect(tries).toHaveLength(1);
  expect(ending).toMatchObject({ cause: { name: 'LiveCi.Refused', message: 'vpc does not wait' } });
});
