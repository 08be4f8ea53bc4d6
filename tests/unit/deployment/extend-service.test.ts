import { extensionsOf, pluginsToAdd } from '../../../src/deployment/extend-service.ts';

const offered = `
service: live-ci
plugins: [serverless-step-functions, infrastructure-live-ci]
custom: {settings: a}
provider: {name: aws, runtime: nodejs24.x, environment: {A: !Ref B}}
functions: [{poll: {}}, "\${file(more.yml)}"]
resources: [{Resources: {}}, {Outputs: {}}]
`;
const file = 'node_modules/infrastructure-live-ci/serverless.yml';
const extensions = (own: Record<string, unknown>) => extensionsOf(own, offered, file);
const from = (address: string) => `\${file(${file}):${address}}`;

describe("a service of one's own", () => {
  test('takes every section that it does not say, but keeps its name and its plugins', () => {
    expect(extensions({ service: 'mine', plugins: ['infrastructure-live-ci'], provider: { name: 'aws' } })).toEqual([
      { path: ['custom'], value: from('custom') },
      { path: ['provider', 'runtime'], value: from('provider.runtime') },
      { path: ['provider', 'environment'], value: from('provider.environment') },
      { path: ['functions'], value: from('functions') },
      { path: ['resources'], value: from('resources') },
    ]);
  });

  test('has its own resources and functions before those of the package, as a list or not', () => {
    const resources = { Resources: { Topic: {} } };
    const whole = [from('resources.0'), from('resources.1')];
    expect(extensions({ resources })).toContainEqual({ path: ['resources'], value: [resources, ...whole] });
    expect(extensions({ resources: [resources, {}] })).toContainEqual({
      path: ['resources'],
      value: [resources, {}, ...whole],
    });
  });

  test('keeps what it says itself', () => {
    expect(extensions({ custom: { settings: 'b' }, provider: { name: 'aws', runtime: 'x', environment: {} } })).toEqual(
      [
        { path: ['functions'], value: from('functions') },
        { path: ['resources'], value: from('resources') },
      ],
    );
  });

  test('is given the plugins that it does not list', () => {
    expect(pluginsToAdd({ plugins: ['infrastructure-live-ci', 'another'] }, offered)).toEqual([
      'serverless-step-functions',
    ]);
  });
});
