/** The configuration that deliveries of a self test begin with: what is deployed says with which roles and for how long, and nothing else. */
import { type Config, configSchema } from '../config/schema.ts';
import { caseNamed } from './cases.ts';
import { environmentUnit } from './repository.ts';
import { repositoryOfWorld, type World } from './world.ts';

type Roles = Pick<Config['environments'][string], 'planRoleArn' | 'applyRoleArn'>;

/** Of each environment that has any. */
export function rolesTried({ environments }: Pick<Config, 'environments'>): Roles[] {
  return Object.values(environments)
    .filter(({ planRoleArn, applyRoleArn }) => planRoleArn !== undefined || applyRoleArn !== undefined)
    .map(({ planRoleArn, applyRoleArn }) => ({
      ...(planRoleArn === undefined ? {} : { planRoleArn }),
      ...(applyRoleArn === undefined ? {} : { applyRoleArn }),
    }));
}

/** Nobody but the self test answers, and nobody is told anything. */
export function settingsOf(world: World, deployed: Config): Config {
  const tried = caseNamed(world.name).eachEnvironment ? rolesTried(deployed) : [];
  const environments = tried.map((roles, index) => [environmentUnit(index), roles]);
  return {
    ...configSchema.parse({ environments: Object.fromEntries(environments), unknownDependencies: 'error' }),
    timeouts: deployed.timeouts,
    repository: repositoryOfWorld(world),
  };
}
