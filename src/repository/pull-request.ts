/**
 * Pull requests through GitHub's REST API ("Create a pull request", "List pull requests", "Update a pull request", "Create an issue comment",
 * version 2022-11-28).
 */
import * as z from 'zod';
import { GitError, messageOf } from '../errors.ts';

export interface GitHub {
  /** Without a slash at the end. */
  api: string;
  token: string;
  /** `owner/name` */
  repository: string;
}

export interface PullRequest {
  /** The branch that is to be merged, in the same repository. */
  head: string;
  /** The branch that it is to be merged into. */
  base: string;
  title: string;
  body: string;
}

const pullRequestSchema = z.object({ html_url: z.string(), number: z.int() });
type Present = z.infer<typeof pullRequestSchema>;

/** Undefined without a token, or when the repository isn't GitHub's kind of name. */
export function gitHubOf(repository: string, environment: NodeJS.ProcessEnv): GitHub | undefined {
  const token = environment.LIVE_CI_GITHUB_TOKEN;
  if (!token || !/^[\w.-]+\/[\w.-]+$/.test(repository)) return undefined;
  return { api: (environment.LIVE_CI_GITHUB_API || 'https://api.github.com').replace(/\/+$/, ''), token, repository };
}

/**
 * The address of the open pull request for a branch: the one that is there, which says from now on what it is to say, or a new one.
 * @throws GitError with GitHub's own words
 */
export async function openPullRequest(github: GitHub, request: PullRequest): Promise<string> {
  const present = await findOpen(github, request);
  if (present !== undefined) return update(github, present, request);
  try {
    return pullRequestSchema.parse(await ask(github, 'POST', 'pulls', request)).html_url;
  } catch (error) {
    const meanwhile = await findOpen(github, request);
    if (meanwhile !== undefined) return meanwhile.html_url;
    throw error;
  }
}

/**
 * Closes the open pull request for a branch, if there is one, and says why.
 * @throws GitError with GitHub's own words
 */
export async function closePullRequest(
  github: GitHub,
  request: Pick<PullRequest, 'head' | 'base'>,
  why: string,
): Promise<void> {
  const present = await findOpen(github, request);
  if (present === undefined) return;
  // Once it is closed it is not found again, so that nobody would be told.
  await ask(github, 'POST', `issues/${present.number}/comments`, { body: why });
  await ask(github, 'PATCH', `pulls/${present.number}`, { state: 'closed' });
}

async function update(github: GitHub, { number }: Present, { title, body }: PullRequest): Promise<string> {
  return pullRequestSchema.parse(await ask(github, 'PATCH', `pulls/${number}`, { title, body })).html_url;
}

async function findOpen(
  github: GitHub,
  { head, base }: Pick<PullRequest, 'head' | 'base'>,
): Promise<Present | undefined> {
  const owner = github.repository.split('/')[0];
  const query = new URLSearchParams({ head: `${owner}:${head}`, base, state: 'open' });
  return z.array(pullRequestSchema).parse(await ask(github, 'GET', `pulls?${query}`))[0];
}

async function ask(github: GitHub, method: string, path: string, body?: unknown): Promise<unknown> {
  const failed = (why: string, cause?: unknown) =>
    new GitError(
      `GitHub did not take ${method} ${urlOf(github, path)}: ${why}; check that the token may write contents and pull requests.`,
      { cause },
    );
  const { status, text } = await answerOf(github, method, path, body).catch((error) => {
    throw failed(messageOf(error), error);
  });
  if (status >= 300) throw failed(`${status} ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

function urlOf({ api, repository }: GitHub, path: string): string {
  return `${api}/repos/${repository}${path === '' ? '' : `/${path}`}`;
}

/** @param path below the repository's own; empty for the repository */
export async function answerOf(
  github: GitHub,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  const response = await fetch(urlOf(github, path), {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${github.token}`,
      'user-agent': 'live-ci',
      'x-github-api-version': '2022-11-28',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, text: await response.text() };
}
