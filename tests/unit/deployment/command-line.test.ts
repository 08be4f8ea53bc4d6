import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { readCommandLine, uploadCommandLine } from '../../../src/deployment/command-line.ts';
import { projectRoot } from '../../../src/local/project.ts';
import { noStack, stackAnswer, targetThatAnswers } from '../../support/deployment-target.ts';

const built = join(projectRoot(), 'dist');

const said = { branch: 'production' };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'live-ci-command-line-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('the command line runs from its zip alone', async () => {
  for (const [name, content] of Object.entries(unzipSync(readCommandLine(built, said).zip)))
    await writeFile(join(directory, name), content);
  const run = (...args: string[]) =>
    execFileSync(process.execPath, [join(directory, 'live-ci.js'), ...args], { cwd: directory, encoding: 'utf8' });
  expect(run('run', '--help')).toContain('live-ci run plan|apply|rollback|destroy');
  execFileSync('git', ['init', '--quiet'], { cwd: directory });
  expect(JSON.parse(run('graph', '--json'))).toEqual([]);
});

test('with the settings that it was deployed with, whatever the repository and the environment say', async () => {
  for (const [name, content] of Object.entries(unzipSync(readCommandLine(built, said).zip)))
    await writeFile(join(directory, name), content);
  await writeFile(join(directory, 'live-ci.config.yml'), 'branch: mine');
  const shown = execFileSync(process.execPath, [join(directory, 'live-ci.js'), 'config', 'show'], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...process.env, LIVE_CI_CONFIG: '{"branch": "other"}' },
  });
  expect(shown).toMatch(/^branch: production$/m);
  expect(readCommandLine(built, said).key).not.toBe(readCommandLine(built, {}).key);
});

test('what is left in the folder of builds before makes no difference', async () => {
  await cp(built, directory, { recursive: true });
  await writeFile(join(directory, 'chunk-OLD.js'), '// before');
  expect(readCommandLine(directory, said).key).toBe(readCommandLine(built, said).key);
});

test('it is uploaded once, where its content says', async () => {
  const commandLine = readCommandLine(built, said);
  await using aws = await targetThatAnswers((call) =>
    call.name.startsWith('PUT ') ? {} : stackAnswer({ ArtifactBucketName: 'artifacts' }),
  );
  await uploadCommandLine(commandLine, aws.target);
  const [put] = aws.calls.filter(({ name }) => name.startsWith('PUT '));
  expect(put?.name).toBe(`PUT /artifacts/${commandLine.key}`);
  expect(put?.headers['if-none-match']).toBe('*');
});

test('before there is a stack, there is nowhere to upload it to', async () => {
  await using aws = await targetThatAnswers(() => noStack);
  await uploadCommandLine(readCommandLine(built, said), aws.target);
  expect(aws.calls).toHaveLength(1);
});
