/** The queries of docs/approve.md, on events in the form of the Step Functions guide ("Logging Step Functions Using AWS CloudTrail"). */
import { DatabaseSync } from 'node:sqlite';
import { raw } from 'jq-wasm';
import { blocksOf } from '../../support/docs.ts';

const states = 'arn:aws:states:us-east-1:123456789012';
const ada = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Approver_0123/ada@example.org';

function started(stateMachine: string, name: string, more: object = {}) {
  return {
    eventVersion: '1.08',
    userIdentity: { type: 'AssumedRole', arn: ada, accountId: '123456789012' },
    eventTime: '2026-01-02T03:04:05Z',
    eventSource: 'states.amazonaws.com',
    eventName: 'StartExecution',
    awsRegion: 'us-east-1',
    sourceIPAddress: '192.0.2.1',
    // Without a name where the caller gave none; the input may be hidden.
    requestParameters: {
      input: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      stateMachineArn: `${states}:stateMachine:${stateMachine}`,
    },
    responseElements: {
      startDate: 'Jan 2, 2026 3:04:05 AM',
      executionArn: `${states}:execution:${stateMachine}:${name}`,
    },
    ...more,
  };
}

const denied = { errorCode: 'AccessDenied', requestParameters: null, responseElements: null };
const decision = started('live-ci-production-decision', 'cli-0b7cf3ae-91d2');
const events = [
  decision,
  started('live-ci-production-decision', 'other-cli-0b7cf3ae-91d20'),
  started('live-ci-production-pipeline', '0123456789ab-1'),
  started('live-ci-production-decision', 'denied', denied),
];

test('the jq of docs/approve.md finds who started an execution, and nobody else', async () => {
  const [block] = blocksOf('docs/approve.md').filter(({ where }) => where === 'on-aws');
  const { lines = [] } = block ?? {};
  const execution = /^execution=(\S+)$/.exec(lines[0] ?? '')?.[1] ?? '';
  const filter = /^jq --arg execution "\$execution" '([^']+)' started\.json$/.exec(lines[2] ?? '')?.[1] ?? '';
  const answer = { Events: events.map((event) => ({ CloudTrailEvent: JSON.stringify(event) })) };
  const found = await raw(answer, filter, ['--compact-output', '--arg', 'execution', execution]);
  expect(JSON.parse(found)).toEqual({
    eventTime: '2026-01-02T03:04:05Z',
    who: ada,
    from: '192.0.2.1',
    execution: decision.responseElements.executionArn,
  });
});

/** SQLite has neither Trino's functions nor its structs, whose fields are columns here. */
function inSqlite(query: string) {
  const database = new DatabaseSync(':memory:');
  const member = (json: unknown, name: unknown) =>
    json === null ? null : (JSON.parse(String(json))?.[String(name).replace('$.', '')] ?? null);
  database.function('json_extract_scalar', { deterministic: true }, member);
  database.function('element_at', { deterministic: true }, member);
  const table = /^FROM (\S+)$/m.exec(query)?.[1] ?? '';
  database.exec(
    `CREATE TABLE "${table}" (eventtime, useridentity_arn, sourceipaddress, eventsource, eventname, errorcode, requestparameters, responseelements)`,
  );
  const insert = database.prepare(`INSERT INTO "${table}" VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const event of events) {
    const { eventTime, userIdentity, sourceIPAddress, eventSource, eventName } = event;
    const errorCode = 'errorCode' in event ? String(event.errorCode) : null;
    const json = [event.requestParameters, event.responseElements].map((value) => value && JSON.stringify(value));
    insert.run(eventTime, userIdentity.arn, sourceIPAddress, eventSource, eventName, errorCode, ...json);
  }
  return database
    .prepare(query.replace(/useridentity\.arn/i, 'useridentity_arn').replace(`FROM ${table}`, `FROM "${table}"`))
    .all();
}

test.each(blocksOf('docs/approve.md').filter(({ language }) => language === 'sql'))(
  'the SQL of docs/approve.md lists who started decisions: $lines.0',
  ({ lines }) => {
    expect(inSqlite(lines.join('\n'))).toEqual(
      events.slice(0, 2).map(({ responseElements }) => ({
        eventtime: '2026-01-02T03:04:05Z',
        who: ada,
        sourceipaddress: '192.0.2.1',
        execution: responseElements.executionArn,
      })),
    );
  },
);
