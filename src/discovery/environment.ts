/** The environment in which the repository's expressions are evaluated. */
import type { Config } from '../config/schema.ts';

/** As plans find it: the variables that the configuration gives to their builds, but for those whose values lie elsewhere, over what is here. */
export function environmentOfPlans({ build }: Pick<Config, 'build'>, here: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const plain = build.environmentVariables.filter(({ type }) => type === 'PLAINTEXT');
  return { ...here, ...Object.fromEntries(plain.map(({ name, value }) => [name, value])) };
}
