/** Behind the function URL of the approval page. It has no access to task tokens: what an approver decides it hands on to `decide`. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { answerSchema } from '../src/approval/decide.ts';
import { Failures } from '../src/approval/page/failures.ts';
import { respond } from '../src/approval/page/respond.ts';
import { lambda } from '../src/aws/clients.ts';
import { DecisionError, messageOf } from '../src/errors.ts';
import type { Decision } from '../src/model.ts';
import { bucket, now, required } from './context.ts';
import { signingKeys } from './links.ts';
import { log, observed } from './observed.ts';

const eventSchema = z.object({
  rawPath: z.string(),
  rawQueryString: z.string().default(''),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({ http: z.object({ method: z.string(), sourceIp: z.string() }) }),
});

const failures = new Failures();
const compressed = promisify(gzip);

async function decide(decision: Decision, approver: string, givenAt: Date) {
  const Payload = JSON.stringify({ decision, approver, givenAt: givenAt.toISOString() });
  const answered = await lambda().send(new InvokeCommand({ FunctionName: required('LIVE_CI_DECIDE'), Payload }));
  if (answered.FunctionError) throw new Error(`decide failed: ${answered.FunctionError}; see its log.`);
  const answer = answerSchema.parse(JSON.parse(Buffer.from(answered.Payload ?? []).toString('utf8')));
  if (answer.refused) throw new DecisionError(answer.why);
  return answer;
}

export const handler = observed(
  (event) => eventSchema.parse(event),
  () => ({}),
  async ({ rawPath, rawQueryString, headers, body, isBase64Encoded, requestContext }) => {
    const sent = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
    const { method, sourceIp } = requestContext.http;
    const response = await respond(
      {
        method,
        link: rawPath.slice(1),
        query: new URLSearchParams(rawQueryString),
        form: new URLSearchParams(sent),
        address: sourceIp,
      },
      {
        bucket,
        keys: signingKeys,
        decide,
        failures,
        now,
        log: (error) => log('a decision failed', { why: messageOf(error) }),
      },
    );
    const plain = { statusCode: response.status, headers: response.headers };
    if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) return { ...plain, body: response.body };
    // A function URL answers with at most 6 MB: a long plan fits only so.
    const packed = (await compressed(response.body)).toString('base64');
    const packedHeaders = { ...response.headers, 'content-encoding': 'gzip', vary: 'accept-encoding' };
    return { ...plain, headers: packedHeaders, body: packed, isBase64Encoded: true };
  },
);
