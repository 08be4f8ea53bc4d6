/** Scenarios of the state machine `build` as a file of mocks, in the format of Step Functions Local (SFN_MOCK_CONFIG). */
import { type Approver, of, plan, type Scenario, step } from './build-scenarios.ts';
import { taskAnswer } from './code-build.ts';
import { TaskError } from './task-error.ts';

type Mock = { Return: unknown } | { Throw: { Error: string; Cause: string } };

/** The test case of a scenario, by its place: `#<case>` behind the state machine's ARN plays it. */
export const testCase = (index: number) => `scenario-${index}`;

export function mockConfig(stateMachine: string, scenarios: Scenario[]): unknown {
  const cases = scenarios.map((scenario, index) => ({ name: testCase(index), tasks: mocksOf(scenario) }));
  return {
    StateMachines: {
      [stateMachine]: {
        TestCases: Object.fromEntries(
          cases.map(({ name, tasks }) => [name, Object.fromEntries(tasks.map(([task]) => [task, `${name} ${task}`]))]),
        ),
      },
    },
    MockedResponses: Object.fromEntries(
      cases.flatMap(({ name, tasks }) => tasks.map(([task, mocks]) => [`${name} ${task}`, { ...mocks }])),
    ),
  };
}

/** What each task answers, the first time, the second … */
function mocksOf({ builds = {}, approvers = [] }: Scenario): [task: string, mocks: Mock[]][] {
  const begun = { project: 'live-ci-production-plan', commit: of.commit };
  const runs = Object.entries(builds).map(([task, ends]): [string, Mock[]] => [
    task,
    ends.map((end) => mock(taskAnswer('codebuild', end, begun))),
  ]);
  if (approvers.length === 0) return runs;
  const described = approvers.map(() => mock({ Payload: { unit: step.unit } }));
  const asked = approvers.map(asks);
  return [
    ...runs,
    ['Describe', described],
    ['Describe rollback', described],
    ['Ask', asked],
    ['Ask about rollback', asked],
  ];
}

function asks(outcome: Approver): Mock {
  if (outcome === 'late') return mock(new TaskError('States.Timeout'));
  return mock({ result: { unit: step.unit, outcome, plan: outcome === 'approved' ? plan : null } });
}

const mock = (answer: unknown): Mock =>
  answer instanceof Error ? { Throw: { Error: answer.name, Cause: answer.message } } : { Return: answer };
