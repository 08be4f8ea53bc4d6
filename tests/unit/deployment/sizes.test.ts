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

test("a role's inline policies have at most 10,240 characters when the configuration has as much as is taken", async () => {
  const arn = (index: number) => `arn:aws:iam::${210_987_654_000 + index}:role/infrastructure-apply`;
  const applyRoles = Object.fromEntries(
    Array.from({ length: 101 }, (_, index) => [`a${index}`, { applyRoleArn: arn(index) }]),
  );
  const environmentVariables = Array.from({ length: 5 }, (_, index) => ({
    name: `SECRET_${index}`,
    value: `/secrets/${'a'.repeat(60)}-${index}`,
    type: 'PARAMETER_STORE' as const,
  }));
  await using full = await packaged({
    ...everythingSet,
    environments: applyRoles,
    build: { ...everythingSet.build, environmentVariables },
  });
  const policies = full.resources.ApplyRole?.Properties.Policies as { PolicyDocument: unknown }[];
  const characters = policies.reduce((sum, { PolicyDocument }) => sum + JSON.stringify(PolicyDocument).length, 0);
  expect(characters).toBeLessThanOrEqual(10_240);
  expect(characters).toBeGreaterThan(8000);
});

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
