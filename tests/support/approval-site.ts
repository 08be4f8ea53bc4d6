/** The deployed stack with its approval page, and a window onto it for whoever has a link. */
import type { Browser, Page } from 'playwright-core';
import { readStored } from '../../src/aws/stored.ts';
import { bucketKeys } from '../../src/delivery/bucket-keys.ts';
import type { DeliveryStatus } from '../../src/delivery/status.ts';
import { readStates } from '../../src/local/demo/states.ts';
import { runResultSchema } from '../../src/model.ts';
import { signedLink } from './approve-on-page.ts';
import { type Look, openWindow, startBrowser } from './browser.ts';
import { liveCi } from './command-line.ts';
import { type LocalPipeline, type LocalSettings, startLocalPipeline } from './local-pipeline.ts';

export class ApprovalSite implements AsyncDisposable {
  readonly pipeline: LocalPipeline;
  readonly browser: Browser;

  constructor(pipeline: LocalPipeline, browser: Browser) {
    this.pipeline = pipeline;
    this.browser = browser;
  }

  static async start(settings?: LocalSettings): Promise<ApprovalSite> {
    return new ApprovalSite(await startLocalPipeline(settings), await startBrowser());
  }

  /** As somebody with access to AWS hands it out. */
  async link(approver: string, ...units: string[]): Promise<string> {
    const words = ['link', '--approver', approver, ...units];
    const { code, out, error } = await liveCi(this.pipeline.repository.states, words, this.pipeline.stack.environment);
    if (code !== 0) throw new Error(`live-ci link: ${error}`);
    return out.trim();
  }

  /** The approver opens a link. */
  async open(link: string, look?: Look): Promise<Page> {
    const page = await openWindow(this.browser, look);
    await page.goto(link);
    return page;
  }

  /** As the deployment signs it, for whatever somebody could be sent. */
  sign(about: Parameters<typeof signedLink>[1]): Promise<string> {
    return signedLink(this.pipeline.stack, about);
  }

  /** Waits until a unit of the commit's delivery is in that state. */
  waitFor(commit: string, unit: string, state: string): Promise<DeliveryStatus> {
    return this.pipeline.until(commit, ({ units }) => units.some((one) => one.path === unit && one.state === state));
  }

  /** What the delivery has really rolled back, in the order in which it was begun. */
  async rolledBack({ delivery, units }: DeliveryStatus): Promise<string[]> {
    const { bucket } = this.pipeline;
    const read = units.map(({ path }) =>
      readStored(bucket, bucketKeys.result(delivery, path, 'rollback'), runResultSchema),
    );
    const results = (await Promise.all(read)).flatMap((stored) => (stored ? [stored.value] : []));
    return results.sort((one, other) => one.startedAt.localeCompare(other.startedAt)).map(({ unit }) => unit);
  }

  /** The resources that Terraform's state files say there are, by unit. */
  states(): ReturnType<typeof readStates> {
    return readStates(this.pipeline.repository.states);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.pipeline[Symbol.asyncDispose]();
  }
}
