import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import validator from 'asl-validator';
import { liveCi, liveCiUnheard } from '../../support/command-line.ts';
import { type Changes, newRepository, type TestRepository } from '../discovery/repository.ts';

const unit = 'terraform {\n  source = "../../modules/thing"\n}\n';
const reads = (...paths: string[]) =>
  unit + paths.map((path, index) => `dependency "d${index}" {\n  config_path = "${path}"\n}\n`).join('');
const files: Changes = {
  'prod/vpc/terragrunt.hcl': unit,
  'prod/db/terragrunt.hcl': reads('../vpc'),
  'prod/app/terragrunt.hcl': reads('../vpc', '../db'),
  'modules/thing/main.tf': '',
};

let repository: TestRepository;
beforeAll(() => {
  repository = newRepository(files);
  repository.commit({ 'prod/db/terragrunt.hcl': `${reads('../vpc')}# changed\n` });
});
afterAll(() => repository[Symbol.dispose]());
const run = (...words: string[]) => liveCi(repository.directory, words);

describe('live-ci graph', () => {
  test('--json prints paths and dependencies, sorted, and nothing else', async () => {
    const { code, out, error } = await run('graph', '--json');
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(JSON.parse(out)).toEqual([
      { path: 'prod/app', dependencies: ['prod/db', 'prod/vpc'] },
      { path: 'prod/db', dependencies: ['prod/vpc'] },
      { path: 'prod/vpc', dependencies: [] },
    ]);
    expect(Object.keys(JSON.parse(out)[0])).toEqual(['path', 'dependencies']);
  });

  test('prints lines for people, without colours where nobody looks, and a summary last', async () => {
    const { out } = await run('graph');
    expect(out).toBe(
      [
        'prod/app terragrunt ◂ prod/db, prod/vpc',
        'prod/db terragrunt ◂ prod/vpc',
        'prod/vpc terragrunt',
        '3 unit(s), 3 dependencies',
        '',
      ].join('\n'),
    );
  });

  test('--why says where each dependency is stated, and which state a unit writes or why that can not be known', async () => {
    const { out } = await run('graph', '--why');
    expect(out.split('\n').slice(0, 3)).toEqual([
      'prod/app terragrunt',
      '  ◂ prod/db   prod/app/terragrunt.hcl:8:3',
      '  ◂ prod/vpc  prod/app/terragrunt.hcl:5:3',
    ]);
    const { out: json } = await run('graph', '--why', '--json');
    expect(JSON.parse(json)[1]).toEqual({
      path: 'prod/db',
      dependencies: ['prod/vpc'],
      because: { 'prod/vpc': 'prod/db/terragrunt.hcl:5:3' },
      writes: [],
      unknownState: 'it lies in the copy of the module that Terragrunt makes',
    });
  });

  test('ends quietly when nobody reads on', async () => {
    expect(await liveCiUnheard(repository.directory, ['graph'])).toEqual({ code: 0, error: '' });
  });

  test('--mermaid prints a flowchart from dependencies to dependents', async () => {
    const { out } = await run('graph', '--mermaid');
    expect(out.split('\n')).toEqual([
      'flowchart LR',
      '  u0["prod/app"]',
      '  u1["prod/db"]',
      '  u2["prod/vpc"]',
      '  u1 --> u0',
      '  u2 --> u0',
      '  u2 --> u1',
      '',
    ]);
  });

  test('--mermaid of a sub-directory shows what lies outside of it, each for itself', async () => {
    using other = newRepository({
      'prod/app/terragrunt.hcl': reads('../../shared/db', '../../shared/vpc'),
      'shared/db/terragrunt.hcl': unit,
      'shared/vpc/terragrunt.hcl': unit,
    });
    expect((await liveCi(other.directory, ['graph', 'prod', '--mermaid'])).out.split('\n')).toEqual([
      'flowchart LR',
      '  u0["prod/app"]',
      '  u1["shared/db"]',
      '  u2["shared/vpc"]',
      '  u1 --> u0',
      '  u2 --> u0',
      '',
    ]);
  });

  test('works from a sub-directory, for a directory that is named, and for a commit', async () => {
    const everything = (await run('graph', '--json')).out;
    expect((await liveCi(join(repository.directory, 'prod'), ['graph', '--json'])).out).toBe(everything);
    expect((await liveCi(tmpdir(), ['graph', repository.directory, '--json', '--commit', 'HEAD'])).out).toBe(
      everything,
    );
  });

  test('lets no control character of a path reach the terminal', async () => {
    using odd = newRepository({
      'a\u001b[2Jb/main.tf': 'terraform {\n  backend "local" {}\n}\n',
      'c\nd\u202e/main.tf': 'terraform {\n  backend "local" {}\n}\n',
    });
    for (const words of [['graph'], ['graph', '--mermaid'], ['changes', '--head', 'HEAD']]) {
      const { code, out } = await liveCi(odd.directory, words);
      expect([words, code]).toEqual([words, 0]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
      expect(out).toContain('a�[2Jb');
    }
    expect(JSON.parse((await liveCi(odd.directory, ['graph', '--json'])).out)[0].path).toBe('a\u001b[2Jb');
  });
});

describe('live-ci changes', () => {
  test('--json prints what a commit would deliver, and why', async () => {
    const { code, out } = await run('changes', '--base', 'HEAD~1', '--head', 'HEAD', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      base: repository.git('rev-parse', 'HEAD~1'),
      head: repository.git('rev-parse', 'HEAD'),
      units: [
        {
          path: 'prod/app',
          change: 'dependent',
          reasons: ['reads outputs of prod/db'],
          dependencies: ['prod/db', 'prod/vpc'],
        },
        { path: 'prod/db', change: 'modified', reasons: [expect.any(String)], dependencies: ['prod/vpc'] },
        { path: 'prod/vpc', change: 'dependency', reasons: expect.any(Array), dependencies: [] },
      ],
    });
  });

  test('from the empty tree is everything', async () => {
    const { out } = await run('changes', '--base', 'none', '--json');
    const { base, units } = JSON.parse(out);
    expect(base).toBeNull();
    expect(units.map((one: { change: string }) => one.change)).toEqual(['added', 'added', 'added']);
  });

  test('prints lines for people with a summary last', async () => {
    const { out } = await run('changes', '--base', 'HEAD~1', '--head', 'HEAD');
    expect(out).toMatch(/^dependent {2}prod\/app {2}reads outputs of prod\/db$/m);
    expect(out).toMatch(
      /\n3 units would be delivered: 1 touched, 2 more because of it\.\nCompared with [0-9a-f]{12}\.\n$/,
    );
  });

  test('--verbose lists the changed files that no unit reads', async () => {
    using other = newRepository(files);
    other.commit({ 'README.md': 'x\n', 'prod/db/main.tf': '' });
    const { out } = await liveCi(other.directory, ['changes', '--base', 'HEAD~1', '--verbose']);
    expect(out).toContain('\nunread     README.md  no unit reads it\n');
    const json = await liveCi(other.directory, ['changes', '--base', 'HEAD~1', '--verbose', '--json']);
    expect(JSON.parse(json.out).unread).toEqual(['README.md']);
  });

  test('of a commit that is not there says what to do', async () => {
    const { code, error } = await run('changes', '--base', 'v9', '--head', 'HEAD');
    expect(code).toBe(1);
    expect(error).toMatch(/^live-ci: v9 is no commit of the repository in .*Fetch it/);
  });

  test('compares with the commit before, unless another one is named', async () => {
    expect(JSON.parse((await run('changes', '--json')).out).base).toBe(repository.git('rev-parse', 'HEAD~1'));
    using first = newRepository(files);
    expect(JSON.parse((await liveCi(first.directory, ['changes', '--json'])).out).base).toBeNull();
    const before = await liveCi(first.directory, ['changes', '--base', 'HEAD~1']);
    expect(before).toMatchObject({
      code: 2,
      error: expect.stringContaining('HEAD~1 is before the first commit; --base none'),
    });
  });

  test('compares with what was pushed to the stack on this machine, as long as the commit is ahead of it', async () => {
    using other = newRepository(files);
    const base = async () => JSON.parse((await liveCi(other.directory, ['changes', '--json'])).out).base;
    const pushed = other.git('rev-parse', 'HEAD');
    other.git('update-ref', 'refs/remotes/live-ci/main', 'HEAD');
    other.commit({ 'README.md': 'one' });
    other.commit({ 'README.md': 'two' });
    expect(await base()).toBe(pushed);
    other.git('update-ref', 'refs/remotes/live-ci/main', 'HEAD');
    expect(await base()).toBe(other.git('rev-parse', 'HEAD~1'));
  });
});

describe('live-ci definition', () => {
  test('prints a valid state machine with a state for what is done to each unit', async () => {
    const { code, out } = await run('definition', '--base', 'HEAD~1', '--head', 'HEAD');
    expect(code).toBe(0);
    const machine = JSON.parse(out);
    expect(validator(machine)).toMatchObject({ isValid: true });
    for (const name of ['Plan', 'Approve', 'Apply', 'Rollback']) expect(out).toContain(`"${name} prod/db":{`);
    expect(out).toBe(`${JSON.stringify(JSON.parse(out))}\n`);
  });

  test('of a commit that touches nothing is valid, too', async () => {
    const { out } = await run('definition', '--base', 'HEAD', '--head', 'HEAD');
    expect(validator(JSON.parse(out))).toMatchObject({ isValid: true });
  });

  test('--mermaid prints its picture', async () => {
    const { out } = await run('definition', '--base', 'HEAD~1', '--head', 'HEAD', '--mermaid');
    expect(out).toMatch(/^flowchart TD\n/);
    expect(out).toContain('Approve prod/db');
  });
});

describe('a unit that can not be understood', () => {
  const warned = async (changes: Changes) => {
    using broken = newRepository({ ...files, ...changes });
    const graph = await liveCi(broken.directory, ['graph', '--json']);
    expect(graph.code).toBe(0);
    expect(JSON.parse(graph.out).map(({ path }: { path: string }) => path)).toEqual([
      'prod/app',
      'prod/db',
      'prod/vpc',
    ]);
    const strictGraph = await liveCi(broken.directory, ['graph', '--strict']);
    expect([strictGraph.code, strictGraph.error]).toEqual([1, graph.error]);
    const sentence = graph.error.replace(/^warning /, '').trimEnd();
    const told = await liveCi(broken.directory, ['changes', '--base', 'none', '--head', 'HEAD', '--json']);
    expect([told.code, told.error]).toEqual([0, '']);
    const failing = JSON.parse(told.out).units.filter(({ error }: { error?: string }) => error !== undefined);
    expect(new Set(failing.map(({ error }: { error: string }) => error))).toEqual(new Set([sentence]));
    const inGraph = JSON.parse(graph.out).filter(({ error }: { error?: string }) => error === sentence);
    expect(inGraph.map(({ path }: { path: string }) => path)).toEqual(
      failing.map(({ path }: { path: string }) => path),
    );
    const shown = await liveCi(broken.directory, ['changes', '--base', 'none', '--head', 'HEAD', '--strict']);
    expect([shown.code, shown.out]).toEqual([1, expect.stringContaining(`error      prod/vpc`)]);
    expect(shown.out).toContain(`           ${sentence}\n`);
    expect(shown.out).toContain(`3 units would be delivered. ${failing.length} of them can't be understood`);
    return graph.error;
  };

  test('because of a dependency that is not there is shown with its error, and keeps nothing else back', async () => {
    expect(await warned({ 'prod/vpc/terragrunt.hcl': reads('../gone') })).toMatch(
      /^warning prod\/vpc\/terragrunt\.hcl:5:3: prod\/vpc depends on prod\/gone, which does not exist/,
    );
  });

  test('because of a cycle is shown with the cycle, each of its units', async () => {
    expect(await warned({ 'prod/vpc/terragrunt.hcl': reads('../app') })).toBe(
      'warning The units depend on each other in a circle: prod/app → prod/db → prod/vpc → prod/app; remove one of these dependencies, or list it under ignoredDependencies in the configuration.\n',
    );
  });

  test('because of HCL that does not parse is shown with file and line', async () => {
    expect(await warned({ 'prod/vpc/terragrunt.hcl': 'locals {\n  x = [1, 2\n}\n' })).toMatch(
      /^warning prod\/vpc\/terragrunt\.hcl:3:1: expected/,
    );
  });
});

describe('a repository that can not be understood', () => {
  test('because there is none says so', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'live-ci-none-'));
    try {
      const { code, error } = await liveCi(directory, ['graph']);
      expect(code).toBe(1);
      expect(error).toMatch(/^live-ci: .*git repository/);
      expect(error.trim().split('\n')).toHaveLength(1);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('because there is no git says that git is needed', async () => {
    const { code, error } = await liveCi(repository.directory, ['graph'], { PATH: '/nowhere' });
    expect(code).toBe(1);
    expect(error).toMatch(/^live-ci: git could not be started in .*; install git/);
  });

  test('because its configuration has a mistake says where', async () => {
    using broken = newRepository({ ...files, 'live-ci.config.yml': 'stagse: [prod]\n' });
    const { code, error } = await liveCi(broken.directory, ['graph']);
    expect(code).toBe(1);
    expect(error).toMatch(/live-ci\.config\.yml:1:1: unknown setting "stagse", did you mean "stages"\?/);
  });
});

test('a bare repository is a repository, too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'live-ci-bare-'));
  try {
    const bare = join(directory, 'live.git');
    mkdirSync(bare);
    execFileSync('git', ['clone', '--quiet', '--bare', repository.directory, bare]);
    const { code, out } = await liveCi(bare, ['changes', '--head', 'main', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out).units).toHaveLength(3);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
