import { baseline } from '../../queue/baseline.ts';
import { type CommandInput, flag, text } from '../command.ts';
import { confirm } from '../confirm.ts';
import { connect } from '../connect.ts';
import { print, printJson } from '../print.ts';

export async function recordBaseline(input: CommandInput): Promise<number> {
  const connection = await connect(input);
  const { bucket } = connection;
  const config = await connection.config();
  const head = text(input, 'head') ?? 'HEAD';
  if (!flag(input, 'yes') && !(await confirm(`Record every unit of the repository as applied at ${head}?`))) return 1;
  const recorded = await baseline(input.positionals[0] ?? '.', head, { bucket, config });
  if (flag(input, 'json')) printJson(recorded);
  else
    print(
      `${recorded.units.length} unit(s) are recorded as applied at ${recorded.head.slice(0, 12)}. The next push starts there.`,
    );
  return 0;
}
