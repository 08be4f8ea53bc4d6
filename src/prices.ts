/**
 * Variables of docs/cost.md: put in the prices of your region and your own habits, and run `npm run bench -- cost`. US dollars,
 * us-east-1, on demand, without free tiers, as AWS's public price lists had them in the first half of 2026.
 */

export const prices = {
  'a state transition (Standard workflow)': 0.025 / 1000,
  "a Lambda's call": 0.2 / 1e6,
  'a GB-second of Lambda (Arm)': 0.0000133334,
  'a minute of CodeBuild (general1.medium)': 0.01,
  'a minute of CodeBuild (general1.small)': 0.005,
  'an S3 PUT or LIST': 0.005 / 1000,
  'an S3 GET': 0.0004 / 1000,
  'an SQS request (FIFO)': 0.5 / 1e6,
  'a custom metric, a month': 0.3,
  'an alarm, a month': 0.1,
  'a GB of logs': 0.5,
  'a trace in X-Ray': 5 / 1e6,
  'a KMS key, a month': 1,
  'an hour of a Fargate vCPU': 0.04048,
  'an hour of a Fargate GB': 0.004445,
  'an hour of an Application Load Balancer': 0.0225,
  'an hour of its capacity unit': 0.008,
} as const;

export const assumed = {
  'minutes of a build': 2,
  'minutes of a look at the branch': 1,
  'seconds of a call of a Lambda': 0.5,
  'GB of memory of a Lambda': 0.5,
  'bytes of log of a call of a Lambda': 1500,
  'bytes of log of a state transition, without its data': 600,
  'minutes that a delivery runs, approvals included': 60,
  'hours of a month': 730,
  'vCPUs of the server': 1,
  'GB of memory of the server': 2,
} as const;
