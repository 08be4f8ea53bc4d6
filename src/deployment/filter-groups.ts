/** Which events start the build that enqueues: the configuration's filterGroups, as CodeBuild's webhook takes them. Pure. */
import type { Config } from '../config/schema.ts';

/** A webhook's filter (CodeBuild API: WebhookFilter). */
interface Filter {
  Type: string;
  Pattern: string;
  ExcludeMatchedPattern?: boolean;
}

type FilterGroup = Config['filterGroups'][number];
type Pattern = NonNullable<FilterGroup['headRefs']>;

/** The pull requests that wait until somebody with write access has approved their build (CodeBuild API: PullRequestBuildPolicy). */
const commentApproval = {
  'approve-forks': 'FORK_PULL_REQUESTS',
  'approve-all': 'ALL_PULL_REQUESTS',
  any: 'DISABLED',
} as const satisfies Record<Config['github']['pullRequests'], string>;

/** A build begins when every filter of one group matches. */
export function webhookTriggers({ filterGroups, branch, github }: Pick<Config, 'filterGroups' | 'branch' | 'github'>) {
  const pushes: FilterGroup = { events: ['PUSH'], headRefs: `^refs/heads/${escaped(branch)}$` };
  const groups = filterGroups.length > 0 ? filterGroups : [pushes];
  const asked = commentApproval[github.pullRequests];
  return {
    Webhook: true,
    FilterGroups: groups.map(filters),
    PullRequestBuildPolicy: {
      RequiresCommentApproval: asked,
      ...(asked === 'DISABLED' ? {} : { ApproverRoles: ['GITHUB_WRITE', 'GITHUB_MAINTAIN', 'GITHUB_ADMIN'] }),
    },
  };
}

/** Whether each push to the branch is to be enqueued; a filter may leave some out until one that it takes comes. */
export function everyPushIsTaken({ filterGroups }: Pick<Config, 'filterGroups'>): boolean {
  if (filterGroups.length === 0) return true;
  return filterGroups.some(
    ({ events, actorAccountIds, commitMessages, filePaths }) =>
      events.includes('PUSH') && (actorAccountIds ?? commitMessages ?? filePaths) === undefined,
  );
}

function filters(group: FilterGroup): Filter[] {
  const { events, headRefs, baseRefs, actorAccountIds, commitMessages, filePaths } = group;
  return [
    { Type: 'EVENT', Pattern: events.join(', ') },
    ...filter('HEAD_REF', headRefs),
    ...filter('BASE_REF', baseRefs),
    ...filter('ACTOR_ACCOUNT_ID', actorAccountIds),
    ...filter('COMMIT_MESSAGE', commitMessages),
    ...filter('FILE_PATH', filePaths),
  ];
}

function filter(Type: string, pattern: Pattern | undefined): Filter[] {
  if (pattern === undefined) return [];
  if (typeof pattern === 'string') return [{ Type, Pattern: pattern }];
  return [{ Type, Pattern: pattern.pattern, ExcludeMatchedPattern: pattern.exclude }];
}

/** A regular expression for just this text. */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
