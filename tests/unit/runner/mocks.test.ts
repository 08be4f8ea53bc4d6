import {
  dependenciesWithMocks,
  type MockedDependency,
  probeConfiguration,
  refuseMocks,
} from '../../../src/runner/mocks.ts';

const rendered = (block: object) =>
  JSON.stringify({
    dependency: { vpc: { config_path: '../vpc', enabled: null, skip: null, mock_outputs: { id: 'mock' }, ...block } },
  });

const vpc: MockedDependency = { path: '/live/prod/vpc', mocks: { id: 'mock' }, fills: 'nothing', skipped: false };

const refusal = (dependency: MockedDependency, outputs: unknown) => {
  try {
    refuseMocks('prod/app', '/live', [dependency], JSON.stringify({ inputs: { d0: outputs } }));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('mock outputs', () => {
  test('are found where they may be used for a plan', () => {
    const found = (block: object) => dependenciesWithMocks('/live/prod/app', rendered(block));
    expect(found({})).toEqual([vpc]);
    expect(found({ mock_outputs_allowed_terraform_commands: ['validate', 'plan'] })).toHaveLength(1);
    expect(found({ mock_outputs_allowed_terraform_commands: ['validate'] })).toEqual([]);
    expect(found({ mock_outputs: null })).toEqual([]);
    expect(found({ enabled: false })).toEqual([]);
    expect(found({ mock_outputs_merge_with_state: true })).toEqual([{ ...vpc, fills: 'keys' }]);
    const merged = (strategy: string) => found({ mock_outputs_merge_strategy_with_state: strategy })[0]?.fills;
    expect(['no_merge', 'shallow', 'deep_map_only'].map(merged)).toEqual(['nothing', 'keys', 'nested keys']);
    expect(found({ skip: true })).toEqual([{ ...vpc, skipped: true }]);
    expect(dependenciesWithMocks('/live', '{"dependency": null}')).toEqual([]);
  });

  test('are used for a dependency that has no outputs', () => {
    expect(refusal(vpc, { id: 'real' })).toBeUndefined();
    expect(refusal(vpc, { other: 'real' })).toBeUndefined(); // Terragrunt uses no mock then: reading id is its error
    for (const none of [null, '', {}]) expect(refusal(vpc, none)).toContain('prod/vpc has no outputs yet');
  });

  test('are always used for a dependency whose outputs are skipped, whatever it has', () => {
    expect(refusal({ ...vpc, skipped: true }, { id: 'real' })).toContain(
      'the outputs of prod/vpc are skipped (skip_outputs)',
    );
  });

  test('are used for outputs that are missing where Terragrunt fills them in', () => {
    expect(refusal({ ...vpc, fills: 'keys' }, { other: 'real' })).toContain('prod/vpc has no output id yet');
    const nested: MockedDependency = { ...vpc, mocks: { ids: { a: 1, b: 2 } }, fills: 'nested keys' };
    expect(refusal(nested, { ids: { a: 'real' } })).toContain('prod/vpc has no output ids.b yet');
    expect(refusal({ ...nested, fills: 'keys' }, { ids: { a: 'real' } })).toBeUndefined();
  });

  test('are looked for in configuration that any path can stand in', () => {
    const odd = { ...vpc, path: '/live/say "x" $\u007by} %\u007bz}\\' };
    expect(probeConfiguration([odd])).toContain('config_path = "/live/say \\"x\\" $$\u007by} %%\u007bz}\\\\"\n');
  });
});
