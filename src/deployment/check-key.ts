/** An existing key that the configuration names must be one to encrypt with, before anything is deployed: S3 takes any, and fails when something is written. */
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { ConfigError } from '../errors.ts';
import { deployedOutputs, deployedTemplate } from './stack.ts';
import type { Target } from './target.ts';

/** @throws ConfigError when it isn't there, is not enabled, is for something else, or is another than the stack's. */
export async function checkKey(target: Target): Promise<void> {
  await checkSameKey(target);
  const { config, client, say } = target;
  const { kmsKeyArn } = config;
  if (kmsKeyArn === null) return;
  const kms = await client(KMSClient);
  const key = await kms.send(new DescribeKeyCommand({ KeyId: kmsKeyArn })).catch((error: Error) => {
    // Who deploys need not be somebody who may look at the key.
    if (error.name !== 'AccessDeniedException') throw refusal(`can't be looked at: ${error.message}`, error);
    say(
      `kmsKeyArn: your credentials may not look at the key, so nobody knows whether it can be used: ${error.message}`,
    );
  });
  if (key?.KeyMetadata === undefined) return;
  const { KeyState, KeySpec, KeyUsage } = key.KeyMetadata;
  if (KeyState !== 'Enabled') throw refusal(`the key is ${KeyState}; enable it, or name another`);
  if (KeySpec !== 'SYMMETRIC_DEFAULT' || KeyUsage !== 'ENCRYPT_DECRYPT')
    throw refusal(`the key is for ${KeyUsage} with ${KeySpec}; name a symmetric one that encrypts`);
}

/** What is in the bucket, the queues and the parameters stays under the key that it was written with, and roles may use one only. */
async function checkSameKey(target: Target): Promise<void> {
  const deployed = (await deployedOutputs(target))?.LIVE_CI_KEY_ARN;
  if (!deployed || deployed === target.config.kmsKeyArn) return;
  const own = (await deployedTemplate(target))?.Resources.Key !== undefined;
  if (own && target.config.kmsKeyArn === null) return;
  throw refusal(
    `what was delivered so far can be read with the stack's key ${deployed} only; ${own ? 'leave the setting out' : `write kmsKeyArn: ${deployed}`}`,
  );
}

function refusal(why: string, cause?: Error): ConfigError {
  return new ConfigError(`kmsKeyArn: ${why}.`, { cause });
}
