import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePlace } from '../../../src/repository/place.ts';
import { root } from '../../support/docs.ts';

/** A process of its own that takes a place, and does what is said with it, until it is killed. */
async function taken(name: string, and = ''): Promise<{ child: ChildProcess; directory: string; said: string }> {
  const script = `
    import { spawn } from 'node:child_process';
    import { freePlace } from ${JSON.stringify(join(root, 'src/repository/place.ts'))};
    const place = await freePlace(${JSON.stringify(name)});
    let said = '';
    ${and}
    console.log(place.directory + ' ' + said);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const [directory = '', said = ''] = String(line).trim().split(' ');
  return { child, directory, said };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** No other test has it. */
const nameOf = (test: string) => `${test} ${process.pid}`;

describe('a place for a checkout', () => {
  test('that a killed process left is removed, and found again at the same path', async () => {
    const { child, directory } = await taken(nameOf('killed'));
    await writeFile(join(directory, 'left'), '');
    await kill(child);
    await using place = await freePlace(nameOf('killed'));
    expect(place.directory).toBe(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  test('is left alone while its process runs', async () => {
    const { child, directory } = await taken(nameOf('alive'));
    await using place = await freePlace(nameOf('alive'));
    expect(place.directory).not.toBe(directory);
    expect(existsSync(directory)).toBe(true);
    await kill(child);
    await using again = await freePlace(nameOf('alive'));
    expect(again.directory).toBe(directory);
  });

  test('is left alone while a process that the killed one started runs', async () => {
    const tool = `
      const tool = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
      place.usedBy(-tool.pid);
      said = String(tool.pid);`;
    const { child, directory, said } = await taken(nameOf('orphan'), tool);
    await kill(child);
    {
      await using place = await freePlace(nameOf('orphan'));
      expect(place.directory).not.toBe(directory);
    }
    process.kill(-Number(said), 'SIGKILL');
    while (existsSync(directory)) {
      await using _ = await freePlace();
    }
  });

  test('of another machine that shares the directory is left alone', async () => {
    const { child, directory } = await taken(nameOf('shared'));
    await symlink('another-host:1', join(directory, '..', 'used-by-another'));
    await kill(child);
    await using place = await freePlace(nameOf('shared'));
    expect(place.directory).not.toBe(directory);
    await rm(join(directory, '..'), { recursive: true });
  });

  test('belongs to one of many that want it at the same time, each of which gets a place', async () => {
    const { child, directory } = await taken(nameOf('many'));
    await kill(child);
    const places = await Promise.all(Array.from({ length: 20 }, () => freePlace(nameOf('many'))));
    const directories = places.map((place) => place.directory);
    expect(new Set(directories).size).toBe(20);
    expect(directories).toContain(directory);
    for (const place of places) await place[Symbol.asyncDispose]();
    expect(directories.filter((each) => existsSync(each))).toEqual([]);
  });
});
