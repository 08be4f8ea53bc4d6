import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { down } from '../../local/down.ts';
import { up } from '../../local/up.ts';
import { type CommandInput, text } from '../command.ts';
import { coloured, print } from '../print.ts';
import { pushed } from '../pushed.ts';

export async function local(input: CommandInput): Promise<number> {
  const repository = resolve(text(input, 'repository') ?? '.');
  const [what, commit] = input.positionals;
  if (what !== 'pushed' && commit !== undefined) throw new UsageError(`Too many arguments: ${commit}.`);
  switch (what) {
    case 'up':
      return start(repository, text(input, 'port'));
    case 'down': {
      const endpoint = await down(repository, (step) => print(`… ${step}`));
      print(endpoint ? `The local stack at ${endpoint} has ended.` : 'The local stack was not running.');
      return 0;
    }
    case 'pushed': // by the hook, once the commit is enqueued
      print(...(await pushed(commit ?? 'HEAD', input)).map((line) => `  ${line}`));
      return 0;
    default:
      throw new UsageError('Say live-ci local up, or live-ci local down.');
  }
}

async function start(repository: string, port: string | undefined): Promise<number> {
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new UsageError(`"${port}" is no port number.`);
  const progress = (step: string) => print(`… ${step}`);
  const record = await up({ repository, progress, ...(port === undefined ? {} : { port: Number(port) }) });
  print(
    coloured('green', `✔ ready at ${record.endpoint}`),
    `Deliver with:  git push live-ci ${record.branch}`,
    'Watch with:    live-ci status --watch',
    'Stop with:     live-ci local down',
  );
  return 0;
}
