/** The builds of a self test: how long each took, and how one is stopped. In CodeBuild, and on one's own machine, where the execution of `build` stands for it. */
import {
  BatchGetBuildsCommand,
  type Build,
  type CodeBuildClient,
  paginateListBuildsForProject,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import {
  DescribeExecutionCommand,
  paginateListExecutions,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { atMost, bucketRequests } from '../at-most.ts';
import type { Bucket } from '../aws/bucket.ts';
import { readStored } from '../aws/stored.ts';
import { DeliveryError } from '../errors.ts';
import { runActions, runResultSchema } from '../model.ts';

export const phases = ['queued', 'provisioning', 'download', 'install', 'work', 'upload'] as const;
export type Phase = (typeof phases)[number];

/** The CodeBuild phases that each is (CodeBuild guide, Build phase transitions). */
const phasesOf: Record<Phase, readonly string[]> = {
  queued: ['SUBMITTED', 'QUEUED'],
  provisioning: ['PROVISIONING'],
  download: ['DOWNLOAD_SOURCE'],
  install: ['INSTALL'],
  work: ['PRE_BUILD', 'BUILD', 'POST_BUILD'],
  upload: ['UPLOAD_ARTIFACTS', 'FINALIZING'],
};

export interface BuildTimes {
  delivery: string;
  /** Seconds; on one's own machine, of the work alone. */
  seconds: Partial<Record<Phase, number>>;
  /** That CodeBuild bills: each minute that was begun. */
  minutes: number;
}

export interface Builds {
  /** Stops the build that applies a unit of the delivery. @throws DeliveryError when there is none */
  stopApply(delivery: string): Promise<void>;
  /** Those that have ended of all deliveries whose id begins so. */
  times(prefix: string): Promise<BuildTimes[]>;
}

/** @param projects names of the projects that plan and that apply */
export function inCodeBuild(client: CodeBuildClient, projects: { plan: string; apply: string }): Builds {
  /** From the newest on, up to the first that is older than a day: a self test has no such build. */
  async function newest(projectName: string): Promise<Build[]> {
    const found: Build[] = [];
    const oldest = Date.now() - 24 * 3_600_000;
    for await (const { ids = [] } of paginateListBuildsForProject(
      { client },
      { projectName, sortOrder: 'DESCENDING' },
    )) {
      if (ids.length === 0) break;
      const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids }));
      found.push(...builds);
      if (builds.some(({ startTime }) => startTime !== undefined && startTime.getTime() < oldest)) break;
    }
    return found;
  }
  const deliveryOf = ({ environment }: Build) =>
    environment?.environmentVariables?.find(({ name }) => name === 'LIVE_CI_DELIVERY')?.value ?? '';

  return {
    async stopApply(delivery) {
      const builds = await newest(projects.apply);
      const build = builds.find((one) => deliveryOf(one) === delivery && one.buildStatus === 'IN_PROGRESS');
      if (!build?.id) throw new DeliveryError(`CodeBuild runs no build of ${delivery} in ${projects.apply}.`);
      await client.send(new StopBuildCommand({ id: build.id }));
    },
    async times(prefix) {
      const builds = (await Promise.all([projects.plan, projects.apply].map(newest))).flat();
      return builds
        .filter((build) => deliveryOf(build).startsWith(prefix) && build.endTime)
        .map((build) => ({ delivery: deliveryOf(build), seconds: secondsOf(build), minutes: minutesOf(build) }));
    },
  };
}

function secondsOf({ phases: took = [] }: Build): BuildTimes['seconds'] {
  return Object.fromEntries(
    phases.map((phase) => {
      const parts = took.filter(({ phaseType = '' }) => phasesOf[phase].includes(phaseType));
      return [phase, parts.reduce((sum, { durationInSeconds = 0 }) => sum + durationInSeconds, 0)];
    }),
  );
}

function minutesOf({ startTime, endTime }: Build): number {
  return startTime && endTime ? Math.ceil((endTime.getTime() - startTime.getTime()) / 60_000) : 0;
}

const inputSchema = z.object({ action: z.string(), delivery: z.string() });

/** @param stateMachine ARN of `build` */
export function onThisMachine(client: SFNClient, stateMachine: string, bucket: Bucket): Builds {
  return {
    async stopApply(delivery) {
      for await (const { executions = [] } of paginateListExecutions(
        { client },
        { stateMachineArn: stateMachine, statusFilter: 'RUNNING' },
      ))
        for (const { executionArn } of executions) {
          const { input = '' } = await client.send(new DescribeExecutionCommand({ executionArn }));
          const parsed = inputSchema.safeParse(JSON.parse(input));
          if (parsed.data?.delivery !== delivery || parsed.data.action !== 'apply') continue;
          await client.send(new StopExecutionCommand({ executionArn, cause: 'Stopped by the self test' }));
          return;
        }
      throw new DeliveryError(`No execution of build applies anything of ${delivery}.`);
    },
    async times(prefix) {
      const keys = (await Promise.all([bucket.list(`plans/${prefix}`), bucket.list(`applies/${prefix}`)])).flat();
      const results = keys.filter((key) => runActions.some((action) => key.endsWith(`/${action}.json`)));
      const times = await atMost(bucketRequests, results, async (key) => {
        const result = (await readStored(bucket, key, runResultSchema))?.value;
        const work = result ? (Date.parse(result.endedAt) - Date.parse(result.startedAt)) / 1000 : 0;
        return { delivery: key.split('/')[1] ?? '', seconds: { work }, minutes: 0 };
      });
      return times;
    },
  };
}
