/** Runs a command of the AWS CLI as the documentation shows it, with the SDK's clients: its operation and its parameters must be such. */
import * as sns from '@aws-sdk/client-sns';
import * as ssm from '@aws-sdk/client-ssm';

const services = {
  sns: { ...sns, Client: sns.SNSClient },
  ssm: { ...ssm, Client: ssm.SSMClient },
} as const;

const pascal = (words: string) => words.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

/** A value as the CLI takes it: JSON for what is no text, what came in by the pipe, or the text itself. */
function parsed(text: string, piped: string): unknown {
  if (text === 'file:///dev/stdin') return piped;
  return text.startsWith('{') ? JSON.parse(text) : text;
}

/** @param settings of the client. @param piped what stands before the command in a pipe. */
export async function awsCommand(line: string, settings: object, piped = ''): Promise<unknown> {
  const [, service = '', operation = '', rest = ''] = /aws (\w+) ([\w-]+) (.*)$/.exec(line) ?? [];
  const of = services[service as keyof typeof services] as unknown as Record<string, new (input: object) => never>;
  const parameters = [...rest.matchAll(/--([\w-]+) (?:'([^']*)'|(\S+))/g)].map(
    ([, name = '', quoted, bare = '']) => [parameterName(name), parsed(quoted ?? bare, piped)] as const,
  );
  const { Client, [`${pascal(operation)}Command`]: Command } = of;
  if (!Client || !Command) throw new Error(`There is no command aws ${service} ${operation}`);
  const client: { send(command: unknown): Promise<unknown> } = new Client(settings);
  return client.send(new Command(Object.fromEntries(parameters)));
}

/** The CLI calls an endpoint of SNS so, since --endpoint is one of its own options. */
function parameterName(option: string): string {
  return option === 'notification-endpoint' ? 'Endpoint' : pascal(option);
}
