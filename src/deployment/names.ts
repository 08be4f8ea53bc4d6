/** What everything that is deployed is called: `<service>-<stage>-…`, unless a setting names it. Pure. */
import type { Config } from '../config/schema.ts';

/** @param prefix `<service>-<stage>`, which is the stack's name. */
export function namesOf({ functions, pipeline, poll, approvals, build, roles }: Config, prefix: string) {
  const project = build.name ?? prefix;
  return {
    enqueue: `${project}-enqueue`,
    plan: `${project}-plan`,
    apply: `${project}-apply`,
    poll: functions.poll ?? `${prefix}-poll`,
    requestApproval: functions.requestApproval ?? `${prefix}-request-approval`,
    decide: functions.decide ?? `${prefix}-decide`,
    finish: functions.finish ?? `${prefix}-finish`,
    nextGroup: functions.nextGroup ?? `${prefix}-next-group`,
    page: approvals.page.name ?? `${prefix}-page`,
    localRunner: `${prefix}-local-runner`,
    pipeline: pipeline.name ?? `${prefix}-pipeline`,
    build: pipeline.buildName ?? `${prefix}-build`,
    decision: pipeline.decisionName ?? `${prefix}-decision`,
    pollRule: poll.ruleName ?? `${prefix}-poll`,
    endedRule: `${prefix}-ended`,
    branchRule: `${prefix}-branch`,
    /** A parameter's name, as a path. */
    signingKey: approvals.signingKey.parameter ?? `/${prefix}/signing-key`,
    /** None: CloudFormation makes one up. */
    planRole: roles.plan.name,
    applyRole: roles.apply.name,
    pipelineRole: roles.pipeline.name,
  };
}
