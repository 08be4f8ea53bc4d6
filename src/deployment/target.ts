/** What is deployed to: a stack, in AWS as the framework's credentials reach it. */
import type { Config } from '../config/schema.ts';
import { namesOf } from './names.ts';

export interface Target {
  config: Config;
  /** `<service>-<stage>`, which every name begins with. */
  stackName: string;
  names: ReturnType<typeof namesOf>;
  region: string;
  /** The account that the credentials are of. */
  accountId(): Promise<string>;
  client<Client>(of: new (settings: object) => Client): Promise<Client>;
  /** A sentence for whoever deploys. */
  say(sentence: string): void;
}

/** What of the framework's AWS provider is used. */
export interface Provider {
  naming: { getStackName(): string };
  getRegion(): string;
  getAccountId(): Promise<string>;
  getAwsSdkV3Config(): Promise<object>;
}

export function targetOf(provider: Provider, config: Config, say: (sentence: string) => void): Target {
  const stackName = provider.naming.getStackName();
  return {
    config,
    stackName,
    names: namesOf(config, stackName),
    region: provider.getRegion(),
    accountId: () => provider.getAccountId(),
    client: async (Client) => new Client(await provider.getAwsSdkV3Config()),
    say,
  };
}

/** A template as CloudFormation has it. */
export interface Template {
  Resources: Record<string, Resource>;
}

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  [attribute: string]: unknown;
}
