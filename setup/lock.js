/** One set-up at a time in a clone: the second one waits and then finds everything there. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './progress.js';

/** Runs `work` while holding `<folder>/lock`; a lock whose process is gone is taken over. */
export async function locked(folder, work) {
  const lock = join(folder, 'lock');
  mkdirSync(folder, { recursive: true });
  for (let waited = 0; !take(lock); waited++) {
    if (waited % 20 === 0) say(`      … another set-up is at work in this clone (process ${holder(lock)}), waiting`);
    await sleep(250);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** The lock appears with its owner already in it: a folder is prepared and renamed, which succeeds once only. */
function take(lock) {
  const own = `${lock}.${process.pid}`;
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own);
  writeFileSync(join(own, 'pid'), String(process.pid));
  try {
    renameSync(own, lock);
    return true;
  } catch {
    rmSync(own, { recursive: true, force: true });
    const owner = holder(lock);
    if (owner !== undefined && !alive(owner)) abandon(lock, owner);
    return false;
  }
}

function abandon(lock, owner) {
  const away = `${lock}.abandoned.${process.pid}`;
  try {
    if (holder(lock) === owner) renameSync(lock, away);
    rmSync(away, { recursive: true, force: true });
  } catch {
    // somebody else was faster
  }
}

function holder(lock) {
  try {
    return Number(readFileSync(join(lock, 'pid'), 'utf8'));
  } catch {
    return undefined;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
