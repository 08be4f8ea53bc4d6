/** Ways to GitHub and into a network that the account has: a secret of Secrets Manager, a VPC, fleets. */
import { type Packaged, packaged, permissionsOf } from '../../support/packaged.ts';

const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:live/github';
const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
const fleet = (name: string) => `arn:aws:codebuild:us-east-1:123456789012:fleet/${name}:0123`;

let inVpc: Packaged;
let onFleets: Packaged;
beforeAll(async () => {
  [inVpc, onFleets] = await Promise.all([
    packaged({
      github: { token: { secretArn } },
      build: {
        computeType: 'xlarge',
        vpc: { id: 'vpc-0123456789abcdef0', subnets, securityGroups: ['sg-0123456789abcdef0'] },
      },
    }),
    packaged({ build: { fleet: { plan: fleet('plan'), apply: fleet('apply') } } }),
  ]);
});
afterAll(async () => {
  await inVpc[Symbol.asyncDispose]();
  await onFleets[Symbol.asyncDispose]();
});

const properties = ({ resources }: Packaged, name: string) => resources[name]?.Properties as Record<string, object>;

test('every project clones with the secret, which its role may read; the token is in no other build of the account', () => {
  for (const kind of ['Enqueue', 'Plan', 'Apply']) {
    expect(properties(inVpc, `${kind}Project`).Source).toMatchObject({
      Auth: { Type: 'SECRETS_MANAGER', Resource: secretArn },
    });
    const secrets = permissionsOf(inVpc, `${kind}Role`).find(({ Sid }) => Sid === 'Secrets');
    expect(secrets).toMatchObject({
      Action: 'secretsmanager:GetSecretValue',
      Resource: [{ 'Fn::Sub': secretArn }, { 'Fn::Sub': `${secretArn}-??????` }],
    });
  }
  const tokenOf = (project: string) =>
    (properties(inVpc, project).Environment as { EnvironmentVariables: { Name: string }[] }).EnvironmentVariables.find(
      ({ Name }) => Name === 'LIVE_CI_GITHUB_TOKEN',
    );
  expect(tokenOf('EnqueueProject')).toMatchObject({ Value: `${secretArn}:Token`, Type: 'SECRETS_MANAGER' });
  expect(tokenOf('PlanProject')).toBeUndefined();
});

test('plans and applies run in the VPC, whose network interfaces only CodeBuild may use, and only in its subnets', () => {
  for (const kind of ['Plan', 'Apply']) {
    expect(properties(inVpc, `${kind}Project`)).toMatchObject({
      VpcConfig: { VpcId: 'vpc-0123456789abcdef0', Subnets: subnets, SecurityGroupIds: ['sg-0123456789abcdef0'] },
      Environment: { ComputeType: 'BUILD_GENERAL1_XLARGE' },
    });
    const statements = permissionsOf(inVpc, `${kind}Role`);
    expect(statements.find(({ Sid }) => Sid === 'Network')?.Action).toContain('ec2:CreateNetworkInterface');
    expect(statements.find(({ Sid }) => Sid === 'NetworkPermission')).toMatchObject({
      Action: 'ec2:CreateNetworkInterfacePermission',
      Condition: {
        StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' },
        ArnEquals: {
          'ec2:Subnet': subnets.map((id) => ({
            'Fn::Sub': `arn:\${AWS::Partition}:ec2:us-east-1:\${AWS::AccountId}:subnet/${id}`,
          })),
        },
      },
    });
  }
  expect(properties(inVpc, 'EnqueueProject')).not.toHaveProperty('VpcConfig');
  expect(permissionsOf(inVpc, 'EnqueueRole').map(({ Sid }) => Sid)).not.toContain('Network');
});

test('plans and applies run on a fleet each, and what enqueues on none', () => {
  expect(properties(onFleets, 'PlanProject').Environment).toMatchObject({ Fleet: { FleetArn: fleet('plan') } });
  expect(properties(onFleets, 'ApplyProject').Environment).toMatchObject({ Fleet: { FleetArn: fleet('apply') } });
  expect(properties(onFleets, 'EnqueueProject').Environment).not.toHaveProperty('Fleet');
  expect(properties(onFleets, 'PlanProject')).not.toHaveProperty('VpcConfig');
});
