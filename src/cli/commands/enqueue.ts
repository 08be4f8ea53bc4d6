import { enqueue } from '../../queue/enqueue.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { connect } from '../connect.ts';
import { print, printJson } from '../print.ts';

export async function enqueueCommit(input: CommandInput): Promise<number> {
  const { bucket, queue, config } = await connect(input);
  const request = { head: text(input, 'head') ?? 'HEAD', base: text(input, 'base') || undefined };
  const result = await enqueue(input.positionals[0] ?? '.', request, { bucket, queue, config });
  if (flag(input, 'json')) printJson(result);
  else print(result.message);
  return 0;
}
