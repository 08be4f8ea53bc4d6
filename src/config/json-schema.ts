/** The configuration's JSON Schema: what editors complete and check with, and what the reference is made from. */
import * as z from 'zod';
import { configSchema } from './schema.ts';

export interface JsonSchema {
  title?: string;
  description?: string;
  /** What the setting becomes in AWS. */
  aws?: string;
  type?: string;
  format?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | false;
}

/** As a file says it: what has a default may be left out. */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;
}

/** What is published as `live-ci.schema.json`: an editor shows descriptions, so they tell of AWS, too. */
export function editorSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      const { aws, description, ...rest } = jsonSchema as JsonSchema;
      if (aws === undefined) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema];
      Object.assign(jsonSchema, { ...rest, description: `${description} (in AWS: ${aws})` });
    },
  }) as JsonSchema;
}
