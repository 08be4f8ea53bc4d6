/** A SecureString in Parameter Store: its text, written by the deployment and by rotation, read by what has the permission to. */
import {
  AddTagsToResourceCommand,
  GetParameterCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { tagList } from './tag-list.ts';

/** How a parameter is made. What is null is as it is. */
export interface ParameterSettings {
  name: string;
  description: string;
  tags: Readonly<Record<string, string>>;
  /** Encrypts it; null: the account's key for Parameter Store. */
  kmsKeyArn: string | null;
}

export class SecureParameter {
  readonly #client: SSMClient;
  readonly #settings: ParameterSettings;

  constructor(client: SSMClient, settings: ParameterSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async read(): Promise<string | undefined> {
    return readParameter(this.#client, this.#settings.name);
  }

  async create(text: string): Promise<boolean> {
    const Tags = tagList(this.#settings.tags);
    try {
      await this.#client.send(new PutParameterCommand({ ...this.#put(text), ...(Tags.length > 0 ? { Tags } : {}) }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ParameterAlreadyExists') return false;
      throw error;
    }
  }

  /** Writes it whether or not it is there. Parameter Store takes tags only when it makes a parameter, so they follow. */
  async replace(text: string): Promise<void> {
    const Tags = tagList(this.#settings.tags);
    await this.#client.send(new PutParameterCommand({ ...this.#put(text), Overwrite: true }));
    if (Tags.length === 0) return;
    await this.#client.send(
      new AddTagsToResourceCommand({ ResourceType: 'Parameter', ResourceId: this.#settings.name, Tags }),
    );
  }

  #put(text: string) {
    const { name, description, kmsKeyArn } = this.#settings;
    return {
      Name: name,
      Value: text,
      Type: 'SecureString',
      Description: description,
      ...(kmsKeyArn === null ? {} : { KeyId: kmsKeyArn }),
    } as const;
  }
}

/** Undefined when there is no such parameter. */
export async function readParameter(client: SSMClient, name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    return Parameter?.Value;
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}
