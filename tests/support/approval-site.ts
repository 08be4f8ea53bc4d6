/** The deployed stack with its approval page, and a window onto it for whoever has a link. */
import type { Browser, Page } from 'playwright-core';
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

  /** Waits until a unit of the commit's delivery is in that state. */
  async waitFor(commit: string, unit: string, state: string): Promise<void> {
    await this.pipeline.until(commit, ({ units }) => units.some((one) => one.path === unit && one.state === state));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.pipeline[Symbol.asyncDispose]();
  }
}
