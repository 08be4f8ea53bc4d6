import * as z from 'zod';
import { resourceName, tags, told } from './told.ts';

const command = (meaning: string, otherwise: string) =>
  told(z.string().min(1).nullable(), `${meaning}; a shell command, run in the unit's directory; none: ${otherwise}`);

export const commandsShape = {
  plan: command('plans a unit, to be destroyed if `$LIVE_CI_DESTROY` is `true`', "the unit's own tool"),
  apply: command('applies a plan that was approved', "the unit's own tool"),
  destroy: command('applies the approved plan that destroys a deleted unit', 'as `apply`'),
  rollback: command('plans the code that was applied before', 'as `plan`'),
};

export const commandsSchema = z
  .strictObject({
    plan: commandsShape.plan.default(null),
    apply: commandsShape.apply.default(null),
    destroy: commandsShape.destroy.default(null),
    rollback: commandsShape.rollback.default(null),
  })
  .prefault({})
  .describe(
    'commands that builds run in a unit instead of its own tool; $LIVE_CI_PLAN_FILE is the plan file that plan and rollback write, and that apply and destroy apply',
  );

const awsId = (kind: string) =>
  z.string().regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `must be an id such as ${kind}-0123456789abcdef0`);

const fleetArn = (doing: string) =>
  told(
    z
      .string()
      .regex(
        /^arn:[\w-]+:codebuild:[a-z0-9-]+:\d{12}:fleet\/[\w-]+(:[\w-]+)?$/,
        'must be the ARN of a fleet, arn:aws:codebuild:REGION:ACCOUNT:fleet/NAME:ID',
      )
      .meta({ title: 'ARN' })
      .nullable(),
    `fleet of CodeBuild that ${doing} run on; none: machines that CodeBuild provisions for each build`,
    'CodeBuild Environment.Fleet',
  ).default(null);

export const buildSchema = z
  .strictObject({
    name: told(
      resourceName.max(50).nullable(),
      'the projects are <name>-enqueue, -plan and -apply; none: <service>-<stage>',
      'CodeBuild Name',
    ).default(null),
    tags: tags('tags of the projects').default({}),
    image: told(
      z.string().min(1).nullable(),
      "image of the builds, with Node 22 or newer; one of the account's own in ECR is pulled with the roles of the builds. None: the Amazon Linux image of CodeBuild for the architecture",
      'CodeBuild Environment.Image',
    ).default(null),
    architecture: told(
      z.enum(['arm64', 'x86_64']),
      "the image's architecture; CodeBuild doesn't have machines for arm64 in every region",
      'CodeBuild Environment.Type',
    ).default('arm64'),
    install: told(
      z.array(z.string().min(1)),
      'shell commands that every build begins with: they install the tools of your units that the image does not have, into /opt/live-ci/bin, which is on the PATH and is kept between builds as `cache` says',
      'install phase of the buildspec',
    ).default([]),
    computeType: told(
      z.enum(['small', 'medium', 'large', 'xlarge', '2xlarge']),
      'size of the machines that plan and apply; of a fleet, as the fleet has it',
      'CodeBuild Environment.ComputeType',
    ).default('medium'),
    vpc: told(
      z
        .strictObject({
          id: told(awsId('vpc'), 'the VPC'),
          subnets: told(
            z.array(awsId('subnet')).min(1).max(16),
            'its private subnets, with a way to the internet by NAT, or to all that builds reach by endpoints',
          ),
          securityGroups: told(z.array(awsId('sg')).min(1).max(5), 'its security groups'),
        })
        .nullable(),
      'network that plans and applies run in, for providers that reach something private; none: that of CodeBuild',
      'CodeBuild VpcConfig',
    ).default(null),
    fleet: z
      .strictObject({
        plan: fleetArn('plans'),
        apply: fleetArn('applies and rollbacks'),
      })
      .prefault({})
      .describe('reserved machines, which are there at once and paid for while they idle'),
    environmentVariables: told(
      z.array(
        z.strictObject({
          name: told(
            z
              .string()
              .regex(
                /^(?!LIVE_CI_|CODEBUILD_)[A-Za-z_]\w*$/,
                'must be a name, and not begin with LIVE_CI_ or CODEBUILD_',
              ),
            "the variable's name",
          ),
          value: told(
            z.string().max(4096, 'must have at most 4,096 characters, as many as CodeBuild takes'),
            'its value, or the name of the parameter or of the secret that holds it',
          ),
          type: told(z.enum(['PLAINTEXT', 'PARAMETER_STORE', 'SECRETS_MANAGER']), 'what value is').default('PLAINTEXT'),
        }),
      ),
      'variables of the builds that plan and apply',
      'CodeBuild EnvironmentVariables',
    ).default([]),
    buildspec: told(
      z.string().min(1).nullable(),
      "the repository's own buildspec for plans and applies, by its path in the repository, whose first exported variable is LIVE_CI_RESULT; none: the deployment's",
      'CodeBuild Source.BuildSpec',
    ).default(null),
    cache: told(
      z.enum(['none', 'bucket']),
      'where providers and the tools of the builds are kept between them',
      'CodeBuild Cache',
    ).default('bucket'),
  })
  .prefault({})
  .describe('the CodeBuild projects');
