import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOf, endTree, isAlive } from '../../../src/local/process-tree.ts';

/** What makes something for a second, and has lost it when it gets SIGTERM meanwhile. */
const provider = "trap 'touch lost; exit 1' TERM; touch making; sleep 1 & wait; touch made";
/** A build, which waits for its tool when it is asked to end. */
const build = `
import { spawn } from 'node:child_process';
const tool = spawn('sh', ['-c', ${JSON.stringify(provider)}], { detached: true });
process.on('SIGTERM', () => {});
tool.on('exit', () => process.exit(0));
`;
/** What runs builds, and would end with everything at the first signal. */
const stack = `
import { spawn } from 'node:child_process';
spawn(process.execPath, ['build.mjs', 'run', 'apply', '--delivery=0123456789ab-1', '--unit=prod/db', '--result-file=x']);
setInterval(() => {}, 1000);
`;

test('what a build is just making is made, and in a state, before everything ends', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'process-tree-'));
  try {
    await writeFile(join(directory, 'build.mjs'), build);
    await writeFile(join(directory, 'stack.mjs'), stack);
    const root = spawn(process.execPath, ['stack.mjs'], { cwd: directory, stdio: 'ignore' });
    const changed = watch(directory);
    while (!existsSync(join(directory, 'making'))) await once(changed, 'change');
    changed.close();
    const waited: string[] = [];

    await endTree(root.pid ?? 0, 5000, (builds) => waited.push(...builds));

    expect(waited).toEqual(['apply prod/db']);
    expect(await readdir(directory)).toEqual(expect.arrayContaining(['made']));
    expect(await readdir(directory)).not.toContain('lost');
    expect(await isAlive(root.pid ?? 0)).toBe(false);
  } finally {
    await rm(directory, { recursive: true });
  }
}, 60_000);

test.each([
  ['node /x/live-ci.js run plan --delivery=0123456789ab-1 --unit=a b --result-file=/tmp/r', 'plan a b'],
  ['node /x/live-ci.js run destroy --delivery=0123456789ab-1 --unit=a --plan=ff --result-file=/tmp/r', 'destroy a'],
  ['node /x/live-ci.js run sync --delivery=0123456789ab-1 --result-file=/tmp/r', 'sync'],
  ['terraform apply /tmp/unit.tfplan', undefined],
])('%s is told as %s', (command, told) => {
  expect(buildOf(command)).toBe(told);
});
