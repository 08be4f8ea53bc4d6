/** The check of permissions, checked. */
import { allows, denied, type Statement, unneeded } from '../../support/iam.ts';

const statement = (parts: Partial<Statement>): Statement => ({
  sid: 'One',
  effect: 'Allow',
  actions: ['s3:GetObject'],
  resources: ['arn:aws:s3:::bucket/plans/*'],
  conditions: {},
  ...parts,
});
const call = { role: 'Role', action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/plans/a/b.json' };

test('a wildcard stands for anything, slashes too, and actions are compared without regard to case', () => {
  expect(allows([statement({})], call)).toBe(true);
  expect(allows([statement({ actions: ['s3:getobject'] })], call)).toBe(true);
  expect(allows([statement({ resources: ['arn:aws:s3:::bucket/Plans/*'] })], call)).toBe(false);
  expect(allows([statement({ resources: ['arn:aws:s3:::bucket/plans/?/b.json'] })], call)).toBe(true);
  expect(allows([statement({ resources: ['arn:aws:s3:::bucket/plans'] })], call)).toBe(false);
});

test('a condition needs its key in the request, and a statement that denies goes before all that allow', () => {
  const conditions = { StringEquals: { 'iam:PassedToService': ['states.amazonaws.com'] } };
  expect(allows([statement({ conditions })], call)).toBe(false);
  const context = { 'iam:PassedToService': 'states.amazonaws.com' };
  expect(allows([statement({ conditions })], { ...call, context })).toBe(true);
  expect(allows([statement({}), statement({ effect: 'Deny' })], call)).toBe(false);
});

test('a piece is needed when a call would be refused without it: a statement, or one action on one resource', () => {
  const both = statement({
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: [call.resource, 'arn:aws:s3:::bucket/other'],
  });
  const roles = new Map([['Role', [both]]]);
  expect(denied(roles, [{ ...call, action: 's3:DeleteObject' }])).toEqual([
    `Role — s3:DeleteObject on ${call.resource}`,
  ]);
  expect(unneeded(roles, [call, { ...call, action: 's3:PutObject' }])).toEqual([
    'Role — One: s3:GetObject on arn:aws:s3:::bucket/other',
    'Role — One: s3:PutObject on arn:aws:s3:::bucket/other',
  ]);
  expect(unneeded(roles, [])).toHaveLength(5);
});

test('what two statements allow is needed in neither', () => {
  const roles = new Map([['Role', [statement({}), statement({ sid: 'Two' })]]]);
  expect(unneeded(roles, [call])).toHaveLength(4);
});
