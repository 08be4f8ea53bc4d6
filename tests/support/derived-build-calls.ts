/** Calls that CodeBuild makes under the role of a project before its build begins, and what the settings let builds do. */
import { account, region, type Template } from './cloud-formation.ts';
import type { Rule } from './derived-calls.ts';
import type { Call } from './iam.ts';

interface Project {
  Source: { Auth?: { Type: string; Resource: string } };
  VpcConfig?: { Subnets: string[] };
  Environment: {
    Image: string;
    ImagePullCredentialsType?: string;
    EnvironmentVariables: { Name: string; Value: unknown; Type?: string }[];
  };
}

export const buildRules: Rule[] = [
  {
    page: 'CodeBuild API reference, EnvironmentVariable, of type PARAMETER_STORE; KMS guide, encryption context of Parameter Store',
    calls: (template) =>
      ofEach(template, ({ Environment }, role) =>
        valued(Environment, 'PARAMETER_STORE').flatMap((name) => {
          const arn = `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
          return [{ role, action: 'ssm:GetParameters', resource: arn }, decrypts(role, 'ssm', 'PARAMETER_ARN', arn)];
        }),
      ),
  },
  {
    page: 'CodeBuild API reference, EnvironmentVariable, of type SECRETS_MANAGER; KMS guide, encryption context of Secrets Manager',
    calls: (template) =>
      ofEach(template, ({ Environment }, role) =>
        valued(Environment, 'SECRETS_MANAGER').flatMap((value) => {
          const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${value.split(':')[0]}-a1b2c3`;
          const reads = { role, action: 'secretsmanager:GetSecretValue', resource: arn };
          return [reads, decrypts(role, 'secretsmanager', 'SecretARN', arn)];
        }),
      ),
  },
  {
    page: 'CodeBuild guide, Amazon ECR sample',
    calls: (template) =>
      ofEach(template, ({ Environment }, role) => {
        const [, repository] = /amazonaws\.com\/([^:]+)/.exec(Environment.Image) ?? [];
        if (Environment.ImagePullCredentialsType !== 'SERVICE_ROLE' || repository === undefined) return [];
        const resource = `arn:aws:ecr:${region}:${account}:repository/${repository}`;
        const actions = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
        return [
          ...actions.map((action) => ({ role, action, resource })),
          { role, action: 'ecr:GetAuthorizationToken', resource: '*' },
        ];
      }),
  },
  {
    page: 'CodeBuild guide, GitHub App connections',
    calls: (template) =>
      ofEach(template, ({ Source: { Auth } }, role) => {
        if (Auth?.Type !== 'CODECONNECTIONS') return [];
        const actions = ['codeconnections:GetConnectionToken', 'codeconnections:GetConnection'];
        return actions.map((action) => ({ role, action, resource: Auth.Resource }));
      }),
  },
  {
    page: 'CodeBuild guide, Allow CodeBuild access to AWS services required to create a VPC network interface',
    calls: (template) =>
      ofEach(template, ({ VpcConfig }, role) => {
        if (VpcConfig === undefined) return [];
        const on = (action: string) => ({ role, action: `ec2:${action}`, resource: '*' });
        const described = ['DhcpOptions', 'NetworkInterfaces', 'SecurityGroups', 'Subnets', 'Vpcs'];
        return [
          ...['CreateNetworkInterface', 'DeleteNetworkInterface', ...described.map((one) => `Describe${one}`)].map(on),
          ...VpcConfig.Subnets.map((subnet) => ({
            role,
            action: 'ec2:CreateNetworkInterfacePermission',
            resource: `arn:aws:ec2:${region}:${account}:network-interface/eni-0123456789abcdef0`,
            context: {
              'ec2:AuthorizedService': 'codebuild.amazonaws.com',
              'ec2:Subnet': `arn:aws:ec2:${region}:${account}:subnet/${subnet}`,
            },
          })),
        ];
      }),
  },
  {
    page: 'EventBridge guide, Using resource-based policies and roles, CodeBuild targets',
    calls: (template) =>
      template.of('AWS::Events::Rule').flatMap(([, { Properties }]) =>
        (Properties.Targets as { Arn: unknown; RoleArn?: unknown }[]).flatMap(({ Arn, RoleArn }) => {
          if (RoleArn === undefined) return [];
          const role = template.idOf(template.text(RoleArn)) ?? '';
          return [{ role, action: 'codebuild:StartBuild', resource: template.text(Arn) }];
        }),
      ),
  },
  {
    page: 'docs/configuration.md, roles.plan.assumableRoleArns and roles.apply.assumableRoleArns',
    calls: (template, _, { roles = {} }) =>
      ofEach(template, (_project, role) => {
        const kind = role === 'PlanRole' ? roles.plan : role === 'ApplyRole' ? roles.apply : undefined;
        const arns = kind?.assumableRoleArns ?? [];
        return arns.map((resource) => ({ role, action: 'sts:AssumeRole', resource }));
      }),
  },
];

function ofEach(template: Template, calls: (project: Project, role: string) => Call[]): Call[] {
  return template.of('AWS::CodeBuild::Project').flatMap(([, { Properties }]) => {
    const arn = template.text(Properties.ServiceRole);
    return calls(Properties as unknown as Project, template.idOf(arn) ?? arn);
  });
}

function valued({ EnvironmentVariables }: Project['Environment'], type: string): string[] {
  return EnvironmentVariables.filter(({ Type }) => Type === type).map(({ Value }) => String(Value));
}

/** With a key of its own, for which the service asks. */
export function decrypts(role: string, service: string, context: string, arn: string): Call {
  return {
    role,
    action: 'kms:Decrypt',
    resource: `arn:aws:kms:${region}:${account}:key/of-the-secret`,
    context: { 'kms:ViaService': `${service}.${region}.amazonaws.com`, [`kms:EncryptionContext:${context}`]: arn },
  };
}
