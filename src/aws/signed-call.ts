/** One call of an AWS service's JSON API, signed: for services of which a single answer is wanted, which is no reason to carry their client. */
import { STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod';

export interface SignedCall {
  /** As it is signed, and the first part of its host name. */
  service: string;
  /** Header X-Amz-Target: the API's prefix and the operation. */
  target: string;
  /** Of the protocol, which the service's API model names. */
  json: '1.0' | '1.1';
  region: string;
}

const errorSchema = z.object({ __type: z.string().default(''), message: z.string().optional() }).catch({ __type: '' });

/**
 * @param client makes the SDK's clients, from one of which come keys and endpoint
 * @throws Error named as the service names it
 */
export async function signedCall<Answer>(
  { service, target, json, region }: SignedCall,
  input: object,
  { client }: { client<Client>(of: new (settings: object) => Client): Promise<Client> },
): Promise<Answer> {
  const { config } = await client(STSClient);
  const { protocol, hostname, port } = (await config.endpoint?.()) ?? endpointOf(service, region);
  const host = port ? `${hostname}:${port}` : hostname;
  const signer = new SignatureV4({ credentials: config.credentials, region, service, sha256: config.sha256 });
  const body = JSON.stringify(input);
  const { headers } = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    path: '/',
    headers: { host, 'content-type': `application/x-amz-json-${json}`, 'x-amz-target': target },
    body,
  });
  const { host: _, ...sent } = headers;
  const answer = await fetch(`${protocol}//${host}/`, {
    method: 'POST',
    headers: sent,
    body,
    signal: AbortSignal.timeout(30_000),
  });
  const said = await answer.text();
  if (answer.ok) return JSON.parse(said) as Answer;
  const { __type, message } = errorSchema.parse(parsed(said));
  const error = new Error(message ?? `${service} answered ${answer.status}`);
  error.name = __type.replace(/^.*#/, '') || 'Error';
  throw error;
}

/** As the SDK's clients find it (SDK reference, Service-specific endpoints). */
function endpointOf(service: string, region: string): URL {
  return new URL(process.env.AWS_ENDPOINT_URL || `https://${service}.${region}.amazonaws.com`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
