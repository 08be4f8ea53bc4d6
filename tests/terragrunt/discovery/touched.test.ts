import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configSchema } from '../../../src/config/schema.ts';
import { discoverTouched } from '../../../src/discovery/touched.ts';
import { describeWithTerragrunt, type Files, repositoryOf } from './oracle.ts';

const module = 'terraform {\n  source = "tfr:///example/thing/aws?version=1.0.0"\n}\n';
const before: Files = {
  'root.hcl': 'locals {\n  tags = yamldecode(file("tags.yaml"))\n}\n',
  'tags.yaml': 'team: a\n',
  'env.hcl': 'locals {\n  name = "prod"\n}\n',
  'README.md': 'x\n',
  'plain/terragrunt.hcl': module,
  'with-root/terragrunt.hcl': `${module}include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n`,
  'with-env/terragrunt.hcl': `${module}locals {\n  env = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n}\n`,
  'with-file/terragrunt.hcl': `${module}locals {\n  names = file("names.txt")\n}\n`,
  'with-file/names.txt': 'a\n',
};

/** Each is one commit: contents by path, null for a deleted file. */
const commits: Record<string, Record<string, string | null>> = {
  'a unit': { 'plain/terragrunt.hcl': `${module}# changed\n` },
  'another file in a unit': { 'plain/policy.json': '{}' },
  'an included file': { 'root.hcl': 'locals {}\n' },
  'a file that an included file reads': { 'tags.yaml': 'team: b\n' },
  'a configuration that a unit reads': { 'env.hcl': 'locals {}\n' },
  'a file that a unit reads': { 'with-file/names.txt': 'b\n' },
  'a file that nobody reads': { 'README.md': 'y\n' },
  'a new unit': { 'new/terragrunt.hcl': module },
  'a deleted unit': { 'plain/terragrunt.hcl': null },
  'several at once': { 'plain/terragrunt.hcl': null, 'new/terragrunt.hcl': module, 'env.hcl': 'locals {}\n' },
};

/** Terragrunt does not follow `file()` in an included file, though what the unit gets from it changes. */
const onlyOurs: Record<string, string[]> = { 'a file that an included file reads': ['with-root'] };

describeWithTerragrunt("what a commit touches is what terragrunt's own git filter finds, for", () => {
  test.each(Object.keys(commits))('%s', async (name) => {
    using repository = repositoryOf(before);
    const { directory } = repository;
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
        cwd: directory,
        encoding: 'utf8',
      }).trim();
    const commit = () => {
      git('add', '--all');
      git('commit', '--quiet', '--message', 'change');
      return git('rev-parse', 'HEAD');
    };
    const base = commit();
    for (const [path, content] of Object.entries(commits[name] ?? {})) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      if (content === null) rmSync(join(directory, path));
      else writeFileSync(join(directory, path), content);
    }
    const head = commit();
    const { touched } = await discoverTouched(directory, { base, head, config: configSchema.parse({}) });
    const found = execFileSync('terragrunt', ['find', '--json', '--filter', `[${base}...${head}]`], {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const theirs = (JSON.parse(found) as { path: string }[]).map(({ path }) => path).sort();
    expect(touched.map(({ path }) => path)).toEqual([...theirs, ...(onlyOurs[name] ?? [])].sort());
  });
});
