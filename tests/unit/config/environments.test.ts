import fc from 'fast-check';
import { deliverySettings, environmentFinder, unitSettings } from '../../../src/config/environments.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { configSchema } from '../../../src/config/schema.ts';

const configOf = (environments: Record<string, object>, more: object = {}) =>
  configSchema.parse({ environments, ...more });
const environmentOf = (path: string, ...patterns: string[]) =>
  environmentFinder(configOf(Object.fromEntries(patterns.map((pattern) => [pattern, {}]))).environments)(path);

describe('a unit belongs to the environment', () => {
  test('whose pattern matches its path', () => {
    expect(environmentOf('prod/eu/vpc', 'dev/**', 'prod/**')).toBe('prod/**');
    expect(environmentOf('prod', 'prod')).toBe('prod');
    expect(environmentOf('live/prod/vpc', 'live/*/vpc')).toBe('live/*/vpc');
  });

  test('of none, when no pattern matches the whole path', () => {
    expect(environmentOf('global/dns', 'dev/**', 'prod/**')).toBeUndefined();
    expect(environmentOf('prod', 'prod/**')).toBeUndefined();
    expect(environmentOf('prod/vpc', 'prod')).toBeUndefined();
    expect(environmentOf('prod/eu/vpc', 'prod/*')).toBeUndefined();
  });

  test('whose pattern has more characters before its first wildcard', () => {
    expect(environmentOf('prod/eu/vpc', '**', 'prod/**', 'prod/eu/**')).toBe('prod/eu/**');
    expect(environmentOf('prod/eu/vpc', '**/eu/vpc', 'prod/**')).toBe('prod/**');
    expect(environmentOf('prod/vpc', 'prod/{vpc,dns}', 'prod/v*')).toBe('prod/v*');
    expect(environmentOf('prod/vpc', 'prod/*', 'prod/vpc')).toBe('prod/vpc');
  });

  test('and, where these are as many, more that stand for themselves', () => {
    expect(environmentOf('prod/eu/vpc', 'prod/**', 'prod/*/vpc')).toBe('prod/*/vpc');
    expect(environmentOf('a1/vpc', 'a[0-9]/**', 'a?/vpc')).toBe('a?/vpc');
  });

  test('and, where these are as many, too, that stands first in the configuration', () => {
    expect(environmentOf('eu/vpc', '{eu,us}/vpc', '*/vpc')).toBe('{eu,us}/vpc');
    expect(environmentOf('eu/vpc', '*/vpc', '{eu,us}/vpc')).toBe('*/vpc');
  });

  test('that no other order of the patterns changes, as long as their literal characters differ', () => {
    const part = fc.constantFrom('a', 'b', 'cc');
    const pattern = fc.array(fc.oneof(part, fc.constantFrom('*', '**', '{a,b}', 'c?')), { minLength: 1, maxLength: 4 });
    const literals = (text: string) => text.replace(/\{[^}]*\}|[*?]/g, '').length;
    const patterns = fc.uniqueArray(
      pattern.map((parts) => parts.join('/')),
      { minLength: 1, maxLength: 6, selector: literals },
    );
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(
        patterns.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        path,
        ([one, other], unit) => {
          const found = environmentOf(unit, ...one);
          expect(environmentOf(unit, ...other)).toBe(found);
          const matching = one.filter((alone) => environmentOf(unit, alone) !== undefined);
          expect(found === undefined).toBe(matching.length === 0);
          for (const less of matching) expect(environmentOf(unit, less, found ?? less)).toBe(found);
        },
      ),
    );
  });
});

describe('what holds for a unit', () => {
  const config = configOf(
    {
      'dev/**': { autoApprove: 'always', commands: { plan: './plan.sh' } },
      'prod/**': {
        planRoleArn: 'arn:aws:iam::111111111111:role/plan',
        applyRoleArn: 'arn:aws:iam::111111111111:role/apply',
        minimumApprovals: 2,
        approvers: ['ada@example.org'],
        authorMayApprove: false,
      },
    },
    {
      approvals: { approvers: ['all@example.org'], autoApprove: 'no-destroy' },
      commands: { plan: 'make plan', apply: 'make apply' },
      timeouts: { applyMinutes: 30 },
    },
  );

  test('is what its environment says', () => {
    expect(unitSettings('prod/**', config)).toEqual({
      planRoleArn: 'arn:aws:iam::111111111111:role/plan',
      applyRoleArn: 'arn:aws:iam::111111111111:role/apply',
      approvers: ['ada@example.org'],
      minimumApprovals: 2,
      authorMayApprove: false,
      autoApprove: 'no-destroy',
      rollback: 'ask-on-destroy',
      commands: { plan: 'make plan', apply: 'make apply', destroy: null, rollback: null },
    });
  });

  test('is as for all, command by command, where its environment says nothing', () => {
    expect(unitSettings('dev/**', config)).toMatchObject({
      planRoleArn: null,
      approvers: ['all@example.org'],
      minimumApprovals: 1,
      autoApprove: 'always',
      commands: { plan: './plan.sh', apply: 'make apply', destroy: null, rollback: null },
    });
    expect(unitSettings(undefined, config)).toMatchObject({ autoApprove: 'no-destroy', authorMayApprove: true });
  });

  test('is carried by a delivery for the environments of its units alone', () => {
    const carried = deliverySettings(['prod/**', undefined, 'prod/**'], config);
    expect(Object.keys(carried.environments)).toEqual(['prod/**']);
    expect(carried.elsewhere).toEqual(unitSettings(undefined, config));
    expect(carried.timeouts.applyMinutes).toBe(30);
  });
});

test('an ARN that is not that of a role is refused', () => {
  const text = 'environments:\n  prod: {planRoleArn: arn:aws:iam::111111111111:user/plan}\n';
  expect(() => parseConfig(text, 'live-ci.config.yml')).toThrow(
    'environments.prod.planRoleArn: must be the ARN of a role',
  );
});
