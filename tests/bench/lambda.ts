/** The Lambdas as `serverless package` makes them, for processes of their own. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Packaged } from '../support/packaged.ts';

/** The module of a zip, which lies unpacked beside it. */
export function unpacked(zip: string): string {
  const folder = `${zip}.unpacked`;
  execFileSync('python3', ['-m', 'zipfile', '-e', zip, folder]);
  const [module = ''] = readdirSync(join(folder, 'handlers'));
  return join(folder, 'handlers', module);
}

/** What the template sets, and a region. What CloudFormation fills in is only a text here. */
export function environmentOf(name: string, { resources }: Packaged): Record<string, string> {
  const resource = resources[`${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`];
  const { Variables = {} } = (resource?.Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
  const filled = Object.entries(Variables).map(([key, value]) => [key, typeof value === 'string' ? value : 'example']);
  return { AWS_REGION: 'us-east-1', PATH: process.env.PATH ?? '', ...Object.fromEntries(filled) };
}
