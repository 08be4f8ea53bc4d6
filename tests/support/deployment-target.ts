/** What is deployed to, for tests of the plugin's hooks: AWS as an endpoint answers it, and what was said to whoever deploys. */
import { configSchema } from '../../src/config/schema.ts';
import { namesOf } from '../../src/deployment/names.ts';
import type { Target } from '../../src/deployment/target.ts';
import { type Answer, type AwsEndpoint, awsEndpoint, type Call } from './aws-endpoint.ts';

export interface TestTarget extends AsyncDisposable {
  target: Target;
  calls: AwsEndpoint['calls'];
  said: string[];
}

/** @param settings what live-ci.config.yml says. */
export async function targetThatAnswers(
  answer: (call: Call) => Answer,
  settings: object = {},
  { account = '123456789012', region = 'us-east-1' } = {},
): Promise<TestTarget> {
  const endpoint = await awsEndpoint(answer);
  const config = configSchema.parse({ accountId: '123456789012', ...settings });
  const said: string[] = [];
  return {
    target: {
      config,
      stackName: 'live-ci-test',
      names: namesOf(config, 'live-ci-test'),
      region,
      accountId: async () => account,
      client: async (Client) => new Client(endpoint.settings),
      say: (sentence) => said.push(sentence),
    },
    calls: endpoint.calls,
    said,
    [Symbol.asyncDispose]: () => endpoint[Symbol.asyncDispose](),
  };
}

/** An answer of CloudFormation's query API. */
export function stackAnswer(outputs: Record<string, string>): Answer {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  const stack = `<member><StackName>live-ci-test</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${members.join('')}</Outputs></member>`;
  return xml(
    `<DescribeStacksResponse><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
}

export function templateAnswer(template: object): Answer {
  const body = JSON.stringify(template).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return xml(
    `<GetTemplateResponse><GetTemplateResult><TemplateBody>${body}</TemplateBody></GetTemplateResult></GetTemplateResponse>`,
  );
}

export const noStack: Answer = {
  status: 400,
  body: '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id live-ci-test does not exist</Message></Error></ErrorResponse>',
  headers: { 'content-type': 'text/xml' },
};

/** Which action of the query API a call is. */
export function actionOf({ name, input }: Call): string {
  return new URLSearchParams(String(input.text ?? '')).get('Action') ?? name;
}

function xml(body: string): Answer {
  return { body, headers: { 'content-type': 'text/xml' } };
}
