import { UsageError } from '../../errors.ts';
import type { CommandInput } from '../command.ts';

export async function config(input: CommandInput): Promise<number> {
  const [what] = input.positionals;
  switch (what) {
    case 'reference': {
      const { referencePage } = await import('../../config/reference.ts');
      process.stdout.write(referencePage());
      return 0;
    }
    case 'schema': {
      const { editorSchema } = await import('../../config/json-schema.ts');
      process.stdout.write(`${JSON.stringify(editorSchema(), undefined, 2)}\n`);
      return 0;
    }
    default:
      throw new UsageError('Say live-ci config check, show, schema or reference.');
  }
}
