/** How many builds the account runs at once, by the machine that the configuration chooses (CodeBuild user guide, Quotas). */
import { paginateListServiceQuotas, type ServiceQuota, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { Target } from '../../deployment/target.ts';
import { type Check, type Finding, right, unknown, wrong } from '../check.ts';

const machines = { arm64: 'ARM', x86_64: 'Linux' };

export const builds: Check = {
  name: 'builds at once',
  ofAws: true,
  async look(target) {
    const { concurrency, build } = target.config;
    const machine = `${machines[build.architecture]}/${build.computeType}`;
    const quota = (await quotasOf('codebuild', target)).find(({ QuotaName = '' }) => isFor(machine, QuotaName));
    if (quota?.Value === undefined)
      return unknown(`Service Quotas lists no number of builds on ${machine} at once; look under AWS CodeBuild there.`);
    return judge(machine, quota.Value, concurrency);
  },
};

/** "Concurrently running builds for ARM/Medium environment" */
function isFor(machine: string, name: string): boolean {
  return name.toLowerCase().startsWith(`concurrently running builds for ${machine.toLowerCase()}`);
}

function judge(machine: string, most: number, concurrency: number | null): Finding {
  const ask = `ask for more in Service Quotas (AWS CodeBuild, Concurrently running builds for ${machine})`;
  if (most < 1) return wrong(`the account may run no build on ${machine}: nothing can be delivered; ${ask}`);
  if (concurrency !== null && concurrency > 2 * most)
    return wrong(
      `concurrency: ${concurrency} is more than the account may run on ${machine}, ${most} at once, and CodeBuild refuses such a limit; ${ask}, or set concurrency: ${most}`,
    );
  if (most < 3)
    return unknown(`the account runs ${most} at once on ${machine}: units wait for each other's builds; ${ask}`);
  return right(`${most} at once on ${machine}`);
}

async function quotasOf(service: string, target: Target): Promise<ServiceQuota[]> {
  const client = await target.client(ServiceQuotasClient);
  const found: ServiceQuota[] = [];
  for await (const { Quotas = [] } of paginateListServiceQuotas({ client, pageSize: 100 }, { ServiceCode: service }))
    found.push(...Quotas);
  return found;
}
