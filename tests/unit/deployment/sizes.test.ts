/** What CodeBuild takes of a project, held against the largest configuration: everything set, for sixty accounts. */
import { everythingSet } from '../../support/everything-set.ts';
import { type Packaged, packaged } from '../../support/packaged.ts';

const accounts = Array.from({ length: 60 }, (_, index) => `${210_987_654_000 + index}`);
const environments = Object.fromEntries(
  accounts.map((account) => [
    `accounts/${account}/**`,
    {
      planRoleArn: `arn:aws:iam::${account}:role/infrastructure-plan`,
      applyRoleArn: `arn:aws:iam::${account}:role/infrastructure-apply`,
      approvers: [`lead-of-${account}@example.org`, 'ada@example.org'],
      minimumApprovals: 2,
    },
  ]),
);

/** As many commands as `config check` takes: 22,000 characters, as a buildspec has them. */
const install = Array.from({ length: 22 }, () => 'a'.repeat(988));

let deployment: Packaged;
beforeAll(async () => {
  deployment = await packaged({ ...everythingSet, environments, build: { ...everythingSet.build, install } });
});
afterAll(() => deployment[Symbol.asyncDispose]());

interface Project {
  Source: { BuildSpec: string };
  Environment: { EnvironmentVariables: { Name: string; Value: unknown }[] };
}

const projects = () =>
  Object.values(deployment.resources)
    .filter(({ Type }) => Type === 'AWS::CodeBuild::Project')
    .map(({ Properties }) => Properties as unknown as Project);

test('every variable of a build has at most 4,096 characters', () => {
  const variables = projects().flatMap(({ Environment }) => Environment.EnvironmentVariables);
  expect(variables.length).toBeGreaterThan(15);
  const long = variables.filter(({ Value }) => JSON.stringify(Value).length > 4096);
  expect(long.map(({ Name }) => Name)).toEqual([]);
});

test('every buildspec has at most 25,600 characters', () => {
  expect(projects()).toHaveLength(3);
  for (const { Source } of projects()) expect(Source.BuildSpec.length).toBeLessThanOrEqual(25_600);
});
