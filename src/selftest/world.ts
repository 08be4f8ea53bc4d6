/**
 * The deliveries of a self test are ordinary ones in a world of their own. What lies in the bucket by a delivery's id lies where that of every delivery
 * does, so that the real roles and folders are tried. What deliveries share (the pointer, what is applied, change sets, dead letters) lies
 * below `selftest/<world>/`, where nothing of the real pipeline is. The repository and the id of such a delivery say which world it belongs to.
 */
import type { Bucket } from '../aws/bucket.ts';
import { tools } from '../model.ts';

/** Everything of self tests that is not kept by a delivery's id. */
export const selfTestFolder = 'selftest/';

/** With which the ids of their deliveries begin. */
export const selfTestPrefix = 'selftest-';

/** One case of one self test. */
export interface World {
  /** A few small letters and digits, of one self test. */
  run: string;
  /** The tool that its units are for. */
  tool: (typeof worldTools)[number];
  /** The case's name. */
  name: string;
}

export const worldTools = tools.filter((tool) => tool !== 'terragrunt');

const scheme = 'selftest:';

/** What stands for the repository. No configuration can name it: a repository on GitHub has a slash in its name and no colon. */
export function repositoryOfWorld({ run, tool, name }: World): string {
  return `${scheme}${run}-${tool}-${name}`;
}

/** What stands before the commit in the ids of a repository's deliveries; nothing but for a self test. */
export function idPrefix(repository: string): string {
  return repository.startsWith(scheme) ? `${selfTestPrefix}${repository.slice(scheme.length)}-` : '';
}

/** Undefined for every delivery that is none of a self test. */
export function worldOf(delivery: string): World | undefined {
  const [, run = '', tool = '', name = ''] =
    /^selftest-([a-z0-9]+)-([a-z]+)-([a-z0-9-]+)-[0-9a-f]{12}-\d+$/.exec(delivery) ?? [];
  const known = worldTools.find((one) => one === tool);
  return known && { run, tool: known, name };
}

/** The folder of a world, with its slash. */
export function folderOf({ run, tool, name }: World): string {
  return `${selfTestFolder}${run}-${tool}-${name}/`;
}

/** The bucket as a delivery sees it. */
export function bucketOf(delivery: string, bucket: Bucket): Bucket {
  const world = worldOf(delivery);
  return world === undefined ? bucket : bucketOfWorld(world, bucket);
}

const known = new WeakMap<Bucket, Map<string, Bucket>>();

/** The same one each time, since others remember what they have read of a bucket. */
export function bucketOfWorld(world: World, bucket: Bucket): Bucket {
  const worlds = known.get(bucket) ?? new Map<string, Bucket>();
  known.set(bucket, worlds);
  const folder = folderOf(world);
  const made = worlds.get(folder) ?? movedInto(folder, bucket);
  worlds.set(folder, made);
  return made;
}

const isShared = (key: string) => /^(pipeline|change-sets|dead-letters)\//.test(key);

function movedInto(folder: string, bucket: Bucket): Bucket {
  const place = (key: string) => (isShared(key) ? `${folder}${key}` : key);
  return {
    read: (key) => bucket.read(place(key)),
    write: (key, body, condition) => bucket.write(place(key), body, condition),
    remove: (key) => bucket.remove(place(key)),
    list: async (prefix) => {
      const keys = await bucket.list(place(prefix));
      return isShared(prefix) ? keys.map((key) => key.slice(folder.length)) : keys;
    },
  };
}
