/** Settings that are right by themselves and can't hold together. Each rule is a function; a mistake says what to do. Pure. */
import { isGlob } from '../discovery/glob.ts';
import type { Mistake } from './check.ts';
import { approversOf } from './environments.ts';
import { otherPartitions, withoutCodeBuild, withoutFunctionUrls } from './regions.ts';
import type { Config } from './schema.ts';

export function contradictions(config: Config): Mistake[] {
  return rules.flatMap((rule) => rule(config));
}

const rules: ((config: Config) => Mistake[])[] = [
  regionIsKnown,
  regionHasPages,
  rolesFitTheirPolicies,
  enoughApprovers,
  approversHaveThePage,
  approversFitTheStack,
  webhooksDiffer,
  patternsCanMatch,
  patternsDiffer,
  stagesDiffer,
  somethingIsEnqueued,
  filtersCanMatch,
  pullRequestsAreHeardOf,
  imageFitsArchitecture,
  variablesDiffer,
  installFits,
  oneWayToGitHub,
  fleetsHaveTheirNetwork,
  kindsShareNoMachine,
  namesDiffer,
  existingPartsStay,
  existingPartsAreHere,
  plansOutlastApprovals,
];

function regionIsKnown({ region }: Config): Mistake[] {
  if (otherPartitions.some((beginning) => region.startsWith(beginning)))
    return mistake(
      ['region'],
      `${region} is of another partition than aws (GovCloud, China or an isolated one), whose ARNs the pipeline doesn't write; deploy to a region of aws`,
    );
  if (!withoutCodeBuild.includes(region)) return [];
  return mistake(
    ['region'],
    `there is no CodeBuild in ${region}; deploy to another region, from which any can be reached`,
  );
}

function regionHasPages({ region, approvals }: Config): Mistake[] {
  if (!approvals.page.enabled || !withoutFunctionUrls.includes(region)) return [];
  return mistake(
    ['region'],
    `Lambda has no function URLs in ${region}, and so there is no approval page; write approvals: {page: {enabled: false}}, or deploy to another region`,
  );
}

/**
 * Characters of ARNs and names in the statements that the configuration adds to a role: its inline policies have at most 10,240 (IAM quotas), of
 * which those that each role has take some 2,500.
 */
const mostInPolicies = 7_400;

function rolesFitTheirPolicies({ roles, environments, build }: Config): Mistake[] {
  return (['plan', 'apply'] as const).flatMap((kind) => {
    const ofEnvironments = Object.values(environments).map(({ planRoleArn, applyRoleArn }) =>
      kind === 'plan' ? planRoleArn : applyRoleArn,
    );
    const arns = new Set([...roles[kind].assumableRoleArns, ...ofEnvironments].filter((arn) => arn !== undefined));
    const secrets = build.environmentVariables.filter(({ type }) => type !== 'PLAINTEXT');
    // A secret is named twice, by an ARN that is longer than its name.
    const characters =
      [...arns].reduce((sum, arn) => sum + arn.length + 3, 0) +
      secrets.reduce((sum, { value }) => sum + 2 * (value.length + 100), 0);
    if (characters <= mostInPolicies) return [];
    return mistake(
      ['roles', kind],
      `the ${arns.size} roles that it may assume, those of the environments among them, and ${secrets.length} secrets of build.environmentVariables have ${characters} characters in its policies, and IAM has room for ${mostInPolicies}; put these into a managed policy (roles.${kind}.policyArns) with a pattern for the roles' names, or list fewer`,
    );
  });
}

function enoughApprovers({ approvals, environments }: Config): Mistake[] {
  const places = Object.entries(environments).map(([pattern, own]) => ({ at: ['environments', pattern], own }));
  return [{ at: ['approvals'], own: approvals }, ...places].flatMap(({ at, own }) => {
    const { approvers, minimumApprovals, authorMayApprove } = { ...approvals, ...own };
    const says = (key: keyof typeof own) => (own[key] === undefined ? at : [...at, key]);
    if (own.approvers === undefined && own.minimumApprovals === undefined && own.authorMayApprove === undefined)
      return [];
    const different = new Set(approvers.map((one) => one.toLowerCase())).size;
    if (minimumApprovals > Math.max(different, 1))
      return mistake(
        says('minimumApprovals'),
        `${minimumApprovals} approvals are asked for, and there are ${different} approvers; list more approvers, or ask for fewer approvals`,
      );
    if (authorMayApprove) return [];
    if (different === 0)
      return mistake(
        says('authorMayApprove'),
        "the commit's author can only be told from approvers that are listed; list approvers, or let the author approve",
      );
    if (minimumApprovals > 1 && minimumApprovals === different)
      return mistake(
        says('minimumApprovals'),
        `all ${different} approvers are needed, and the commit's author doesn't count: what one of them commits could never be approved; list one more, or let the author approve`,
      );
    return [];
  });
}

function approversHaveThePage({ approvals, environments }: Config): Mistake[] {
  const anybody = [approvals, ...Object.values(environments)].some(({ approvers }) => (approvers?.length ?? 0) > 0);
  if (approvals.page.enabled || !anybody) return [];
  return mistake(
    ['approvals', 'page', 'enabled'],
    'approvers are sent links to the page, and there is none; enable it, or list no approvers',
  );
}

/** Each has a topic with a policy, and a stack at most 500 resources (CloudFormation guide, quotas). */
const mostApprovers = 200;

function approversFitTheStack(config: Config): Mistake[] {
  const { length } = approversOf(config);
  if (length <= mostApprovers) return [];
  return mistake(
    ['approvals', 'approvers'],
    `${length} different approvers are listed, here and in the environments, and a stack has room for the mails of ${mostApprovers}; list fewer`,
  );
}

function webhooksDiffer({ notifications: { webhooks } }: Config): Mistake[] {
  return repeated([...webhooks.entries()], ([, { parameter }]) => parameter).flatMap(([[index, { parameter }]]) =>
    mistake(['notifications', 'webhooks', index, 'parameter'], `${parameter} is said twice; keep one`),
  );
}

function patternsCanMatch({ environments }: Config): Mistake[] {
  return Object.keys(environments).flatMap((pattern) => {
    const path = ['environments', pattern];
    if (pattern !== plain(pattern))
      return mistake(
        path,
        `no unit's path is written like that, so it never matches; write ${plain(pattern) || '**'}`,
        true,
      );
    if (pattern.split('/').some((name) => name === '..' || name === '.' || name === ''))
      return mistake(
        path,
        "units' paths begin at the repository's root, with no . or .. in them, so it never matches",
        true,
      );
    return isGlob(pattern) ? [] : mistake(path, 'is no path pattern; close each [ and {', true);
  });
}

/** A path as units have it. */
function plain(path: string): string {
  return path
    .trim()
    .replace(/^(\.?\/)+/, '')
    .replace(/\/+$/, '');
}

function patternsDiffer({ environments }: Config): Mistake[] {
  return repeated(Object.keys(environments), (pattern) => plain(pattern)).flatMap(([pattern, first]) =>
    mistake(['environments', pattern], `is the same pattern as ${first}; join the two`, true),
  );
}

function stagesDiffer({ stages }: Config): Mistake[] {
  return repeated([...stages.entries()], ([, stage]) => plain(stage)).flatMap(([[index, stage], [, first]]) =>
    mistake(['stages', index], `${stage} is the same stage as ${first}; name it once`),
  );
}

/** As src/queue/webhook.ts answers events. */
function somethingIsEnqueued({ filterGroups }: Config): Mistake[] {
  const events = filterGroups.flatMap((group) => group.events);
  if (events.length === 0 || events.includes('PUSH') || events.includes('PULL_REQUEST_MERGED')) return [];
  return mistake(
    ['filterGroups'],
    'no group names PUSH or PULL_REQUEST_MERGED, and nothing else is ever delivered; add a group {events: [PUSH]}',
  );
}

/** CodeBuild API, WebhookFilter: BASE_REF works with pull request events only. */
function filtersCanMatch({ filterGroups }: Config): Mistake[] {
  return filterGroups.flatMap(({ events, baseRefs }, index) =>
    baseRefs !== undefined && events.includes('PUSH')
      ? mistake(
          ['filterGroups', index, 'baseRefs'],
          'a push has no base ref, so the group never matches one; write headRefs, or a group of its own for pull requests',
        )
      : [],
  );
}

function pullRequestsAreHeardOf({ github, filterGroups }: Config): Mistake[] {
  const heardOf = filterGroups.some(({ events }) => events.some((event) => event !== 'PUSH'));
  if (heardOf || github.pullRequests === 'approve-forks') return [];
  return mistake(
    ['github', 'pullRequests'],
    'no pull request starts a build; name their events in filterGroups, or leave this out',
  );
}

function imageFitsArchitecture({ build: { image, architecture } }: Config): Mistake[] {
  if (image === null) return [];
  const of = /^aws\/codebuild\//.test(image) ? (/aarch64/.test(image) ? 'arm64' : 'x86_64') : architecture;
  return of === architecture
    ? []
    : mistake(['build', 'architecture'], `the image ${image} is one for ${of}; choose an image for ${architecture}`);
}

function variablesDiffer({ build }: Config): Mistake[] {
  return repeated([...build.environmentVariables.entries()], ([, { name }]) => name).flatMap(([[index, { name }]]) =>
    mistake(['build', 'environmentVariables', index, 'name'], `${name} is said twice; keep one`),
  );
}

/**
 * CodeBuild takes a buildspec of 25,600 characters. The deployment's own has some 1,500 without these commands, each of which has a line of its own,
 * as JSON.
 */
const mostInstalled = 22_000;

function installFits({ build: { install } }: Config): Mistake[] {
  const characters = install.reduce((sum, command) => sum + JSON.stringify(command).length + 10, 0);
  if (characters <= mostInstalled) return [];
  return mistake(
    ['build', 'install'],
    `the commands have ${characters} characters as a buildspec has them, and CodeBuild takes ${mostInstalled} besides what builds do anyway; put them into a script of the repository, or into an image (build.image)`,
  );
}

function oneWayToGitHub({ github: { connectionArn, token } }: Config): Mistake[] {
  if (token.secretArn === null) return [];
  const path = ['github', 'token', 'secretArn'];
  if (connectionArn !== null) return mistake(path, 'a project clones with one of connection and secret; keep one');
  return token.parameter === null ? [] : mistake(path, 'the token is in a secret or in a parameter; keep one');
}

/** CodeBuild guide, Run builds on reserved capacity fleets: the VPC is the fleet's. */
function fleetsHaveTheirNetwork({ build: { vpc, fleet } }: Config): Mistake[] {
  if (vpc === null || (fleet.plan === null && fleet.apply === null)) return [];
  return mistake(
    ['build', 'vpc'],
    'machines of a fleet are in the network of the fleet; set that there, or name no fleet',
  );
}

/** What a plan leaves on a machine would run with the role of an apply. */
function kindsShareNoMachine({ build: { fleet } }: Config): Mistake[] {
  if (fleet.plan === null || fleet.plan !== fleet.apply) return [];
  return mistake(
    ['build', 'fleet', 'apply'],
    'plans and applies would share machines, and what the code of a plan leaves there would run with the role of an apply; name two fleets',
  );
}

/** Lambdas share a namespace, and so do state machines and roles. */
function namesDiffer({ functions, approvals, pipeline, roles }: Config): Mistake[] {
  const of = (group: object, ...path: string[]) =>
    Object.entries(group).map(([key, name]) => ({ path: [...path, key], name }));
  const kinds = [
    [...of(functions, 'functions'), { path: ['approvals', 'page', 'name'], name: approvals.page.name }],
    of(pipeline, 'pipeline').filter(({ path }) => path[1] !== 'tags'),
    (['plan', 'apply', 'pipeline'] as const).map((role) => ({ path: ['roles', role, 'name'], name: roles[role].name })),
  ];
  return kinds.flatMap((named) =>
    repeated(
      named.filter(({ name }) => name !== null),
      ({ name }) => name,
    ).flatMap(([{ path, name }, first]) =>
      mistake(path, `${name} is the name of ${first.path.join('.')} already; choose another`),
    ),
  );
}

function existingPartsStay({ artifacts, roles: { pipeline } }: Config): Mistake[] {
  return [
    ...(artifacts.bucket !== null && artifacts.removeWithStack
      ? mistake(['artifacts', 'removeWithStack'], 'an existing bucket always stays; write false, or name no bucket')
      : []),
    ...(pipeline.arn !== null && pipeline.name !== null
      ? mistake(['roles', 'pipeline', 'name'], 'an existing role has its name; write its arn only')
      : []),
  ];
}

/** Alarms tell topics of their own region only, and a key encrypts in its own. */
function existingPartsAreHere({ region, kmsKeyArn, notifications: { topicArn }, github, build }: Config): Mistake[] {
  const named: [path: string[], arn: string | null][] = [
    [['kmsKeyArn'], kmsKeyArn],
    [['notifications', 'topicArn'], topicArn],
    [['github', 'token', 'secretArn'], github.token.secretArn],
    [['build', 'fleet', 'plan'], build.fleet.plan],
    [['build', 'fleet', 'apply'], build.fleet.apply],
  ];
  return named.flatMap(([path, arn]) => {
    const its = arn?.split(':')[3];
    return its === undefined || its === region
      ? []
      : mistake(path, `is in ${its}, and what is deployed is in ${region}; name one of that region`);
  });
}

/** A plan that is gone can't be applied; a delivery asks about many units, one after the other. */
function plansOutlastApprovals({ artifacts: { planDays }, timeouts: { approvalHours } }: Config): Mistake[] {
  const days = Math.ceil(approvalHours / 24);
  if (planDays > 2 * days) return [];
  return mistake(
    ['artifacts', 'planDays'],
    `a plan may wait ${days} days for its approval (timeouts.approvalHours), and what was applied must be known until the delivery ends; keep plans for more than ${2 * days} days`,
  );
}

/** Each that has the key of one before it, with that one. */
function repeated<T>(all: readonly T[], keyOf: (one: T) => unknown): [T, T][] {
  const first = new Map<unknown, T>();
  return all.flatMap((one): [T, T][] => {
    const before = first.get(keyOf(one));
    if (before === undefined) first.set(keyOf(one), one);
    return before === undefined ? [] : [[one, before]];
  });
}

function mistake(path: readonly PropertyKey[], what: string, ofName = false): Mistake[] {
  return [{ path, ofName, message: `${path.join('.')}: ${what}` }];
}
