import * as z from 'zod';
import { arn, ownParameterName, tags, told } from './told.ts';

/** A regular expression, or one that must not match. */
const pattern = z.union(
  [z.string().min(1), z.strictObject({ pattern: z.string().min(1), exclude: z.boolean().default(false) })],
  'must be a regular expression, or {pattern: …, exclude: true}',
);

const filterGroup = z.strictObject({
  events: told(
    z
      .array(
        z.enum([
          'PUSH',
          'PULL_REQUEST_CREATED',
          'PULL_REQUEST_UPDATED',
          'PULL_REQUEST_REOPENED',
          'PULL_REQUEST_CLOSED',
          'PULL_REQUEST_MERGED',
        ]),
      )
      .min(1),
    'GitHub events',
    'filter EVENT',
  ).default(['PUSH']),
  headRefs: told(pattern, 'the ref that was pushed, or that a pull request comes from', 'filter HEAD_REF').optional(),
  baseRefs: told(pattern, 'the ref that a pull request goes to', 'filter BASE_REF').optional(),
  actorAccountIds: told(pattern, 'GitHub account id of who did it', 'filter ACTOR_ACCOUNT_ID').optional(),
  commitMessages: told(pattern, "the head commit's message", 'filter COMMIT_MESSAGE').optional(),
  filePaths: told(pattern, 'a file that was changed', 'filter FILE_PATH').optional(),
});

export const filterGroupsSchema = told(
  z.array(filterGroup),
  'which events start the build that enqueues: those that match every filter of one group. None: pushes to branch. Each filter is a regular expression, or {pattern, exclude: true}',
  'CodeBuild webhook FilterGroups',
).default([]);

export const githubSchema = z
  .strictObject({
    connectionArn: told(
      arn('(codeconnections|codestar-connections)').nullable(),
      "connection to GitHub as the source's credentials; none: the token's secret, or the token, or the credentials that CodeBuild has in the account",
      'CodeBuild Source.Auth',
    ).default(null),
    token: z
      .strictObject({
        secretArn: told(
          z
            .string()
            .regex(
              /^arn:[\w-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/,
              'must be the ARN of a secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME',
            )
            .meta({ title: 'ARN' })
            .nullable(),
          'secret with the token, instead of a parameter: {"ServerType": "GITHUB", "AuthType": "PERSONAL_ACCESS_TOKEN", "Token": "…"}. The projects clone with it, and no other project of the account does; the roles of all three may read it, and so may the code of units',
          'CodeBuild Source.Auth',
        ).default(null),
        parameter: told(
          ownParameterName.nullable(),
          'parameter that holds a GitHub token: it opens the pull requests that put undelivered units back, and clones private submodules. Its value is never in a file: the deployment writes what LIVE_CI_GITHUB_TOKEN holds, if it is set',
          'SSM SecureString',
        ).default(null),
        modules: told(
          z.boolean(),
          'give it to the builds that plan and apply, too: private Terraform modules, and submodules, are cloned with it. Whatever code is planned can read it then',
          'variable of the projects plan and apply',
        ).default(false),
        description: told(z.string().max(1024), "the parameter's description, when the deployment writes it").default(
          'GitHub token of live-ci',
        ),
        tags: tags("the parameter's tags, when the deployment writes it").default({}),
      })
      .prefault({}),
    submodules: told(z.boolean(), 'check submodules out, too', 'CodeBuild GitSubmodulesConfig').default(false),
    pullRequests: told(
      z.enum(['approve-forks', 'approve-all', 'any']),
      'which pull requests start a build only when somebody with write access has approved it with a comment: those from forks, all, none. Only with filterGroups that name their events',
      'CodeBuild PullRequestBuildPolicy',
    ).default('approve-forks'),
  })
  .prefault({})
  .describe('how GitHub is reached');
