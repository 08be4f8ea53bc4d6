/** What AWS may not have in the region that is deployed to: where its documentation is silent, it is said, and the deployment goes on. */
import { withArmBuilds } from '../config/regions.ts';
import type { Target } from './target.ts';

export function checkRegion({ config, region, say }: Pick<Target, 'config' | 'region' | 'say'>): void {
  if (config.build.architecture !== 'arm64' || withArmBuilds.includes(region)) return;
  say(
    `build.architecture: CodeBuild doesn't list ${region} among the regions with machines for arm64. If it refuses the projects, set build.architecture: x86_64, with an image and tools for that.`,
  );
}
