// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the templates are HCL
import { execFileSync } from 'node:child_process';
import { discoverGraph } from '../../../src/discovery/graph.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { configWith, newRepository } from '../../unit/discovery/repository.ts';
import { describeWithTerragrunt, terragruntGraph } from './oracle.ts';

const unit = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
const running = (script: string) =>
  `${unit}locals {\n  network = run_cmd("--terragrunt-quiet", "sh", "-c", "${script}")\n}\ndependency "vpc" {\n  config_path = "../\${local.network}"\n}\n`;
const files = (script: string) => ({
  'vpc/terragrunt.hcl': unit,
  'my dns/terragrunt.hcl': unit,
  'name.sh': 'printf vpc\n',
  'app/terragrunt.hcl': running(script),
});
const config = configWith();

describeWithTerragrunt('where a path is known only when something is run, terragrunt', () => {
  test('is asked: the graph is its own', async () => {
    using repository = newRepository(files('sh ../name.sh'));
    const graph = await discoverGraph(repository.directory, { config });
    expect(graph.map(({ path, dependencies }) => ({ path, dependencies }))).toEqual(
      terragruntGraph(repository.directory),
    );
    expect(graph.find(({ path }) => path === 'app')?.dependencies).toEqual(['vpc']);
  });

  test('is asked about a commit as it was, also in a bare repository', async () => {
    using repository = newRepository(files('sh ../name.sh'));
    const base = repository.git('rev-parse', 'HEAD');
    repository.commit({ 'name.sh': "printf 'my dns'\n", 'other/terragrunt.hcl': unit });
    using bare = newRepository();
    execFileSync('git', ['clone', '--quiet', '--bare', repository.directory, `${bare.directory}/bare.git`]);
    const at = async (commit: string) => {
      const graph = await discoverGraph(`${bare.directory}/bare.git`, { config, commit });
      return graph.find(({ path }) => path === 'app')?.dependencies;
    };
    expect(await at(base)).toEqual(['vpc']);
    expect(await at('main')).toEqual(['my dns']);
    const worktrees = execFileSync('git', ['worktree', 'list'], {
      cwd: `${bare.directory}/bare.git`,
      encoding: 'utf8',
    });
    expect(worktrees.trim().split('\n')).toHaveLength(1);
  });

  test('is asked about both commits of a change set', async () => {
    using repository = newRepository(files('sh ../name.sh'));
    const base = repository.git('rev-parse', 'HEAD');
    const head = repository.commit({ 'my dns/main.tf': '' });
    const { touched, graph } = await discoverTouched(repository.directory, { base, head, config });
    expect(touched.map(({ path }) => path)).toEqual(['my dns']);
    expect(graph.find(({ path }) => path === 'app')?.dependencies).toEqual(['vpc']);
  });

  test('says why it fails', async () => {
    using repository = newRepository(files('exit 3'));
    const graph = await discoverGraph(repository.directory, { config });
    expect(graph.find(({ path }) => path === 'app')?.error).toMatch(
      /^app\/terragrunt\.hcl:8:3: the path of the dependency can't be known: .*Terragrunt says: .*exit status 3/s,
    );
  });

  test('is asked which module a unit runs: a change of what that calls touches the unit', async () => {
    using repository = newRepository({
      'app/terragrunt.hcl':
        'terraform {\n  source = "${run_cmd("--terragrunt-quiet", "printf", "../modules")}//app"\n}\n',
      'modules/app/main.tf': 'module "low" {\n  source = "../low"\n}\n',
      'modules/low/main.tf': '',
      'modules/other/main.tf': '',
    });
    const base = repository.git('rev-parse', 'HEAD');
    const reasonsAt = async (head: string) => {
      const warnings: string[] = [];
      const { touched } = await discoverTouched(repository.directory, {
        base,
        head,
        config,
        warn: (message) => warnings.push(message),
      });
      return [...touched.map(({ path, reasons }) => [path, ...reasons]), ...warnings];
    };
    const unread = expect.stringMatching(/^modules\/other\/main\.tf changed, and no unit is known to read it: /);
    expect(await reasonsAt(repository.commit({ 'modules/other/main.tf': '# changed\n' }))).toEqual([unread]);
    const low = repository.commit({ 'modules/low/main.tf': '# changed\n' });
    expect(await reasonsAt(low)).toEqual([['app', 'module modules/low changed'], unread]);
  });

  test('is not run where the configuration forbids it', async () => {
    using repository = newRepository(files('touch ran'));
    const careful = configWith({ unknownDependencies: 'error' });
    const graph = await discoverGraph(repository.directory, { config: careful });
    expect(graph.find(({ path }) => path === 'app')?.error).toContain("can't be known");
    expect(repository.git('status', '--porcelain')).toBe('');
  });
});
