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
    architecture: told(z.enum(['arm64', 'x86_64']), "the image's architecture", 'CodeBuild Environment.Type').default(
      'arm64',
    ),
    install: told(
      z.array(z.string().min(1)),
      'shell commands that every build begins with: they install the tools of your units that the image does not have, into /opt/live-ci/bin, which is on the PATH and is kept between builds as `cache` says',
      'install phase of the buildspec',
    ).default([]),
    computeType: told(
      z.enum(['small', 'medium', 'large', '2xlarge']),
      'size of the machines that plan and apply',
      'CodeBuild Environment.ComputeType',
    ).default('medium'),
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
