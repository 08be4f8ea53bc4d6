import { configSchema } from '../../../src/config/schema.ts';
import { buildPermissions } from '../../../src/deployment/build-permissions.ts';
import { tokenVariables } from '../../../src/deployment/github-token.ts';

const parameter = '/live-ci/github-token';

/** The configuration's token ▸ the builds that are given it. */
test.each([
  [{}, []],
  [{ modules: true }, []],
  [{ parameter }, ['enqueue']],
  [{ parameter, modules: true }, ['enqueue', 'plan', 'apply']],
])('a token of %j is given to %j', (token, given) => {
  const config = configSchema.parse({ github: { token } });
  const builds = (['enqueue', 'plan', 'apply'] as const).filter((kind) => tokenVariables(config, kind).length > 0);
  expect(builds).toEqual(given);
  const reading = (['plan', 'apply'] as const).filter((kind) =>
    JSON.stringify(buildPermissions(config, kind, 'bucket')).includes(parameter),
  );
  expect(reading).toEqual(given.filter((kind) => kind !== 'enqueue'));
});
