import { rotateSigningKey } from '../../approval/signing-key.ts';
import { ssm } from '../../aws/clients.ts';
import { SecureParameter } from '../../aws/parameter.ts';
import { UsageError } from '../../errors.ts';
import { type CommandInput, flag } from '../command.ts';
import { confirm } from '../confirm.ts';
import { connect } from '../connect.ts';
import { print } from '../print.ts';

export async function rotateKey(input: CommandInput): Promise<number> {
  const connection = await connect(input);
  const { environment } = connection;
  const config = await connection.config();
  const { LIVE_CI_SIGNING_KEY: name, LIVE_CI_KEY_ARN } = environment;
  if (!name) throw new UsageError('The stack does not name its signing key; deploy it again, and give --stage.');
  const previous = flag(input, 'revoke') ? 'revoke' : 'keep';
  const question = {
    keep: 'Sign links with a new key?',
    revoke: 'Sign links with a new key, and make every link that was sent before worthless?',
  }[previous];
  if (!flag(input, 'yes') && !(await confirm(question))) return 1;
  const { description, tags } = config.approvals.signingKey;
  const kmsKeyArn = LIVE_CI_KEY_ARN || null;
  const store = new SecureParameter(ssm(), { name, description, tags: { ...config.tags, ...tags }, kmsKeyArn });
  const { linkHours } = config.approvals.page;
  const { keys } = await rotateSigningKey(store, { previous, linkHours, now: new Date() });
  const kept = keys.length - 1;
  print(
    `Links are signed with a new key now, in the parameter ${name}. ${
      kept > 0
        ? `Those that were signed with ${kept === 1 ? 'the key' : `the ${kept} keys`} before stay valid until they expire.`
        : 'Every link that was sent before is worthless, within a minute.'
    }`,
  );
  return 0;
}
