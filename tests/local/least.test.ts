/** Deliveries with everybody held to their roles, and that no role may more than these, and what AWS does besides, need. */
import { jest } from '@jest/globals';
import type * as z from 'zod';
import type { configSchema } from '../../src/config/schema.ts';
import { skip } from '../../src/delivery/halted.ts';
import { Template } from '../support/cloud-formation.ts';
import { derivedCalls } from '../support/derived-calls.ts';
import { startHeldPipeline } from '../support/held-pipeline.ts';
import { deliverEverything, inlineUnits } from '../support/held-scenario.ts';
import { type Call, denied, mutantsOf, rolesIn, unneeded } from '../support/iam.ts';
import { approveAnd, endings, terraformUnit } from '../support/local-pipeline.ts';
import { type Packaged, packaged } from '../support/packaged.ts';
import { callsInMemory, callsOnEmulator, different } from '../support/role-calls.ts';

jest.setTimeout(900_000);

/** What adds permissions to the roles. */
const withOptions: z.input<typeof configSchema> = {
  github: {
    connectionArn: 'arn:aws:codeconnections:us-east-1:000000000000:connection/example',
    token: { parameter: '/example/github-token', modules: true },
  },
  roles: {
    plan: { assumableRoleArns: ['arn:aws:iam::000000000000:role/read'] },
    apply: { assumableRoleArns: ['arn:aws:iam::000000000000:role/write'] },
  },
  build: {
    vpc: {
      id: 'vpc-0123456789abcdef0',
      subnets: ['subnet-0123456789abcdef0'],
      securityGroups: ['sg-0123456789abcdef0'],
    },
    image: '000000000000.dkr.ecr.us-east-1.amazonaws.com/tools:1',
    environmentVariables: [
      { name: 'DNS_TOKEN', value: '/example/dns-token', type: 'PARAMETER_STORE' },
      { name: 'DATABASE_PASSWORD', value: 'example/database:password', type: 'SECRETS_MANAGER' },
    ],
  },
  approvals: { approvers: ['ada@example.org'] },
  notifications: { webhooks: [{ kind: 'slack', parameter: '/live-ci-test/slack' }] },
};

/** The same of it, as far as the deployment on the emulator has a use for it. */
const heldSettings = `
inlineUnits: ${inlineUnits}
approvals: {approvers: [ada@example.org], rollback: ask}
environments: {twice: {approvers: [ada@example.org, bob@example.org], minimumApprovals: 2}}
notifications: {webhooks: [{kind: slack, parameter: /live-ci-local/slack}]}
`;

let held: Awaited<ReturnType<typeof startHeldPipeline>>;
let deployment: Packaged;
beforeAll(async () => {
  deployment = await packaged(withOptions);
  held = await startHeldPipeline(heldSettings);
  await deliverEverything(held.pipeline);
});
afterAll(async () => {
  await held[Symbol.asyncDispose]();
  await deployment[Symbol.asyncDispose]();
});

const template = () => new Template(deployment.resources);

async function allCalls(): Promise<Call[]> {
  const made = [...callsOnEmulator(await held.calls(), template()), ...(await callsInMemory(template()))];
  return different([...made, ...derivedCalls(template(), made, withOptions)]);
}

test('whatever happens to a commit, every function, build and state machine gets by with its own role', async () => {
  const refused = (await held.calls()).filter(({ allowed }) => !allowed);
  expect(refused).toEqual([]);
});

test('the roles of the template for AWS allow every call that is made, and taking any piece of them away denies one', async () => {
  const [roles, calls] = [rolesIn(template()), await allCalls()];
  expect(denied(roles, calls)).toEqual([]);
  expect(unneeded(roles, calls)).toEqual([]);
  const mutants = [...roles].flatMap(([role, statements]) => mutantsOf(role, statements)).length;
  process.stderr.write(
    `\n${calls.length} different calls need every one of ${mutants} pieces of ${roles.size} roles.\n`,
  );
});

/** Statements that the check says are needed. Here they are really taken away. */
const taken: [role: string, sid: string][] = [
  ['PlanRole', 'Plans'],
  ['ApplyRole', 'ApprovedPlans'],
];

test.each(taken)('when the statement %s.%s is taken away in IAM, a delivery fails', async (role, sid) => {
  const { pipeline } = held;
  await held.without(role, sid, async () => {
    const files = terraformUnit(pipeline.repository.states, `without-${role}`, { value: sid });
    const delivery = await pipeline.follow(await pipeline.repository.commit(files), approveAnd({ rollback: 'none' }));
    expect(endings(delivery)).toMatchObject({ [`without-${role}`]: 'failed' });
    if (delivery.state === 'halted') await skip(pipeline.bucket);
  });
});
